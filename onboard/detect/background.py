"""What the ground around a candidate looks like, without the candidates themselves.

The contextual test of VIIRS 375 m (Schroeder et al. 2014, Remote Sensing of Environment 143):
statistics of a window around the candidate that grows until a quarter of its pixels are
background. Integral images over 4 x 4 blocks make every window cost four look-ups.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from onboard.detect.image import Image

_BLOCK_PX = 4
_HALF_WINDOWS_PX = (16, 32, 64, 128, 256)
_LEAST_SHARE = 0.25
_LEAST_BLOCKS = 4.0

Values = NDArray[np.float64]
Mask = NDArray[np.uint8]
Index = NDArray[np.int64]


def coarse_background(image: Image, ceiling: float) -> Image:
    """(H, W) smooth background: median of 5 x 5 blocks of about 16 px, fires cut at `ceiling`."""
    height, width = image.shape
    block = max(1, min(16, height // 8, width // 8))
    cut = np.minimum(image, np.float32(ceiling))
    size = (max(1, width // block), max(1, height // block))
    small = cv2.medianBlur(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), 5)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


class Surroundings:
    """Mean and deviation of the background around any point of one frame."""

    def __init__(self, image: Image, candidates: Mask) -> None:
        """`candidates` (H, W): non-zero where a pixel may burn; 2 px around it do not count."""
        height, width = image.shape
        self._shape = (width, height)
        self._blocks = (max(1, width // _BLOCK_PX), max(1, height // _BLOCK_PX))
        burning = cv2.dilate(candidates, np.ones((5, 5), np.uint8))
        valid = (np.asarray(burning) == 0).astype(np.float32)
        self._origin = float(image[0, 0])
        # Near zero: squares of kelvin would eat float32's digits.
        offset = (image - np.float32(self._origin)) * valid
        parts = (valid, offset, offset * offset)
        self._sums = [_block_integral(part, self._blocks) for part in parts]

    def around(self, columns: Values, rows: Values) -> tuple[Values, Values]:
        """(N,) mean and standard deviation around N points; NaN where the frame shows none."""
        mean = np.full(columns.shape, np.nan)
        deviation = np.full(columns.shape, np.nan)
        for half in _HALF_WINDOWS_PX:
            todo = np.isnan(mean)
            if not todo.any():
                break
            window = self._window(columns[todo], rows[todo], half)
            count, total, squares = (_inside(table, *window) for table in self._sums)
            left, top, right, bottom = window
            least = min(_LEAST_BLOCKS, self._blocks[0] * self._blocks[1])
            enough = np.maximum(_LEAST_SHARE * (right - left) * (bottom - top), least)
            count = np.where(count >= enough, count, np.nan)
            centre = total / count
            mean[todo] = centre + self._origin
            deviation[todo] = np.sqrt(np.maximum(squares / count - centre**2, 0.0))
        return mean, deviation

    def _window(self, columns: Values, rows: Values, half: int) -> tuple[Index, ...]:
        edges = []
        for side in (-1, 1):
            for axis, values in enumerate((columns, rows)):
                block = (values + side * half) * (self._blocks[axis] / self._shape[axis])
                edge = np.floor(block).astype(np.int64) + (side > 0)
                edges.append(np.clip(edge, 0, self._blocks[axis]))
        return tuple(edges)


def _block_integral(part: Image, size: tuple[int, int]) -> Values:
    return np.asarray(
        cv2.integral(cv2.resize(part, size, interpolation=cv2.INTER_AREA), sdepth=cv2.CV_64F)
    )


def _inside(table: Values, left: Index, top: Index, right: Index, bottom: Index) -> Values:
    inside: Values = (
        table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
    )
    return inside
