"""Colours of the map: forest greens to ridge browns, muted, so that a hotspot stands out.

Chosen by eye on this project's screens; heights are metres AMSL.
"""

import numpy as np
from numpy.typing import NDArray

TINT = (
    (-50, (188, 203, 203)),
    (0, (193, 208, 190)),
    (100, (184, 203, 174)),
    (300, (172, 195, 160)),
    (600, (176, 193, 156)),
    (900, (193, 196, 160)),
    (1300, (204, 194, 163)),
    (1800, (200, 181, 154)),
    (2500, (207, 196, 182)),
    (3500, (232, 229, 225)),
)
"""Height and red, green, blue; straight lines between."""
CONTOUR_RGB = (122, 101, 74)
CONTOUR_STRENGTH, INDEX_STRENGTH = 0.40, 0.75
CONTOUR_STEP_M = {11: 200, 12: 100, 13: 50, 14: 20, 15: 10, 16: 10}
"""Between contours by zoom; every fifth is an index contour. Further out they only blacken."""
INDEX_EVERY = 5
NO_DATA_RGB, NO_DATA_ALPHA = (120, 120, 120), 60
LUT_LOWEST_M, LUT_HIGHEST_M = -500, 9000


def tint_table() -> NDArray[np.float32]:
    """(9501, 3) float32, red, green, blue of each whole metre from -500 to 9000."""
    heights = np.arange(LUT_LOWEST_M, LUT_HIGHEST_M + 1)
    stops = [height for height, _ in TINT]
    channels = [np.interp(heights, stops, [rgb[i] for _, rgb in TINT]) for i in range(3)]
    return np.stack(channels, axis=1).astype(np.float32)
