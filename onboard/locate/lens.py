"""The lens: pixels to directions and back, by OpenCV's five-coefficient model.

    x = X/Z, y = Y/Z, r2 = x^2 + y^2 in the camera frame (x right, y down, z forward)
    x" = x (1 + k1 r2 + k2 r2^2 + k3 r2^3) + 2 p1 x y + p2 (r2 + 2 x^2), y" likewise
    u = fx x" + cx, v = fy y" + cy

Pixel (0, 0) is the centre of the first pixel. Directions here are in the camera mount's FRD
(x along the optical axis, y right, z down): the same axes under other names.

Source: OpenCV, "Camera Calibration and 3D Reconstruction".
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from onboard.locate.rotation import FloatArray

# OpenCV's default leaves 0.17 m at 600 m in the corner of a 56 degree lens with k1 = -0.35; for
# the 32 degree lens of the golden vectors (k1 = -0.28) it would do.
CONVERGED = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 200, 1e-12)
RESIDUAL_LIMIT_PX = 0.05
"""Where the model folds back on itself no direction maps to the pixel: that is an answer."""


@dataclass(frozen=True, slots=True)
class Lens:
    """Intrinsic calibration of one camera at one image size."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    k3: float = 0.0
    focal_sigma: float = 0.0
    """Relative error of the focal length, one sigma: 0 for a calibrated lens."""

    @classmethod
    def from_field_of_view(
        cls, width: int, height: int, horizontal_deg: float, sigma_deg: float = 1.0
    ) -> "Lens":
        """An ideal lens from a data sheet's horizontal field of view, square pixels assumed."""
        half_rad = math.radians(horizontal_deg) / 2
        focal = width / 2 / math.tan(half_rad)
        # d ln(f) / d(half angle) = -1 / (sin cos): how the angle's error becomes the focal's.
        focal_sigma = math.radians(sigma_deg) / 2 / (math.sin(half_rad) * math.cos(half_rad))
        return cls(
            width, height, focal, focal, (width - 1) / 2, (height - 1) / 2, focal_sigma=focal_sigma
        )

    @property
    def matrix(self) -> FloatArray:
        """OpenCV's (3, 3) camera matrix."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @property
    def distortion(self) -> FloatArray:
        """OpenCV's (5,) distortion vector."""
        return np.array([self.k1, self.k2, self.p1, self.p2, self.k3])

    def directions(self, u_px: ArrayLike, v_px: ArrayLike) -> FloatArray:
        """(N, 3) unit directions in the mount's FRD of N pixels; NaN rows where none exists."""
        pixels = np.stack(
            [np.atleast_1d(np.asarray(u_px, float)), np.atleast_1d(np.asarray(v_px, float))], axis=1
        )
        if not len(pixels):
            return np.empty((0, 3))
        ideal = (
            cv2.undistortPoints(
                pixels[:, None, :], self.matrix, self.distortion, None, None, None, CONVERGED
            )
            .reshape(-1, 2)
            .astype(float)
        )
        rays = np.column_stack([np.ones(len(ideal)), ideal])
        residual = np.abs(self._distorted(ideal) - pixels).max(axis=1)
        rays[~(residual < RESIDUAL_LIMIT_PX)] = np.nan
        return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))

    def contains(self, directions_frd: FloatArray) -> NDArray[np.bool_]:
        """(N,) whether each of (N, 3) directions of any length falls on the sensor."""
        ahead = directions_frd[:, 0] > 1e-9
        ideal = directions_frd[:, 1:] / np.where(ahead, directions_frd[:, 0], np.inf)[:, None]
        pixel = self._distorted(ideal)
        inside = (
            (pixel[:, 0] > -0.5)
            & (pixel[:, 0] < self.width - 0.5)
            & (pixel[:, 1] > -0.5)
            & (pixel[:, 1] < self.height - 0.5)
        )
        # A barrel lens folds far-off directions back into the image; the corners bound the real.
        return np.asarray(ahead & inside & (np.linalg.norm(ideal, axis=1) < self._reach()))

    def _reach(self) -> float:
        """1.1 times the tangent of the angle from the axis to the farthest corner."""
        right, bottom = self.width - 1, self.height - 1
        corners = self.directions([0, right, right, 0], [0, 0, bottom, bottom])
        tangents = np.linalg.norm(corners[:, 1:], axis=1) / corners[:, 0]
        return 1.1 * float(np.nanmax(tangents)) if np.isfinite(tangents).any() else math.inf

    def _distorted(self, ideal: FloatArray) -> FloatArray:
        """(N, 2) pixels of (N, 2) ideal points y_frd / x_frd, z_frd / x_frd."""
        x, y = ideal[:, 0], ideal[:, 1]
        r2 = x * x + y * y
        radial = 1 + r2 * (self.k1 + r2 * (self.k2 + r2 * self.k3))
        u = x * radial + 2 * self.p1 * x * y + self.p2 * (r2 + 2 * x * x)
        v = y * radial + 2 * self.p2 * x * y + self.p1 * (r2 + 2 * y * y)
        return np.column_stack([self.fx * u + self.cx, self.fy * v + self.cy])
