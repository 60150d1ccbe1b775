"""What the cameras saw, out of truth: things, since when they could be seen, and where they were.

A thing counts as seen in a frame that shows at least half of it, while the shutter is open; a
wildfire, which no frame may hold, with a tenth.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware_bridge.errors import ConfigError
from sim.geodesy import metres_per_degree

VISIBLE_SHARE, WILDFIRE_SHARE = 0.5, 0.1
MOVED_M = 0.3
"""A place is kept when it is so far from the last one kept."""
AROUND_S = 3.0
"""Of a report's times; clocks differ."""


@dataclass(slots=True)
class Stay:
    """One place and the time spent there."""

    from_s: float
    to_s: float
    lat_deg: float
    lon_deg: float
    radius_m: float


@dataclass(slots=True)
class Seen:
    """One thing of the world, as far as any camera had it in the picture."""

    id: str
    kind: str
    visible_from_s: float | None = None
    """None: never half of it."""
    frames: int = 0
    """That showed at least half of it."""
    stays: list[Stay] = field(default_factory=list)

    def away_m(self, lat_deg: float, lon_deg: float, when_s: tuple[float, float] | None) -> float:
        """From a place to the thing as it was about these times; to the edge of a wildfire."""
        per_lat, per_lon = metres_per_degree(lat_deg)
        stays = self.stays if when_s is None else self._about(*when_s)
        return min(_away_m(self.kind, s, lat_deg, lon_deg, per_lat, per_lon) for s in stays)

    def _about(self, from_s: float, to_s: float) -> list[Stay]:
        """Those of the time; else the one nearest in time."""
        from_s, to_s = from_s - AROUND_S, to_s + AROUND_S
        at = [s for s in self.stays if s.to_s >= from_s and s.from_s <= to_s]
        return at or [min(self.stays, key=lambda s: max(s.from_s - to_s, from_s - s.to_s))]


def _away_m(
    kind: str, stay: Stay, lat_deg: float, lon_deg: float, per_lat: float, per_lon: float
) -> float:
    north, east = (lat_deg - stay.lat_deg) * per_lat, (lon_deg - stay.lon_deg) * per_lon
    away = float((north * north + east * east) ** 0.5)
    return max(away - stay.radius_m, 0.0) if kind == "wildfire" else away


class Watch:
    """Keeps what frames show; several cameras' frames may come mixed."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    @property
    def things(self) -> list[Seen]:
        """All that was ever in a picture."""
        return list(self._seen.values())

    def write(self, line: str) -> None:
        """One line of truth."""
        self.note(json.loads(line))

    def note(self, frame: Mapping[str, Any]) -> None:
        """One line of truth, parsed."""
        time_s = float(frame["time_s"])
        blind = frame["ffc"] == "running" or frame["frozen"]
        for row in frame["targets"]:
            if row["box_px"] is None:
                continue
            seen = self._seen.setdefault(row["id"], Seen(row["id"], row["kind"]))
            _stay(seen, time_s, row)
            enough = WILDFIRE_SHARE if seen.kind == "wildfire" else VISIBLE_SHARE
            if not blind and row["visible_fraction"] >= enough:
                seen.frames += 1
                if seen.visible_from_s is None:
                    seen.visible_from_s = time_s


def _stay(seen: Seen, time_s: float, row: Mapping[str, Any]) -> None:
    radius_m = max(row["size_m"][:2]) / 2
    if seen.stays:
        last = seen.stays[-1]
        per_lat, per_lon = metres_per_degree(row["lat"])
        moved = _away_m("", last, row["lat"], row["lon"], per_lat, per_lon)
        if moved < MOVED_M and abs(radius_m - last.radius_m) < MOVED_M:
            last.to_s = time_s
            return
    seen.stays.append(Stay(time_s, time_s, row["lat"], row["lon"], radius_m))


def read_truth(path: Path) -> list[Seen]:
    """Of a truth file; raises ConfigError naming file and line."""
    watch = Watch()
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                _note(watch, line, f"{path}:{number}")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    return watch.things


def _note(watch: Watch, line: str, where: str) -> None:
    try:
        watch.write(line)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ConfigError(f"{where}: not a line of a truth file: {error!r}") from error
