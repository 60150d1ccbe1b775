"""KML 2.2 (OGC 07-147r2), and KMZ, the same zipped: a folder a raid, with ways and observations.

Ways with times are `gx:Track` (developers.google.com/kml/documentation/kmlreference), which a
globe plays on its time slider; others plain lines. Observations are called in the reader's
language and described in both.
"""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import numpy as np

from firmware_bridge.tracks import NO_TIME_US
from groundstation.exchange.exports.gather import Leaving, Written
from groundstation.exchange.exports.names import Names
from groundstation.exchange.exports.text import on_way, places, times, utc_text, xml
from groundstation.records.observation import Observation
from groundstation.records.raid import Raid
from groundstation.store.raid_ways import WayPart

ICONS = "http://maps.google.com/mapfiles/kml/shapes"
STYLES: dict[str, tuple[str, str]] = {
    # top category: colour as aabbggrr, icon of Google Earth's own set
    "violation": ("ff0000dd", "forbidden"),
    "fire": ("ff0070ff", "firedept"),
    "tiger": ("ff00a5ff", "paw"),
    "leopard": ("ff00d7ff", "paw"),
    "animal": ("ff40a040", "paw"),
    "camera_trap": ("ffdd8800", "camera"),
    "infrastructure": ("ffaaaaaa", "ranger_station"),
}
OTHER = ("ffffffff", "placemark_circle")
WAY_COLOUR, WAY_WIDTH = "ffff7010", 3


def write(path: Path, leaving: Iterable[Leaving], names: Names) -> Written:
    """Plain KML; memory is that of one raid."""
    with path.open("w", encoding="utf-8") as out:
        return _document(out, leaving, names)


def write_zipped(path: Path, leaving: Iterable[Leaving], names: Names) -> Written:
    """KMZ."""
    with _zipped(path) as out:
        return _document(out, leaving, names)


@contextmanager
def _zipped(path: Path) -> Iterator[TextIO]:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("doc.kml", "w", force_zip64=True) as member,
        TextIOWrapper(member, encoding="utf-8") as out,
    ):
        yield out


def _document(out: TextIO, leaving: Iterable[Leaving], names: Names) -> Written:
    done = Written()
    out.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<kml xmlns="http://www.opengis.net/kml/2.2" '
        'xmlns:gx="http://www.google.com/kml/ext/2.2">\n'
        f"<Document><name>{xml(names.label('raids'))}</name>\n"
    )
    for top, (colour, icon) in {**STYLES, "other": OTHER}.items():
        out.write(
            f'<Style id="{top}"><IconStyle><color>{colour}</color><Icon><href>{ICONS}/{icon}.png'
            "</href></Icon></IconStyle></Style>\n"
        )
    out.write(
        f'<Style id="way"><LineStyle><color>{WAY_COLOUR}</color><width>{WAY_WIDTH}</width>'
        "</LineStyle><IconStyle><scale>0</scale></IconStyle></Style>\n"
    )
    for one in leaving:
        done.raids += one.raid is not None
        _folder(out, one, names, done)
    out.write("</Document></kml>\n")
    return done


def _folder(out: TextIO, one: Leaving, names: Names, done: Written) -> None:
    title = names.label("incidents") if one.raid is None else _title(one.raid, names)
    out.write(f"<Folder><name>{xml(title)}</name>\n")
    if one.raid is not None and one.raid.objective:
        out.write(f"<description>{xml(one.raid.objective)}</description>\n")
    for part in one.parts:
        done.points += _way(out, part, names)
    for observation in one.observations:
        if observation.lat_deg is None or observation.lon_deg is None:
            done.leave_out("no_place")
        else:
            _placemark(out, observation, names)
            done.observations += 1
    out.write("</Folder>\n")


def _title(raid: Raid, names: Names) -> str:
    span = f"{raid.start_date}" + (f" - {raid.end_date}" if raid.end_date > raid.start_date else "")
    words = [names.label(raid.kind.value), raid.number, span]
    return ", ".join([*words, *filter(None, [names.term("team", raid.team)])])


def _way(out: TextIO, part: WayPart, names: Names) -> int:
    """Points written."""
    chosen = on_way(part)
    if not len(chosen):
        return 0
    name = f"{names.label('track')} {part.leg}"
    out.write(f"<Placemark><name>{xml(name)}</name><styleUrl>#way</styleUrl>")
    if bool((part.time_us[chosen] != NO_TIME_US).all()) and _rising(part, chosen):
        out.write("<gx:Track>\n")
        out.writelines(f"<when>{time}</when>\n" for time in times(part, chosen))
        for lon, lat, alt in places(part, chosen):
            out.write(f"<gx:coord>{lon:.8f} {lat:.8f} {alt or 0}</gx:coord>\n")
        out.write("</gx:Track>")
    else:
        out.write("<LineString><tessellate>1</tessellate><coordinates>\n")
        out.writelines(f"{lon:.8f},{lat:.8f}\n" for lon, lat, _ in places(part, chosen))
        out.write("</coordinates></LineString>")
    out.write("</Placemark>\n")
    return len(chosen)


def _rising(part: WayPart, chosen: np.ndarray[tuple[int], np.dtype[np.intp]]) -> bool:
    return bool((np.diff(part.time_us[chosen]) >= 0).all())


def _placemark(out: TextIO, observation: Observation, names: Names) -> None:
    top = (observation.category or "").partition(".")[0]
    key = observation.category
    told = [names.category(key, "ru"), names.category(key, "en")]
    told += [f"{name}: {value}" for name, value in names.said(observation)]
    told += [observation.comment] if observation.comment else []
    out.write(
        f"<Placemark><name>{xml(names.category(key))}</name>"
        f"<description>{xml(chr(10).join(told))}</description>"
    )
    if observation.observed_utc is not None:
        out.write(f"<TimeStamp><when>{utc_text(observation.observed_utc)}</when></TimeStamp>")
    out.write(f"<styleUrl>#{top if top in STYLES else 'other'}</styleUrl>")
    place = f"{observation.lon_deg},{observation.lat_deg}"
    out.write(f"<Point><coordinates>{place}</coordinates></Point></Placemark>\n")
