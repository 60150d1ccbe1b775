"""Signatures: small warm things (people, animals, vehicles) by the contrast to their ring.

1. At three scales (full, half, quarter picture) the peaks of centre minus surround are listed.
2. Around each peak 16 rays are followed: the ring gives the background (its median), the place
   where a ray falls below half contrast gives the outline. A path or an edge does not close.
3. Size in pixels, and in metres where the ground sample distance is known, decides what is kept.

The score is kelvin (counts without calibration) over the warmest of three things: the ring's
upper quartile; what all but two rays come down to within reach; what one side at least of every
axis through the peak comes down to. So a thing beside something equally warm counts less, and a
warm path, which stays warm on both sides of one axis, next to nothing. Never a species.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.messages import Detection, HeatKind
from onboard.detect.image import Image
from onboard.detect.regions import marked_places
from onboard.detect.settings import SignatureSettings

_RAYS = 16
_RADII = 12
_RING = slice(7, 12)
"""Radii (in pixels of the scale) of the background ring."""
_MAX_RADIUS = 7
_SCALES = (1, 2, 4)
_QUARTILE = 75
_LEAST_CLUTTER = 80
_RAYS_BELOW = 14
"""Of the 16 rays, those that must come down."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Peaks:
    """N measured peaks, in pixels of the full picture."""

    u: Values
    v: Values
    left: Values
    top: Values
    right: Values
    bottom: Values
    area: Values
    peak: Values
    contrast: Values
    """Over the ring's median."""
    score: Values
    closed: Values
    """Share of rays that fall below half contrast."""

    def keep(self, chosen: NDArray[np.generic]) -> "Peaks":
        """Those marked True, or listed."""
        return Peaks(*(getattr(self, name)[chosen] for name in self.__slots__))


def find_signatures(
    image: Image, contrast: float, noise: float, settings: SignatureSettings, gsd_m: float | None
) -> Peaks:
    """Warm things of a frame (H, W) that stand `contrast` over their ring, best first.

    `noise` is one pixel's; peaks over it that are not reported tell how cluttered the scene is.
    """
    parts = list(_measured(image, min(2.0 * noise, 0.5 * contrast), settings))
    if not parts:
        empty = np.empty(0, np.float32)
        return Peaks(*(empty for _ in Peaks.__slots__))
    peaks = Peaks(*(np.concatenate([getattr(p, n) for p in parts]) for n in Peaks.__slots__))
    peaks = peaks.keep((peaks.closed >= settings.closed_share) & (peaks.score > 0))
    least = settings.clutter_ratio * _clutter(peaks.score)
    size = np.sqrt(peaks.area)
    good = (peaks.contrast >= contrast) & (peaks.score >= max(least, contrast))
    good &= size <= settings.max_size_px
    if gsd_m is not None:
        # A thing smaller than a pixel still covers about 3 x 3: the lower gate allows for that.
        good &= (size * gsd_m <= settings.max_size_m) & ((size + 2) * gsd_m >= settings.min_size_m)
        if gsd_m > settings.person_width_m:
            good &= size >= settings.resolved_px
    peaks = peaks.keep(good)
    return _distinct(peaks.keep(np.argsort(-peaks.score, kind="stable")), settings.max_regions)


def _clutter(scores: Values) -> float:
    """The median score, over at least `_LEAST_CLUTTER` peaks: in a bland scene those are zero.

    Without the zeros a meadow with ten deer and nothing else would have deer for clutter.
    """
    rank = max(scores.size, _LEAST_CLUTTER) // 2
    if rank >= scores.size:
        return 0.0
    return float(np.partition(scores, scores.size - 1 - rank)[scores.size - 1 - rank])


def _measured(image: Image, threshold: float, settings: SignatureSettings) -> Iterator[Peaks]:
    for scale in _SCALES:
        height, width = image.shape[0] // scale, image.shape[1] // scale
        if min(height, width) < 3:
            return
        level = image
        if scale > 1:
            reduced = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
            level = np.asarray(reduced, np.float32)
        smooth = np.asarray(cv2.blur(level, (3, 3)), np.float32)
        rows, columns = _peaks(smooth, threshold, settings.max_candidates)
        if rows.size:
            yield _measure(smooth, level, rows, columns, scale)


