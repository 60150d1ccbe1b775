"""Stored raids as SMART's files: everything that hangs on a raid, gathered and written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from itertools import groupby
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, select

from firmware_bridge.tracks import Segment
from groundstation.dock.cleanup import Mark
from groundstation.exchange.came import DAY, DISTANCE
from groundstation.exchange.naming import Namer
from groundstation.exchange.smart.archive import free_names
from groundstation.exchange.smart.from_records import File, Told, patrol_of_records
from groundstation.exchange.smart.patrol import Patrol
from groundstation.exchange.smart.way import Way
from groundstation.records.check import Asked
from groundstation.records.observation import Observation
from groundstation.records.photograph import Photograph
from groundstation.records.raid import Raid
from groundstation.store import observations, photographs, raid_ways, raids, tables
from groundstation.store.columns import unpack

_ASIDE = np.uint8(Mark.OUTLIER | Mark.JITTER | Mark.NO_POSITION)


@dataclass(frozen=True, slots=True)
class Smart:
    """A raid on its way out."""

    patrol: Patrol
    attachments: Mapping[str, str]
    """Name in the archive -> SHA-256 of the photograph."""


def smart_of(
    connection: Connection,
    raid_id: UUID,
    known: Asked,
    zone: tzinfo,
    seen: Callable[[Raid, Sequence[Observation]], tuple[Raid, Sequence[Observation]]] | None = None,
    with_ways: bool = True,
) -> Smart | None:
    """The raid as SMART has it; None when nobody filed it.

    `seen` takes out what whoever asks may not see; `with_ways` is whether they may see the ways.
    """
    found = raids.get(connection, raid_id)
    if found is None:
        return None
    raid = found[0]
    noted: Sequence[Observation] = observations.of_raid(connection, raid_id)
    noted = sorted(noted, key=lambda o: o.observation_id)
    said = {o.observation_id: o.attributes for o in noted}
    if seen is not None:
        raid, noted = seen(raid, noted)
    # What is withheld in words is withheld in pictures.
    shown = {
        o.observation_id
        for o in noted
        if o.withdrawn is None and o.attributes == said[o.observation_id]
    }
    pictures = [
        p
        for p in photographs.of_raid(connection, raid_id)
        if p.observation_id is None or p.observation_id in shown
    ]
    files, names = _files([p for p in pictures if p.withdrawn is None])
    gone = frozenset(p.name for p in pictures if p.withdrawn is not None) - set(names)
    ways = ways_of(connection, raid) if with_ways else []
    told = Told(raid, noted, ways, files, gone)
    return Smart(patrol_of_records(told, Namer(connection), known, zone), names)


def _files(pictures: Sequence[Photograph]) -> tuple[list[File], dict[str, str]]:
    """Each file once under a name of its own, however often it is attached."""
    by_file = list(dict.fromkeys((p.name, p.sha256) for p in pictures))
    named = dict(zip(by_file, free_names([name for name, _ in by_file]), strict=True))
    files = [File(named[p.name, p.sha256], p.level, p.observation_id) for p in pictures]
    return files, {own: sha256 for (_, sha256), own in named.items()}


def ways_of(connection: Connection, raid: Raid) -> list[Way]:
    """An imported track as it came; of docked ones what counts of them together."""
    wanted = {part.track for leg in raid.legs for part in leg.tracks}
    t = tables.tracks.c
    columns = t.track, t.extras, t.content
    rows = connection.execute(select(*columns).where(t.track.in_(wanted), t.unit.is_(None)))
    imported = {row.track: row for row in rows if DAY in row.extras}
    found: list[Way] = []
    docked = False
    for leg in raid.legs:
        for part in leg.tracks:
            row = imported.get(part.track)
            if row is None:
                docked = True
                continue
            told = row.extras.get(DISTANCE)
            found.append(
                Way(
                    leg.leg,
                    unpack(row.content)[0],
                    date.fromisoformat(row.extras[DAY]),
                    None if told is None else float(told),
                )
            )
    if docked:
        found += _counted(connection, raid, set(imported))
    return found


def _counted(connection: Connection, raid: Raid, apart: set[int]) -> list[Way]:
    parts = [p for p in raid_ways.way(connection, raid.raid_id).parts if p.track not in apart]
    ways = []
    for leg, of_leg in groupby(parts, key=lambda part: part.leg):
        segments = [piece for part in of_leg for piece in _runs(part)]
        ways.append(Way(leg, segments))
    return ways


def _runs(part: raid_ways.WayPart) -> list[Segment]:
    """Points joined by steps that count; points aside from the way are passed over."""
    starts = np.flatnonzero(part.counted)
    if not len(starts):
        return []
    on_way = np.flatnonzero((part.marks & _ASIDE) == 0)
    place = np.searchsorted(on_way, starts)
    pieces = np.split(place, np.flatnonzero(np.diff(place) > 1) + 1)
    runs = [on_way[max(piece[0] - 1, 0) : piece[-1] + 1] for piece in pieces]
    return [
        Segment(part.time_us[run], part.lat_deg[run], part.lon_deg[run], part.alt_amsl_m[run])
        for run in runs
    ]


def canonical(patrol: Patrol) -> Patrol:
    """The same patrol with stops in the order of their times: what two of them compare by."""
    legs = [
        replace(
            leg,
            days=[replace(day, waypoints=sorted(day.waypoints, key=repr)) for day in leg.days],
        )
        for leg in patrol.legs
    ]
    return replace(patrol, legs=legs)
