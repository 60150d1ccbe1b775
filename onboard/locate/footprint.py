"""Which pixels to cast to outline what a camera sees on the ground."""

import numpy as np

from onboard.locate.rotation import FloatArray

POINTS_PER_EDGE = 3
PULL_STEPS = 8
"""Rays a border pixel without ground may cost: the outline is then right to 1/8 of the picture."""


def border_pixels(width: int, height: int) -> FloatArray:
    """(12, 2) pixels around the image border, clockwise from the top left corner."""
    right, bottom = width - 1.0, height - 1.0
    corners = np.array([[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]])
    steps = np.arange(POINTS_PER_EDGE)[:, None] / POINTS_PER_EDGE
    edges = [
        start + steps * (end - start)
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True)
    ]
    return np.concatenate(edges)


def pulled_in(pixels: FloatArray, towards: FloatArray) -> FloatArray:
    """(N, 8, 2) points from near each of (N, 2) pixels to `towards` (2,), which comes last."""
    steps = (np.arange(PULL_STEPS)[:, None] + 1) / PULL_STEPS
    return np.asarray(pixels[:, None, :] + steps * (towards - pixels)[:, None, :])
