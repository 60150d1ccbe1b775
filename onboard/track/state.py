"""One track: what was seen of one heat source, and what of it the ground was told."""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

import numpy as np

from firmware_bridge.messages import Detection, GroundFix, HeatKind, Hotspot
from onboard.locate.rotation import FloatArray
from onboard.locate.sight import Sight, View
from onboard.track.estimate import PlaceEstimate, metres_per_degree
from onboard.track.settings import TrackSettings

REFERENCE_S = 3.0
"""Speed is judged over so long: shorter is noise, longer lets geometry change the biases."""
GATE_SIGMAS = 3.7
LAST_REVISION = 65535


class Hit(IntEnum):
    """What a frame that had a track's place in view says of it."""

    MISS = 0
    WEAK = 1
    CLEAR = 2


@dataclass(frozen=True, slots=True)
class Told:
    """The state of a track at its last report."""

    time_s: float
    kind: HeatKind
    fix: GroundFix | None
    peak_kelvin: float | None
    views: int


@dataclass(slots=True)
class Track:
    """A heat source under observation, tentative until it has an id."""

    kind: HeatKind
    first_s: float
    hits: deque[Hit]
    """The last frames that had it in view."""
    detection: Detection
    """The latest."""
    time_s: float
    """Of the latest detection."""
    last_utc: datetime
    views: int = 0
    estimate: PlaceEstimate | None = None
    reason: str | None = None
    """Why it has no place, while it has none."""
    peak_kelvin: float | None = None
    contrast_kelvin: float | None = None
    saturated: bool = False
    area_m2: float | None = None
    largest_m2: float = 0.0
    """Of all sights: at the picture's edge only part of a fire is seen."""
    hotspot_id: UUID | None = None
    revision: int = 0
    told: Told | None = None
    _reference: tuple[float, Sight] | None = field(default=None)

    def see(
        self,
        time_s: float,
        utc: datetime,
        detection: Detection,
        view: View,
        settings: TrackSettings,
    ) -> None:
        """Take in a detection that belongs to this track."""
        self.detection, self.time_s, self.last_utc = detection, time_s, utc
        self.views += 1
        self.hits.append(_strength(detection, settings))
        self.peak_kelvin = _greater(self.peak_kelvin, detection.peak_kelvin)
        self.contrast_kelvin = _greater(self.contrast_kelvin, detection.contrast_kelvin)
        self.saturated |= detection.saturated
        if view.sight is None:
            self.reason = self.reason if self.estimate else view.reason
            return
        self.reason = None
        self.area_m2 = detection.area_px * view.sight.ground_m2_per_px
        self.largest_m2 = max(self.largest_m2, self.area_m2)
        if self._reference is None or time_s - self._reference[0] > REFERENCE_S:
            self._reference = (time_s, view.sight)
        if self.estimate is None:
            self.estimate = PlaceEstimate(
                view.sight,
                time_s,
                moves=self.kind is HeatKind.SIGNATURE,
                white_time_s=settings.white_time_s,
                bias_time_s=settings.bias_time_s,
            )
        else:
            self.estimate.update(view.sight, time_s)

    def is_confirmed(self, settings: TrackSettings) -> bool:
        """Whether it has been told, or has the hits for it."""
        if self.hotspot_id is not None:
            return True
        last = list(self.hits)[-settings.confirm_frames :]
        if last.count(Hit.CLEAR) >= settings.confirm_hits:
            return True
        longer = list(self.hits)[-settings.weak_confirm_frames :]
        return len(longer) - longer.count(Hit.MISS) >= settings.weak_confirm_hits

    def is_live(self, settings: TrackSettings) -> bool:
        """Whether it was there in one at least of the last frames that had its place in view."""
        return any(list(self.hits)[-settings.confirm_frames :])

    def take_over(self, ash: "Track") -> None:
        """Go on under the id of what was told of before: the same thing, now known better."""
        if ash.time_s < self.first_s:
            self.views += ash.views
        else:  # some frames showed both
            self.views = max(self.views, ash.views)
        self.first_s = min(self.first_s, ash.first_s)
        if self.estimate is None and ash.estimate:
            self.estimate, self.area_m2 = ash.estimate, ash.area_m2
            self.estimate.moves = False
        self.hotspot_id, self.revision, self.told = ash.hotspot_id, ash.revision, ash.told

    def too_fast(self, time_s: float, sight: Sight, max_speed_m_s: float) -> bool:
        """Whether being at `sight` now means having run faster than `max_speed_m_s`.

        Over a few seconds the biases are common to both ends; what is white is allowed for.
        """
        if self._reference is None or self.kind is not HeatKind.SIGNATURE:
            return False
        then_s, then = self._reference
        if not 0.0 < time_s - then_s <= 2 * REFERENCE_S:
            return False
        east_m, north_m = (_lon_lat(sight) - _lon_lat(then)) * metres_per_degree(then.lat_deg)
        moved_m = math.hypot(float(east_m), float(north_m))
        noise_m = math.sqrt(sight.white_level_m2 + then.white_level_m2)
        return moved_m > max_speed_m_s * (time_s - then_s) + GATE_SIGMAS * noise_m

    def hotspot(self, system_id: int) -> Hotspot:
        """The report of a confirmed track as it stands."""
        assert self.hotspot_id is not None, "only a confirmed track is reported"
        fix = self.estimate.fix() if self.estimate else None
        return Hotspot(
            hotspot_id=self.hotspot_id,
            revision=min(self.revision, LAST_REVISION),
            system_id=system_id,
            kind=self.kind,
            # By the clock of the latest sight: one that was set in between must not make a fire
            # end before it began.
            first_seen_utc=self.last_utc - timedelta(seconds=self.time_s - self.first_s),
            last_seen_utc=self.last_utc,
            views=self.views,
            fix=fix,
            unlocated_because=None if fix else (self.reason or "no view of the ground")[:200],
            peak_kelvin=self.peak_kelvin,
            contrast_kelvin=self.contrast_kelvin,
            saturated=self.saturated,
            area_m2=self.area_m2 if fix else None,
        )


def _strength(detection: Detection, settings: TrackSettings) -> Hit:
    """Without calibration the score has no unit to be weak in."""
    weak = detection.contrast_kelvin is not None and detection.score < settings.weak_score_kelvin
    return Hit.WEAK if weak and detection.kind is HeatKind.SIGNATURE else Hit.CLEAR


def _greater(held: float | None, new: float | None) -> float | None:
    if held is None or new is None:
        return new if held is None else held
    return max(held, new)


def _lon_lat(sight: Sight) -> FloatArray:
    return np.array([sight.lon_deg, sight.lat_deg])
