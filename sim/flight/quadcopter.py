"""A quadcopter as a point mass that tilts to accelerate, at 200 steps a second, in plain floats.

The controller asks for an acceleration (limited in size and jerk, as ArduCopter's position
controller is), adds what the mean wind takes away, and tilts; the body follows as a damped
second-order system; thrust, drag and gravity then move it. Gusts are not known to the
controller. The position is integrated along the WGS84 radii of curvature.

Drag per mass is (0.020 |v| + 0.05) v: 15 degrees of tilt at 10 m/s, as the recorded flights show.
"""

import math
import random
from dataclasses import dataclass

from sim.geodesy import metres_per_degree
from sim.rotation import wrap_pi

STEP_S = 0.005
GRAVITY = 9.80665
MAX_TILT_RAD = math.radians(30)
MAX_ACCEL = 2.5
MAX_JERK = 4.0
CLIMB_M_S, SINK_M_S = 2.5, 1.5
MAX_YAW_RATE_RAD_S, MAX_YAW_ACCEL = math.radians(60), math.radians(120)
ATTITUDE_RAD_S, DAMPING = 9.0, 0.85
GUST_MEMORY_S = 2.5


@dataclass(frozen=True, slots=True)
class Wish:
    """What the navigation wants of the next step."""

    north_m_s: float
    east_m_s: float
    up_m_s: float
    yaw_rad: float


@dataclass(slots=True)
class State:
    """The truth about the vehicle."""

    time_s: float
    """Set by whoever steps it."""
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    yaw_rad: float
    north_m_s: float = 0.0
    east_m_s: float = 0.0
    down_m_s: float = 0.0
    roll_rad: float = 0.0
    pitch_rad: float = 0.0
    roll_rad_s: float = 0.0
    pitch_rad_s: float = 0.0
    yaw_rad_s: float = 0.0
    battery: float = 1.0
    """Of a full one."""
    thrust: float = GRAVITY
    """Force per mass, m/s2."""


