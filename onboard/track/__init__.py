"""Detections of many frames become hotspots: associate, confirm (m of n), estimate, report.

Nothing here reads a clock or draws a random number: the same frames give the same hotspots, with
the same ids, in a flight and in its replay.
"""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.messages import Detection, HeatKind, Hotspot
from onboard.locate.rotation import FloatArray
from onboard.locate.sight import View
from onboard.track.association import OUT_OF_GATE, assign, ground_distances
from onboard.track.merge import merge
from onboard.track.report import due
from onboard.track.settings import TrackSettings
from onboard.track.state import Hit, Told, Track

__all__ = ["Sees", "TrackSettings", "Tracker"]

Seen = tuple[Detection, View]
Sees = Callable[[FloatArray, FloatArray, FloatArray], NDArray[np.bool_]]
"""Latitudes, longitudes, heights AMSL (N,) -> whether each lies in the frame's picture (N,)."""


class Tracker:
    """The heat sources of one flight, a bounded number of them."""

    def __init__(
        self, settings: TrackSettings, system_id: int, new_id: Callable[[datetime], UUID]
    ) -> None:
        """`new_id` makes a hotspot's id at its confirmation; inject one that replays."""
        self.system_id = system_id
        self._settings = settings
        self._new_id = new_id
        self._tracks: list[Track] = []
        self.detections_dropped = 0
        """Beyond `max_detections` of a frame."""
        self.tracks_dropped = 0
        """Beyond `max_tracks`, not those that were forgotten in time."""

    @property
    def tracks(self) -> Sequence[Track]:
        """All tracks, tentative ones too."""
        return tuple(self._tracks)

    def detection_of(self, hotspot_id: UUID) -> Detection | None:
        """The latest detection of a hotspot: where to cut its thumbnail."""
        for track in self._tracks:
            if track.hotspot_id == hotspot_id:
                return track.detection
        return None

    def update(
        self, time_s: float, utc: datetime, seen: Sequence[Seen], sees: Sees | None = None
    ) -> list[Hotspot]:
        """Take in one frame, empty ones too; gives newly confirmed and revised hotspots.

        `sees` tells which known places the frame had in view: only there is a miss a miss.
        None: the frame had no pose, and says nothing about places it did not detect.
        """
        if len(seen) > self._settings.max_detections:
            strongest = sorted(seen, key=lambda pair: -pair[0].score)
            self.detections_dropped += len(seen) - self._settings.max_detections
            seen = strongest[: self._settings.max_detections]
        self._forget(time_s)
        pairs = assign(self._costs(time_s, seen), self._settings.gate_chi2)
        pairs = [p for p in pairs if not self._too_fast(time_s, *p, seen)]
        self._count_misses({row for row, _ in pairs}, time_s, sees)
        for row, column in pairs:
            self._tracks[row].see(time_s, utc, *seen[column], self._settings)
        for column in sorted(set(range(len(seen))) - {column for _, column in pairs}):
            self._begin(time_s, utc, *seen[column])
        self._tracks = merge(self._tracks, time_s, self._settings)
        self._bound()
        return [hotspot for track in self._tracks for hotspot in self._report(track, time_s)]

    def _costs(self, time_s: float, seen: Sequence[Seen]) -> FloatArray:
        """(T, D) squared distances: on the ground where both have a place, else in the picture."""
        settings = self._settings
        cost = np.full((len(self._tracks), len(seen)), OUT_OF_GATE)
        placed = [(t, track.estimate) for t, track in enumerate(self._tracks) if track.estimate]
        sights = [(d, view.sight) for d, (_, view) in enumerate(seen) if view.sight]
        if placed and sights:
            for _, estimate in placed:
                estimate.advance(time_s)
            block = ground_distances(
                [e for _, e in placed], [s for _, s in sights], settings.gate_chi2
            )
            cost[np.ix_([t for t, _ in placed], [d for d, _ in sights])] = block
        located = {d for d, _ in sights}
        for t, track in enumerate(self._tracks):
            for d, (detection, _) in enumerate(seen):
                if track.kind is not detection.kind:
                    cost[t, d] = OUT_OF_GATE
                elif not (track.estimate and d in located):
                    cost[t, d] = settings.gate_chi2 * self._picture_cost(track, detection, time_s)
        return cost

    def _picture_cost(self, track: Track, detection: Detection, time_s: float) -> float:
        """1 at the gate; far above it where the track's picture position is too old."""
        if time_s - track.time_s > self._settings.pixel_memory_s:
            return OUT_OF_GATE
        du, dv = detection.u_px - track.detection.u_px, detection.v_px - track.detection.v_px
        return (du * du + dv * dv) / self._settings.gate_px**2

    def _too_fast(self, time_s: float, row: int, column: int, seen: Sequence[Seen]) -> bool:
        sight = seen[column][1].sight
        return sight is not None and self._tracks[row].too_fast(
            time_s, sight, self._settings.max_speed_m_s
        )

    def _count_misses(self, hit: set[int], time_s: float, sees: Sees | None) -> None:
        """A miss for every track that was in view, or lately in the picture, and not detected."""
        missed = [track for row, track in enumerate(self._tracks) if row not in hit]
        placed = [track for track in missed if track.estimate]
        if placed and sees is not None:
            places = np.array([track.estimate.place for track in placed if track.estimate])
            for track, in_view in zip(placed, sees(*places.T), strict=True):
                if in_view:
                    track.hits.append(Hit.MISS)
        for track in missed:
            if track.estimate is None:
                track.hits.append(Hit.MISS)

    def _begin(self, time_s: float, utc: datetime, detection: Detection, view: View) -> None:
        settings = self._settings
        frames = max(settings.confirm_frames, settings.weak_confirm_frames)
        hits: deque[Hit] = deque(maxlen=frames)
        track = Track(detection.kind, time_s, hits, detection, time_s, utc)
        track.see(time_s, utc, detection, view, settings)
        self._tracks.append(track)

    def _report(self, track: Track, time_s: float) -> list[Hotspot]:
        """The track's hotspot, if it has just been confirmed or has news."""
        if track.hotspot_id is None:
            if not track.is_confirmed(self._settings):
                return []
            track.hotspot_id = self._new_id(track.last_utc)
        if not due(track, time_s, self._settings):
            return []
        track.revision += 1
        hotspot = track.hotspot(self.system_id)
        track.told = Told(time_s, hotspot.kind, hotspot.fix, hotspot.peak_kelvin, hotspot.views)
        return [hotspot]

    def _forget(self, time_s: float) -> None:
        """Drop what has not been seen for its time, and tentative tracks that failed."""
        self._tracks = [t for t in self._tracks if not self._is_over(t, time_s)]

    def _is_over(self, track: Track, time_s: float) -> bool:
        settings = self._settings
        unseen_s = time_s - track.time_s
        if track.hotspot_id is None:
            return not track.is_live(settings) or unseen_s > settings.forget_tentative_s
        if track.kind is HeatKind.FIRE and track.estimate:
            return unseen_s > settings.forget_fire_s
        return unseen_s > settings.forget_signature_s

    def _bound(self) -> None:
        """Keep `max_tracks`, the longest unseen go first: remembered signatures, then tentatives.

        A signature that is only remembered loses no more than its name; a new track may be a fire.
        """
        excess = len(self._tracks) - self._settings.max_tracks
        if excess <= 0:
            return
        now_s = max(track.time_s for track in self._tracks)

        def worth(track: Track) -> tuple[int, float]:
            unseen = now_s - track.time_s > self._settings.forget_tentative_s
            if track.hotspot_id is None:
                return 1, track.time_s
            return 0 if unseen and track.kind is HeatKind.SIGNATURE else 2, track.time_s

        order = sorted(self._tracks, key=worth)
        self.tracks_dropped += excess
        doomed = {id(track) for track in order[:excess]}
        self._tracks = [track for track in self._tracks if id(track) not in doomed]
