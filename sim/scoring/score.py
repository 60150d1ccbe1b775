"""The judgement: every hotspot belongs to the nearest thing, or to none.

A fire must be told as a fire, a person, an animal or a vehicle as a signature. Several hotspots
of one thing tell it twice; the one that was told first is the one that counts.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from firmware_bridge.messages import HeatKind
from sim.scoring.seen import Seen
from sim.scoring.told import Told
from sim.tables.scoring import Scoring

MATCH_M = 20.0
"""A hotspot further from everything is at nothing."""
FIRES = frozenset({"fire", "campfire", "smoulder", "wildfire"})
DECOYS = frozenset({"rock", "roof"})
WANTED: frozenset[str] = frozenset(Scoring().wanted)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Simulated seconds of a moment of the real clock."""

    began: datetime
    speedup: float = 1.0
    knots: Sequence[tuple[float, float]] = ()
    """Real seconds since `began` and simulated seconds, both growing: of a run on a machine that
    could not always keep up."""

    def at(self, moment: datetime | None) -> float | None:
        """None for a moment nobody knows."""
        if moment is None:
            return None
        real_s = (moment - self.began).total_seconds()
        if not self.knots:
            return real_s * self.speedup
        real, simulated = zip(*self.knots, strict=True)
        return float(np.interp(real_s, real, simulated))


@dataclass(frozen=True, slots=True)
class Found:
    """A thing and the hotspot that told it first."""

    thing: Seen
    told: Told
    away_m: float
    alarm_s: float | None
    """From its first visible frame until the station had it; None where a clock is missing."""

    @property
    def inside_ce90(self) -> bool:
        """The truth is as near as was promised."""
        return self.told.fix is not None and self.away_m <= self.told.fix.ce90_m


@dataclass(slots=True)
class Score:
    """All hotspots against all things."""

    found: list[Found] = field(default_factory=list)
    missed: list[Seen] = field(default_factory=list)
    told_twice: list[str] = field(default_factory=list)
    false_fires: list[str] = field(default_factory=list)
    at_decoys: list[str] = field(default_factory=list)
    """Signatures at sun-warmed rocks and roofs."""
    at_nothing: list[str] = field(default_factory=list)
    unlocated: int = 0

    @property
    def false_alarms(self) -> int:
        """Told of what should not be told of."""
        return len(self.false_fires) + len(self.at_decoys) + len(self.at_nothing)


def judge(
    things: Iterable[Seen], told: Sequence[Told], timeline: Timeline | None = None,
    wanted: frozenset[str] = WANTED,
) -> Score:  # fmt: skip
    """The score; without a timeline no seconds are known and walkers are where they ever were."""
    score = Score(unlocated=sum(one.fix is None for one in told))
    things = list(things)
    at: dict[str, list[tuple[Told, float]]] = {thing.id: [] for thing in things}
    for one in told:
        if one.fix is not None:
            _sort_in(one, things, timeline, at, score)
    for thing in things:
        _count(thing, at[thing.id], timeline, thing.kind in wanted, score)
    return score


def _sort_in(
    told: Told, things: list[Seen], timeline: Timeline | None,
    at: dict[str, list[tuple[Told, float]]], score: Score,
) -> None:  # fmt: skip
    """To its thing, or among the false alarms."""
    assert told.fix is not None
    when_s = _times_of(told, timeline)
    place = told.fix.lat_deg, told.fix.lon_deg
    away_m, thing = min(
        ((thing.away_m(*place, when_s), thing) for thing in things),
        key=lambda row: row[0], default=(math.inf, None),
    )  # fmt: skip
    near = thing if away_m <= MATCH_M else None
    said = words(told, timeline) + (f", {away_m:.1f} m from {thing.id}" if thing else "")
    if told.kind == HeatKind.FIRE and (near is None or near.kind not in FIRES):
        score.false_fires.append(said)
    elif near is None:
        score.at_nothing.append(said)
    elif near.kind in DECOYS:
        score.at_decoys.append(said)
    else:
        at[near.id].append((told, away_m))


def _count(
    thing: Seen, rows: list[tuple[Told, float]], timeline: Timeline | None, wanted: bool,
    score: Score,
) -> None:  # fmt: skip
    """The first hotspot of the right kind finds the thing; all others tell it again."""
    right = HeatKind.FIRE if thing.kind in FIRES else HeatKind.SIGNATURE
    finders = [row for row in rows if row[0].kind == right]
    if finders:
        first = min(finders, key=lambda row: (_told_s(row[0]), row[1]))
        rows.remove(first)
        if wanted:
            told_s = timeline.at(first[0].received_utc) if timeline else None
            from_s = thing.visible_from_s
            alarm_s = None if told_s is None or from_s is None else told_s - from_s
            score.found.append(Found(thing, *first, alarm_s))
    elif wanted and thing.visible_from_s is not None:
        score.missed.append(thing)
    score.told_twice += [f"{thing.id} as {words(t, timeline)}, {m:.1f} m off" for t, m in rows]


def _told_s(told: Told) -> float:
    """Seconds since 1970 of when it was told, as far as that is known."""
    moment = told.received_utc or told.first_seen_utc
    return math.inf if moment is None else moment.timestamp()


def _times_of(told: Told, timeline: Timeline | None) -> tuple[float, float] | None:
    if timeline is None:
        return None
    first, last = timeline.at(told.first_seen_utc), timeline.at(told.last_seen_utc)
    return None if first is None or last is None else (first, last)


def words(told: Told, timeline: Timeline | None) -> str:
    """A hotspot in a few words."""
    first_s = timeline.at(told.first_seen_utc) if timeline else None
    parts = (
        ("", str(told.kind)),
        ("of {} views", told.views),
        ("from {:.1f} s", first_s),
        ("{:.0f} K", told.peak_kelvin),
        ("contrast {:.1f} K", told.contrast_kelvin),
    )
    return " ".join((form or "{}").format(value) for form, value in parts if value is not None)


def ranked(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def by_kind(score: Score) -> dict[str, tuple[list[Found], list[Seen]]]:
    """Found and missed of every kind that was seen."""
    kinds = sorted({f.thing.kind for f in score.found} | {thing.kind for thing in score.missed})
    return {
        kind: (
            [f for f in score.found if f.thing.kind == kind],
            [m for m in score.missed if m.kind == kind],
        )
        for kind in kinds
    }
