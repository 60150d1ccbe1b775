"""Camera traps as R's `secr` reads them: `capt.txt` and `trap.txt` in a ZIP.

    capt.txt   session  animal  occasion  detector
    trap.txt   detector  x  y  usage        (usage: a 0 or 1 for each occasion)

An occasion is a day, counted from the first day on which any camera worked. Read them with

    read.capthist("capt.txt", "trap.txt", detector = "count")

Captures are observations with the attribute `individual` at a camera trap (by `site_id`, or by
its name in `camera`, with the place of the first observation that has one); the day is
`photographed_on`, else the observation's own. A camera is taken to have worked from its first
check to its last one, but not between two checks of which the later one found it broken
(`camera_works` is no): nothing tells when it failed. Places are metres east and north in the UTM
zone of the first camera (`utm.py`). Identifiers are in Latin letters without spaces and
underscores, as `secr` wants them; what was what stands in the comment lines. Source: Efford,
"Data input for secr".
"""

import contextlib
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import numpy as np

from groundstation.exchange.exports.gather import Leaving, Written
from groundstation.exchange.exports.text import local
from groundstation.exchange.exports.utm import utm_m
from groundstation.exchange.exports.words import REFUSALS
from groundstation.records.observation import Observation
from groundstation.records.site import Site
from groundstation.words import Refusal

CHECK = "camera_trap."
_RUSSIAN = "абвгдеёзийклмнопрстуфхцыэ"
LATIN = dict(zip(_RUSSIAN, "abvgdeeziyklmnoprstufhcye", strict=True)) | {
    "ж": "zh", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ь": "", "ю": "yu", "я": "ya",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Capture:
    animal: str
    day: date
    camera: str


@dataclass(slots=True)
class _Cameras:
    """What was learnt of the cameras, by their names."""

    by_id: Mapping[UUID, Site]
    places: dict[str, tuple[float, float]]
    """Latitude and longitude."""
    checks: dict[str, list[tuple[date, bool]]] = field(default_factory=lambda: defaultdict(list))
    """Day, and whether it worked."""

    def name_of(self, o: Observation) -> str | None:
        """Of the camera an observation is about, whose place is known."""
        site = self.by_id.get(o.site_id) if o.site_id else None
        name = site.name if site else o.attributes.get("camera")
        if not isinstance(name, str):
            return None
        if name not in self.places and o.lat_deg is not None and o.lon_deg is not None:
            self.places[name] = o.lat_deg, o.lon_deg
        return name if name in self.places else None


def write(path: Path, leaving: Iterable[Leaving], sites: Sequence[Site], session: str) -> Written:
    """Write the ZIP. Raises Refusal when there is no camera with a place."""
    done = Written()
    places = {site.name: (site.lat_deg, site.lon_deg) for site in sites}
    cameras = _Cameras({site.site_id: site for site in sites}, places)
    captures: list[_Capture] = []
    for one in leaving:
        done.raids += one.raid is not None
        for o in one.observations:
            if o.category == CHECK:
                _check(cameras, o, done)
            elif "individual" in o.attributes:
                _take(captures, cameras, o, done)
            elif "photographed_on" in o.attributes:
                done.leave_out("no_individual")
    if not cameras.checks and not captures:
        raise Refusal(REFUSALS, "no_captures")
    _put(path, captures, cameras, session)
    return done


def _check(cameras: _Cameras, o: Observation, done: Written) -> None:
    name = cameras.name_of(o)
    if name is None or o.observed_utc is None:
        done.leave_out("no_camera" if name is None else "no_time")
        return
    works = o.attributes.get("camera_works") is not False
    cameras.checks[name].append((local(o.observed_utc, o.utc_offset_s).date(), works))


def _take(captures: list[_Capture], cameras: _Cameras, o: Observation, done: Written) -> None:
    name, day = cameras.name_of(o), _day(o)
    if name is None or day is None:
        done.leave_out("no_camera" if name is None else "no_time")
        return
    captures.append(_Capture(str(o.attributes["individual"]), day, name))
    done.observations += 1


def _day(o: Observation) -> date | None:
    """On which the picture was taken."""
    with contextlib.suppress(KeyError, ValueError):
        return date.fromisoformat(str(o.attributes["photographed_on"]))
    return None if o.observed_utc is None else local(o.observed_utc, o.utc_offset_s).date()


def _put(path: Path, captures: Sequence[_Capture], known: _Cameras, session: str) -> None:
    """A capture outside of a camera's days is a day more: the picture is there, so it worked."""
    worked = {name: _worked(sorted(found)) for name, found in known.checks.items()}
    for capture in captures:
        worked.setdefault(capture.camera, set()).add(capture.day)
    first = min(min(days) for days in worked.values())
    last = max(max(days) for days in worked.values())
    occasions = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    cameras, animals = latin(worked), latin({c.animal for c in captures})
    label = latin([session])[session]
    where = np.array([known.places[name] for name in cameras])
    east, north, zone = utm_m(where[:, 0], where[:, 1])
    trap = [f"# UTM {zone}, WGS84, metres; occasion 1 is {first}, {len(occasions)} occasions"]
    trap += _meanings(cameras)
    trap += ["# Detector x y usage"]
    for name, x, y in zip(cameras, east.tolist(), north.tolist(), strict=True):
        usage = "".join("1" if day in worked[name] else "0" for day in occasions)
        trap.append(f"{cameras[name]} {x:.1f} {y:.1f} {usage}")
    capt = [f"# occasion 1 is {first}", *_meanings(animals), "# Session ID Occasion Detector"]
    for c in sorted(captures, key=lambda c: (c.day, animals[c.animal])):
        day = (c.day - first).days + 1
        capt.append(f"{label} {animals[c.animal]} {day} {cameras[c.camera]}")
    if not captures:
        capt.append(f"{label} NONE {len(occasions)} {next(iter(cameras.values()))}")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("capt.txt", "\n".join([*capt, ""]))
        archive.writestr("trap.txt", "\n".join([*trap, ""]))


def _worked(checks: Sequence[tuple[date, bool]]) -> set[date]:
    """Days from the first check to the last, without the spans that ended with a broken camera."""
    days = {day for day, works in checks if works} or {checks[0][0]}
    for (since, _), (until, works) in pairwise(checks):
        if works:
            days |= {since + timedelta(days=n) for n in range((until - since).days + 1)}
    return days


def latin(names: Iterable[str]) -> dict[str, str]:
    """Name -> identifier; in the order of the names, different for different ones."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names):
        spelled = "".join(_letter(letter) for letter in name) or "x"
        chosen, number = spelled, 1
        while chosen in taken:
            number += 1
            chosen = f"{spelled}-{number}"
        taken.add(chosen)
        found[name] = chosen
    return found


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter if letter.isalnum() or letter in "-." else "-"
    spelled = LATIN.get(letter.lower(), "-")
    return spelled.capitalize() if letter.isupper() else spelled


def _meanings(names: Mapping[str, str]) -> list[str]:
    return [
        f"# {short} = {' '.join(name.split())}" for name, short in names.items() if short != name
    ]
