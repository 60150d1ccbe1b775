"""The body of a quadcopter, integrated 200 times a second in plain floats.

It tilts to accelerate: the attitude follows what is asked as a damped second-order system, the
motors with a short lag; thrust, drag, gravity and the ground then move it. Place is kept in metres
of the map around home (`World.map_point`) and as latitude and longitude of the same point.

Drag per mass is (0.274 + 0.0288 |v|) v along each of forward, right and down (a quadratic drag is
less across the corner than along an arm), fitted to the recorded flights of ArduCopter 4.5.6 in
6 m/s of wind: tilts of 14.1 deg in a hover, 12.7 deg with 10 m/s down the wind, and the full 30 deg
against it at 4.8 m/s, and at 5.8 m/s sideways on the way home.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from sim.flight.air import Air
from sim.rotation import wrap_pi

STEP_S = 0.005
GRAVITY = 9.80665
HOVER_THROTTLE = 0.34
"""Share of the full thrust that carries it, as recorded (VFR_HUD)."""
MAX_THRUST = GRAVITY / HOVER_THROTTLE
LINEAR_DRAG_PER_S, SQUARE_DRAG_PER_M = 0.274, 0.0288
ATTITUDE_RAD_S, DAMPING = 9.0, 0.85
MAX_YAW_ACCEL = math.radians(120)
MOTOR_LAG_S = 0.05


@dataclass(slots=True)
class Demand:
    """What the flight control asks of the body; kept from one call of it to the next."""

    roll_rad: float = 0.0
    pitch_rad: float = 0.0
    yaw_rate_rad_s: float = 0.0
    thrust: float = 0.0
    """Force per mass along the body's axis, m/s2."""


@dataclass(slots=True)
class State:
    """The truth about the vehicle."""

    time_s: float
    """Set by whoever steps it."""
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    yaw_rad: float
    north_m: float = 0.0
    """Of home, on the map."""
    east_m: float = 0.0
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
    thrust: float = 0.0
    """Force per mass, m/s2."""
    on_ground: bool = False
    drag_m_s2: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """What the air adds: ahead, to the right and down, level."""


class Quadcopter:
    """Integrates the truth; `step` is the whole interface."""

    def __init__(
        self, state: State, air: Air, place: Callable[[float, float], tuple[float, float]]
    ) -> None:
        """`place`: latitude and longitude of metres north and east on the map."""
        self.state = state
        self.air = air
        self.ground_alt_m = -math.inf
        """Of the ground below, height AMSL; set by whoever knows the terrain."""
        self._place = place

    def step(self, demand: Demand) -> None:
        """One step of 5 ms."""
        s = self.state
        if s.on_ground and s.thrust <= GRAVITY:
            self._stand(demand)
            return
        pull = ATTITUDE_RAD_S * ATTITUDE_RAD_S
        ease = 2 * DAMPING * ATTITUDE_RAD_S
        s.roll_rad_s += (pull * (demand.roll_rad - s.roll_rad) - ease * s.roll_rad_s) * STEP_S
        s.roll_rad += s.roll_rad_s * STEP_S
        s.pitch_rad_s += (pull * (demand.pitch_rad - s.pitch_rad) - ease * s.pitch_rad_s) * STEP_S
        s.pitch_rad += s.pitch_rad_s * STEP_S
        turn = MAX_YAW_ACCEL * STEP_S
        s.yaw_rad_s += min(max(demand.yaw_rate_rad_s - s.yaw_rad_s, -turn), turn)
        s.yaw_rad = wrap_pi(s.yaw_rad + s.yaw_rad_s * STEP_S)
        self._spin(demand)
        self._move()
        if s.alt_amsl_m <= self.ground_alt_m:
            self._touch()

    def _spin(self, demand: Demand) -> None:
        s = self.state
        wanted = min(max(demand.thrust, 0.0), MAX_THRUST)
        s.thrust += (wanted - s.thrust) * (STEP_S / MOTOR_LAG_S)

    def _stand(self, demand: Demand) -> None:
        """On the ground, too little thrust to leave it."""
        s = self.state
        self._spin(demand)
        if s.thrust > GRAVITY:
            s.on_ground = False
        fade = 1 - 10 * STEP_S
        s.roll_rad *= fade
        s.pitch_rad *= fade

    def _touch(self) -> None:
        s = self.state
        s.on_ground = True
        s.alt_amsl_m = self.ground_alt_m
        s.north_m_s = s.east_m_s = s.down_m_s = 0.0
        s.roll_rad_s = s.pitch_rad_s = s.yaw_rad_s = 0.0
        # The legs hold it: what still lifts is the motors' to give again.
        s.thrust = min(s.thrust, GRAVITY)

    def _move(self) -> None:
        s = self.state
        sr, cr = math.sin(s.roll_rad), math.cos(s.roll_rad)
        sp, cp = math.sin(s.pitch_rad), math.cos(s.pitch_rad)
        sy, cy = math.sin(s.yaw_rad), math.cos(s.yaw_rad)
        wind_n, wind_e = self.air.blow(STEP_S)
        n, e, d = s.north_m_s - wind_n, s.east_m_s - wind_e, s.down_m_s
        x, y = cy * n + sy * e, cy * e - sy * n
        x *= -LINEAR_DRAG_PER_S - SQUARE_DRAG_PER_M * abs(x)
        y *= -LINEAR_DRAG_PER_S - SQUARE_DRAG_PER_M * abs(y)
        d *= -LINEAR_DRAG_PER_S - SQUARE_DRAG_PER_M * abs(d)
        s.drag_m_s2 = x, y, d
        s.north_m_s += (cy * x - sy * y - s.thrust * (cy * sp * cr + sy * sr)) * STEP_S
        s.east_m_s += (sy * x + cy * y - s.thrust * (sy * sp * cr - cy * sr)) * STEP_S
        s.down_m_s += (GRAVITY - s.thrust * cp * cr + d) * STEP_S
        s.north_m += s.north_m_s * STEP_S
        s.east_m += s.east_m_s * STEP_S
        s.alt_amsl_m -= s.down_m_s * STEP_S
        s.lat_deg, s.lon_deg = self._place(s.north_m, s.east_m)