class Quadcopter:
    """Integrates the truth; `step` is the whole interface."""

    def __init__(
        self, state: State, wind_ned_m_s: tuple[float, float], gust_m_s: float,
        battery_minutes: float, seed: int,
    ) -> None:  # fmt: skip
        self.state = state
        self._wind = wind_ned_m_s
        self._gust_m_s = gust_m_s
        self._gust = [0.0, 0.0]
        self._drain_per_s = 1 / (battery_minutes * 60)
        self._accel = [0.0, 0.0]
        self._random = random.Random(seed * 7919 + 1)
        self._per_degree = metres_per_degree(state.lat_deg, state.alt_amsl_m)

    def rest(self) -> None:
        """One step on the ground."""
        s = self.state
        s.north_m_s = s.east_m_s = s.down_m_s = 0.0
        s.roll_rad = s.pitch_rad = s.roll_rad_s = s.pitch_rad_s = s.yaw_rad_s = 0.0
        s.thrust = 0.0

    def step(self, wish: Wish) -> None:
        """One step in the air."""
        s = self.state
        roll, pitch, lift = self._demand(wish)
        s.roll_rad, s.roll_rad_s = _follow(s.roll_rad, s.roll_rad_s, roll)
        s.pitch_rad, s.pitch_rad_s = _follow(s.pitch_rad, s.pitch_rad_s, pitch)
        self._turn(wish.yaw_rad)
        upright = math.cos(s.roll_rad) * math.cos(s.pitch_rad)
        s.thrust = min(max(lift / upright, 2.0), 2 * GRAVITY)
        self._move()
        s.battery = max(s.battery - self._drain_per_s * STEP_S * (s.thrust / GRAVITY) ** 1.5, 0.0)

    def _demand(self, wish: Wish) -> tuple[float, float, float]:
        """Roll, pitch and lift (per mass) for the wished velocity."""
        s, accel = self.state, self._accel
        want_n = 1.4 * (wish.north_m_s - s.north_m_s)
        want_e = 1.4 * (wish.east_m_s - s.east_m_s)
        scale = min(1.0, MAX_ACCEL / max(math.hypot(want_n, want_e), 1e-9))
        change_n, change_e = want_n * scale - accel[0], want_e * scale - accel[1]
        slower = min(1.0, MAX_JERK * STEP_S / max(math.hypot(change_n, change_e), 1e-9))
        accel[0] += change_n * slower
        accel[1] += change_e * slower
        drag_n, drag_e, _ = _drag(s, self._wind)
        force_n, force_e = accel[0] - drag_n, accel[1] - drag_e
        climb = min(max(wish.up_m_s, -SINK_M_S), CLIMB_M_S)
        lift = GRAVITY + min(max(2.5 * (climb + s.down_m_s), -2.0), 2.0)
        cos_yaw, sin_yaw = math.cos(s.yaw_rad), math.sin(s.yaw_rad)
        forward, right = (
            cos_yaw * force_n + sin_yaw * force_e,
            cos_yaw * force_e - sin_yaw * force_n,
        )
        pitch = -math.atan2(forward, lift)
        roll = math.atan2(right * math.cos(pitch), lift)
        tilt = math.hypot(pitch, roll)
        limit = min(1.0, MAX_TILT_RAD / tilt) if tilt > 0 else 1.0
        return roll * limit, pitch * limit, lift

    def _turn(self, yaw_rad: float) -> None:
        s = self.state
        error = wrap_pi(yaw_rad - s.yaw_rad)
        wanted = min(max(1.8 * error, -MAX_YAW_RATE_RAD_S), MAX_YAW_RATE_RAD_S)
        step = MAX_YAW_ACCEL * STEP_S
        s.yaw_rad_s += min(max(wanted - s.yaw_rad_s, -step), step)
        s.yaw_rad = wrap_pi(s.yaw_rad + s.yaw_rad_s * STEP_S)

    def _move(self) -> None:
        s = self.state
        sr, cr = math.sin(s.roll_rad), math.cos(s.roll_rad)
        sp, cp = math.sin(s.pitch_rad), math.cos(s.pitch_rad)
        sy, cy = math.sin(s.yaw_rad), math.cos(s.yaw_rad)
        drag_n, drag_e, drag_d = _drag(s, self._blow())
        s.north_m_s += (-s.thrust * (cy * sp * cr + sy * sr) + drag_n) * STEP_S
        s.east_m_s += (-s.thrust * (sy * sp * cr - cy * sr) + drag_e) * STEP_S
        s.down_m_s += (GRAVITY - s.thrust * cp * cr + drag_d) * STEP_S
        s.lat_deg += s.north_m_s * STEP_S / self._per_degree[0]
        s.lon_deg += s.east_m_s * STEP_S / self._per_degree[1]
        s.alt_amsl_m -= s.down_m_s * STEP_S

    def _blow(self) -> tuple[float, float]:
        """Wind with gusts (a first-order Gauss-Markov process)."""
        fade = STEP_S / GUST_MEMORY_S
        kick = self._gust_m_s * math.sqrt(2 * fade)
        gust = self._gust
        gust[0] += -gust[0] * fade + self._random.gauss(0, kick)
        gust[1] += -gust[1] * fade + self._random.gauss(0, kick)
        return self._wind[0] + gust[0], self._wind[1] + gust[1]


def _follow(angle: float, rate: float, wanted: float) -> tuple[float, float]:
    pull = ATTITUDE_RAD_S**2 * (wanted - angle) - 2 * DAMPING * ATTITUDE_RAD_S * rate
    rate += pull * STEP_S
    return angle + rate * STEP_S, rate


def _drag(s: State, wind: tuple[float, float]) -> tuple[float, float, float]:
    """Acceleration by the air, north, east, down."""
    n, e, d = s.north_m_s - wind[0], s.east_m_s - wind[1], s.down_m_s
    factor = -(0.020 * math.sqrt(n * n + e * e + d * d) + 0.05)
    return factor * n, factor * e, factor * d