def _peaks(
    smooth: Image, threshold: float, most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Local maxima of centre minus surround, the strongest `most`."""
    response = smooth - np.asarray(cv2.blur(smooth, (11, 11)))
    top = cv2.dilate(response, np.ones((5, 5), np.uint8))
    marked = (response >= np.asarray(top)) & (response > np.float32(threshold))
    rows, columns = marked_places(marked.view(np.uint8))
    strongest = np.argsort(-response[rows, columns], kind="stable")[:most]
    return rows[strongest], columns[strongest]


def _measure(
    smooth: Image,
    level: Image,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    scale: int,
) -> Peaks:
    angle = np.arange(_RAYS) * (2 * np.pi / _RAYS)
    radius = np.arange(1, _RADII + 1)
    across = np.rint(np.cos(angle)[:, None] * radius).astype(np.int64)
    down = np.rint(np.sin(angle)[:, None] * radius).astype(np.int64)
    height, width = smooth.shape
    x = np.clip(columns[:, None, None] + across, 0, width - 1)
    y = np.clip(rows[:, None, None] + down, 0, height - 1)
    rays = smooth[y, x]  # (N, 16, 12)
    peak = smooth[rows, columns]
    ring = rays[:, :, _RING].reshape(rows.size, -1)
    ring = np.partition(ring, (ring.shape[1] // 2, ring.shape[1] * _QUARTILE // 100), axis=1)
    median, upper = ring[:, ring.shape[1] // 2], ring[:, ring.shape[1] * _QUARTILE // 100]
    floors = rays[:, :, :_MAX_RADIUS].min(axis=2)
    lowest = np.sort(floors, axis=1)[:, _RAYS_BELOW - 1]
    along = np.minimum(floors[:, : _RAYS // 2], floors[:, _RAYS // 2 :]).max(axis=1)
    below = rays[:, :, :_MAX_RADIUS] < (0.5 * (peak + median))[:, None, None]
    falls = below.any(axis=2)
    reach = np.where(falls, below.argmax(axis=2) + 0.5, _MAX_RADIUS).astype(np.float32)
    area = 0.5 * np.sin(2 * np.pi / _RAYS) * (reach * np.roll(reach, 1, axis=1)).sum(axis=1)
    dx, dy = reach * np.cos(angle), reach * np.sin(angle)
    shift = (scale - 1) / 2  # pixel centres of a reduced picture lie between those of the full one
    u, v = columns + 0.5 * (dx.max(1) + dx.min(1)), rows + 0.5 * (dy.max(1) + dy.min(1))
    full = {
        "u": u * scale + shift,
        "v": v * scale + shift,
        "left": (columns + dx.min(1)) * scale + shift,
        "right": (columns + dx.max(1)) * scale + shift,
        "top": (rows + dy.min(1)) * scale + shift,
        "bottom": (rows + dy.max(1)) * scale + shift,
        "area": np.maximum(area, 1.0) * scale**2,
        "peak": level[rows, columns],
        "contrast": peak - median,
        "score": peak - np.maximum(np.maximum(upper, lowest), along),
        "closed": falls.mean(axis=1),
    }
    return Peaks(**{name: value.astype(np.float32) for name, value in full.items()})


def _distinct(peaks: Peaks, most: int) -> Peaks:
    """The first of each group whose centres lie in one another's boxes; at most `most`."""
    kept: list[int] = []
    free = np.ones(peaks.u.size, np.bool_)
    while len(kept) < most and free.any():
        best = int(free.argmax())
        kept.append(best)
        inside = (peaks.u >= peaks.left[best] - 1) & (peaks.u <= peaks.right[best] + 1)
        inside &= (peaks.v >= peaks.top[best] - 1) & (peaks.v <= peaks.bottom[best] + 1)
        covers = (peaks.left <= peaks.u[best]) & (peaks.right >= peaks.u[best])
        covers &= (peaks.top <= peaks.v[best]) & (peaks.bottom >= peaks.v[best])
        free &= ~(inside | covers)
        free[best] = False
    return peaks.keep(np.array(kept, np.int64))


def signature_detections(
    peaks: Peaks, shape: tuple[int, int], ceiling: float | None, calibrated: bool
) -> list[Detection]:
    """One detection a peak, boxes cut at the frame's edge."""
    height, width = shape
    found = []
    for i in range(peaks.u.size):
        left = min(max(0, round(float(peaks.left[i]))), width - 1)
        top = min(max(0, round(float(peaks.top[i]))), height - 1)
        right = max(min(width, round(float(peaks.right[i])) + 1), left + 1)
        bottom = max(min(height, round(float(peaks.bottom[i])) + 1), top + 1)
        found.append(
            Detection(
                kind=HeatKind.SIGNATURE,
                u_px=min(max(float(peaks.u[i]), 0.0), width - 1.0),
                v_px=min(max(float(peaks.v[i]), 0.0), height - 1.0),
                box_px=(left, top, right - left, bottom - top),
                area_px=max(1, round(float(peaks.area[i]))),
                score=float(peaks.score[i]),
                peak_kelvin=float(peaks.peak[i]) if calibrated else None,
                contrast_kelvin=float(peaks.contrast[i]) if calibrated else None,
                saturated=ceiling is not None and float(peaks.peak[i]) >= ceiling,
            )
        )
    return found
