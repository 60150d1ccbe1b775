"""What GPS units carry, in words: tracks in columns, waypoints, who the unit is, what broke.

A raid is tens of thousands of points, a season millions, so points live in arrays and never as
one object each. Times are UTC; heights are AMSL as the unit gives them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

NO_TIME_US = np.iinfo(np.int64).min
"""In `Segment.time_us`: the unit gave no time for this point."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Points recorded without a break, in the unit's order, none left out.

    A point whose position the unit marked as unknown has NaN coordinates.
    """

    time_us: NDArray[np.int64]
    """(N,) microseconds since 1970 UTC, or NO_TIME_US."""
    lat_deg: NDArray[np.float64]
    """(N,)"""
    lon_deg: NDArray[np.float64]
    """(N,)"""
    alt_amsl_m: NDArray[np.float64]
    """(N,) NaN where unknown."""
    extras: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Further columns (N,) by name with unit: `speed_m_s`, `course_deg`, `temperature_celsius`,
    `depth_m`, `heart_rate_bpm`, `hdop`, `satellites`, ...; `raw_extensions` (object, str) keeps
    what no column fits."""

    def __len__(self) -> int:
        return len(self.time_us)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Segments under one name."""

    name: str | None
    segments: Sequence[Segment]
    extras: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A place somebody marked."""

    name: str
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float | None = None
    time_utc: datetime | None = None
    """None where the unit gives none; older Garmins keep it as text in `comment`."""
    comment: str | None = None
    description: str | None = None
    symbol: str | None = None
    """The symbol's name as Garmin's GPX writes it, "Flag, Blue"; or the unit's number as text."""
    extras: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that was wrong, and where."""

    offset: int
    """Byte in the file or in the received part of a capture; -1 where it has no place."""
    what: str
    loss: bool = True
    """False where nothing was lost by it: repaired, never known, or asked for again and come."""


@dataclass(frozen=True, slots=True)
class UnitIdentity:
    """Which unit it is, as it says itself."""

    family: str
    """Key of `handheld.PROTOCOLS`, or `storage`."""
    unit_id: str | None
    """The number it is known by; None where the family has none."""
    model: str | None
    firmware: str | None
    baud: int | None = None
    """At which it was found; None for a volume."""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What is whole in a file, a capture or a unit, and what was wrong."""

    format: str
    unit: UnitIdentity | None
    tracks: Sequence[Track]
    waypoints: Sequence[Waypoint]
    flaws: Sequence[Flaw]
    announced: Mapping[str, int] = field(default_factory=dict)
    """Records the unit said it would send, by kind: `track`, `waypoint`."""
    received: Mapping[str, int] = field(default_factory=dict)
    """Whole records that came, by the same kinds and counted the same way."""
    routes: Sequence[Track] = ()
    """Ways somebody planned, not walked: never among `tracks`, nor in `points`."""

    @property
    def points(self) -> int:
        """Track points of all segments."""
        return sum(len(segment) for track in self.tracks for segment in track.segments)

    @property
    def lost(self) -> int:
        """Announced records that never came whole."""
        return sum(max(0, n - self.received.get(kind, 0)) for kind, n in self.announced.items())
