"""Where a target is, from many sights of it, without pretending that their errors are independent.

State: position east, north, up of an anchor (3) and the eight biases of `locate.covariance` that
all sights of a pass share. A sight says that the target lies on its ray, up to biases and white
error: with h where the ray met the terrain and B (2, 3) across the ray,

    B (x - h - J b) = B w,   w ~ N(0, W)

and the terrain says, once, n . (x - h0) = e, e ~ N(0, s_dem^2), because the DEM's error around
one place is one error, however often one looks at it. That makes the CE90 honest: on one straight
pass it ends where the biases end and not at 1/sqrt(N), and a second look from the opposite heading
separates biases from place.

The biases fade with a time constant (first-order Gauss-Markov); white errors closer together than
their correlation time are given the weight of what is new in them.

Source: Schmidt (1966) for estimating with biases; Bar-Shalom, Li, Kirubarajan, "Estimation with
Applications to Tracking and Navigation" (2001), sections 5.2 and 8.2.
"""

import math

import numpy as np

from firmware_bridge.earth import ECCENTRICITY_SQUARED, SEMI_MAJOR_M
from firmware_bridge.messages import GroundFix
from onboard.locate.covariance import BIASES, ce90_m
from onboard.locate.rotation import FloatArray
from onboard.locate.sight import Sight, ground_fix

STATES = 3 + BIASES
UNKNOWN_PLACE_M2 = 1e10
ADVANCE_STEP_S = 0.2
"""Process noise of shorter steps is not worth its arithmetic."""
WALK_M2_PER_S = 4.0
"""A walker's diffusion: 2 m after a second, 15 m after a minute, if it did not stay."""
ANCHOR_REACH_M = 60.0
"""Two DEM posts: farther off the anchor's plane is not the terrain any more."""
RESTART_RATIO = 0.5
"""One sight twice as good as all before: the plane under the old estimate misleads."""


def metres_per_degree(lat_deg: float) -> FloatArray:
    """(2,) metres per degree of longitude and of latitude, WGS84 (radii of curvature)."""
    shrink = 1.0 - ECCENTRICITY_SQUARED * math.sin(math.radians(lat_deg)) ** 2
    normal_m = SEMI_MAJOR_M / math.sqrt(shrink)
    meridian_m = normal_m * (1.0 - ECCENTRICITY_SQUARED) / shrink
    east_m = normal_m * math.cos(math.radians(lat_deg))
    return np.radians([east_m, meridian_m])


class PlaceEstimate:
    """Filter over position and biases of one target."""

    def __init__(
        self, sight: Sight, time_s: float, *, moves: bool, white_time_s: float, bias_time_s: float
    ) -> None:
        self.moves = moves
        self._white_time_s = white_time_s
        self._bias_time_s = bias_time_s
        self.start(sight, time_s)

    def start(self, sight: Sight, time_s: float) -> None:
        """Begin anew at one sight, with its own terrain plane."""
        self.anchor = np.array([sight.lon_deg, sight.lat_deg, sight.alt_amsl_m])
        self.scale = np.append(metres_per_degree(sight.lat_deg), 1.0)
        self.mean = np.zeros(STATES)
        self.walked_m2 = 0.0
        """Level variance, per axis, of where it may have gone since the last sight."""
        self.prior = np.array(sight.bias_variance)
        self.covariance = np.diag(np.concatenate([np.full(3, UNKNOWN_PLACE_M2), self.prior]))
        self._advanced_s = self._updated_s = time_s
        plane = np.zeros((1, STATES))
        plane[0, :3] = sight.normal
        self._correct(np.zeros(1), plane, np.array([[sight.terrain_sigma_m**2]]))
        self._correct(np.zeros(2), sight.rows, sight.noise_m2)

    def advance(self, time_s: float) -> None:
        """Let biases fade and walkers walk until `time_s`."""
        step_s = time_s - self._advanced_s
        if step_s < ADVANCE_STEP_S:
            return
        self._advanced_s = time_s
        kept = math.exp(-step_s / self._bias_time_s)
        self.mean[3:] *= kept
        self.covariance[3:] *= kept
        self.covariance[:, 3:] *= kept
        biases = np.arange(3, STATES)
        self.covariance[biases, biases] += (1.0 - kept**2) * self.prior
        if self.moves:
            self.walked_m2 += WALK_M2_PER_S * step_s

    def update(self, sight: Sight, time_s: float) -> None:
        """Take in one more sight."""
        self.advance(time_s)
        self.covariance[[0, 1], [0, 1]] += self.walked_m2
        self.walked_m2 = 0.0
        if self._should_restart(sight):
            self.start(sight, time_s)
            return
        step_s = max(time_s - self._updated_s, 1e-3)
        self._updated_s = max(time_s, self._updated_s)
        inflation = max(1.0, self._white_time_s / step_s)
        measured = sight.rows[:, :3] @ self.offset(sight)
        self._correct(measured, sight.rows, inflation * sight.noise_m2)
        # The clock's and the lens's priors may have changed since; the freshest hold from now on.
        self.prior = np.array(sight.bias_variance)

    def offset(self, sight: Sight) -> FloatArray:
        """(3,) ENU metres from the anchor to where the sight met the terrain."""
        place = np.array([sight.lon_deg, sight.lat_deg, sight.alt_amsl_m])
        return np.asarray((place - self.anchor) * self.scale)

    @property
    def place(self) -> tuple[float, float, float]:
        """Latitude, longitude, height AMSL."""
        lon, lat, alt = self.anchor + self.mean[:3] / self.scale
        return float(lat), float(lon), float(alt)

    def fix(self) -> GroundFix:
        """The estimate with its covariance."""
        return ground_fix(*self.place, self.covariance[:2, :2] + self.walked_m2 * np.eye(2))

    def _should_restart(self, sight: Sight) -> bool:
        if float(np.linalg.norm(self.mean[:2])) > ANCHOR_REACH_M:
            return True
        held = float(ce90_m(self.covariance))
        return float(ce90_m(sight.covariance_m2)) < RESTART_RATIO * held

    def _correct(self, innovation: FloatArray, rows: FloatArray, noise: FloatArray) -> None:
        """Kalman update in Joseph's form, which keeps the covariance positive after 1e10 m2.

        `innovation` is measured minus predicted at zero state.
        """
        gain_target = self.covariance @ rows.T
        gain = np.linalg.solve(rows @ gain_target + noise, gain_target.T).T
        self.mean = self.mean + gain @ (innovation - rows @ self.mean)
        keep = np.eye(STATES) - gain @ rows
        self.covariance = keep @ self.covariance @ keep.T + gain @ noise @ gain.T
