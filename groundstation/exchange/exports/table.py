"""CSV: a row an observation with its raid beside it; a raid without finds has a row of its own.

So nothing of the effort is lost in the table. In Russian it is as Excel in Russian opens it by a
double click: UTF-8 with a mark in front, semicolons, decimal commas; in English commas and points
(RFC 4180, with the mark). A text that a spreadsheet would take for a formula gets an apostrophe
in front (OWASP, CSV injection).
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from groundstation.exchange.exports.gather import Leaving, Written
from groundstation.exchange.exports.names import Names
from groundstation.exchange.exports.text import local
from groundstation.records.observation import Observation
from groundstation.records.raid import Attribute, Raid

RAID = (
    "number", "kind", "patrol_type", "armed", "start_date", "end_date", "team", "station",
    "mandate", "transport", "leader", "members", "days", "patrol_h", "active_h", "distance_km",
    "objective", "raid_comment",
)  # fmt: skip
OBSERVATION = (
    "category", "category_key", "local_time", "utc_offset_h", "lat_deg", "lon_deg", "accuracy_m",
    "observer", "comment",
)  # fmt: skip
LAST = ("other", "raid_id", "observation_id")
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | float | int | None


def write(path: Path, leaving: Iterable[Leaving], names: Names) -> Written:
    """Write the file; memory is that of one raid."""
    done = Written()
    asked = list(names.attributes)
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        rows = csv.writer(out, delimiter=";" if names.language == "ru" else ",")
        titles = [names.label(code) for code in (*RAID, *OBSERVATION)]
        last = [names.label(code) for code in LAST]
        rows.writerow([*titles, *(names.attribute(key) for key in asked), *last])
        for one in leaving:
            done.raids += one.raid is not None
            of_raid = [None] * len(RAID) if one.raid is None else _raid(one.raid, one, names)
            found: Sequence[Observation | None] = one.observations or [None]
            for observation in found:
                done.observations += observation is not None
                cells = _observation(observation, names, asked)
                keys: list[Cell] = [
                    str(one.raid.raid_id) if one.raid else None,
                    str(observation.observation_id) if observation else None,
                ]
                rows.writerow([_cell(c, names) for c in (*of_raid, *cells, *keys)])
    return done


def _raid(raid: Raid, one: Leaving, names: Names) -> list[Cell]:
    members = list(dict.fromkeys(m.person for leg in raid.legs for m in leg.members))
    leaders = [m.person for leg in raid.legs for m in leg.members if m.is_leader]
    mandates = dict.fromkeys(names.term("mandate", leg.mandate) for leg in raid.legs)
    totals = one.totals
    return [
        raid.number,
        names.label(raid.kind.value),
        raid.patrol_type.value,
        names.label("yes" if raid.armed else "no"),
        raid.start_date.isoformat(),
        raid.end_date.isoformat(),
        names.term("team", raid.team),
        names.term("station", raid.station),
        ", ".join(filter(None, mandates)),
        ", ".join(names.transports(raid)),
        names.people.get(leaders[0]) if leaders else None,
        ", ".join(names.people[person] for person in members if person in names.people),
        totals.days if totals else None,
        round(totals.patrol_s / 3600, 2) if totals else None,
        round(totals.active_s / 3600, 2) if totals else None,
        round(totals.distance_m / 1000, 3) if totals else None,
        raid.objective,
        raid.comment,
    ]


def _observation(observation: Observation | None, names: Names, asked: Sequence[str]) -> list[Cell]:
    if observation is None:
        return [None] * (len(OBSERVATION) + len(asked) + 1)
    o = observation
    wall = None
    if o.observed_utc is not None:
        wall = local(o.observed_utc, o.utc_offset_s).isoformat(" ", "seconds")
    return [
        names.category(o.category),
        o.category,
        wall,
        o.utc_offset_s / 3600 if wall else None,
        o.lat_deg,
        o.lon_deg,
        o.accuracy_m,
        names.people.get(o.observer) if o.observer else None,
        o.comment,
        *(_value(o.attributes[k], k, names) if k in o.attributes else None for k in asked),
        "; ".join(
            f"{names.attribute(k)}: {names.value(k, v)}"
            for k, v in o.attributes.items()
            if k not in names.attributes and k[:1] != "@"
        ),
    ]


def _value(value: Attribute, key: str, names: Names) -> Cell:
    number = isinstance(value, float | int) and not isinstance(value, bool)
    return value if number else names.value(key, value)  # type: ignore[return-value]


def _cell(cell: Cell, names: Names) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA) else cell
    text = f"{cell:.10g}"
    return text.replace(".", ",") if names.language == "ru" else text
