"""Position, velocity and heading control, 50 times a second, shaped as ArduCopter's.

A reference (place, velocity, acceleration) comes from the flight mode. The controller adds what
errors of place and velocity ask for, keeps the horizontal acceleration within ANGLE_MAX, and turns
it into roll, pitch, thrust and a yaw rate for the body. A steady wind is learnt by the integrator.
Parameters are ArduCopter's: PSC_POSXY_P, PSC_VELXY_*, PSC_POSZ_P, PSC_VELZ_P, ANGLE_MAX,
ATC_ANG_YAW_P, ATC_SLEW_YAW.
"""

import math
from collections.abc import Mapping

from sim.flight.quadcopter import GRAVITY, Demand, State
from sim.flight.shaping import Axis, Plane, clamp, sqrt_controller
from sim.rotation import wrap_pi

ERROR_FILTER_HZ = 5.0
VERTICAL_I_PER_S = 1.0
LEAST_THRUST, MOST_THRUST = 2.0, 2 * GRAVITY
YAW_ACCEL_RAD_S2 = math.radians(120)
TILT_LIMITS_DEG = 5.0, 80.0
"""Of ANGLE_MAX, whatever it says."""


class Control:
    """References in, `demand` out; `north`, `east`, `up` are what the vehicle believes."""

    def __init__(self, parameters: Mapping[str, float]) -> None:
        self._parameters = parameters
        self.demand = Demand()
        self.plane, self.height = Plane(), Axis()
        self.yaw_rad = 0.0
        """Wanted heading."""
        self.yaw_rate_rad_s: float | None = None
        """Wanted rate of turn; None: turn to `yaw_rad`."""
        self.north = self.east = self.up = 0.0
        self.accel_ne = (0.0, 0.0)
        """Asked of the tilt, m/s2."""
        self._i_north = self._i_east = self._i_up = 0.0
        self._e_north = self._e_east = 0.0
        self._d_north = self._d_east = 0.0
        self._limited = False

    def believe(self, north: float, east: float, up: float) -> None:
        """Where the vehicle thinks it is."""
        self.north, self.east, self.up = north, east, up

    def relax(self, state: State) -> None:
        """Forgets all errors: on the ground, and whenever another mode has flown."""
        self.plane.reset(self.north, self.east, state.north_m_s, state.east_m_s)
        self.height.reset(self.up, -state.down_m_s)
        self._i_north = self._i_east = self._i_up = 0.0
        self._e_north = self._e_east = self._d_north = self._d_east = 0.0

    def shift(self, north: float, east: float) -> None:
        """The estimate of the place has jumped: what is held jumps with it."""
        self.plane.north += north
        self.plane.east += east

    def fly(self, state: State, dt_s: float) -> None:
        """Place, height and heading."""
        self.fly_level(state, dt_s)
        self._lean(state, dt_s)

    def fly_level(self, state: State, dt_s: float) -> None:
        """Height and heading only; whoever calls it leans as he likes."""
        self._lift(state, dt_s)
        self._turn(state, dt_s)

    def lean(self, state: State, a_north: float, a_east: float) -> None:
        """Tilts for a horizontal acceleration, within ANGLE_MAX."""
        p = self._parameters
        angle_deg = clamp(p["PSC_ANGLE_MAX"] or p["ANGLE_MAX"] / 100, *TILT_LIMITS_DEG)
        most = GRAVITY * math.tan(math.radians(angle_deg))
        self._limited = math.hypot(a_north, a_east) > most
        if self._limited:
            a_north, a_east = self._least_off_track(a_north, a_east, most)
        self.accel_ne = a_north, a_east
        cos, sin = math.cos(state.yaw_rad), math.sin(state.yaw_rad)
        forward, right = cos * a_north + sin * a_east, cos * a_east - sin * a_north
        pitch = -math.atan2(forward, GRAVITY)
        self.demand.pitch_rad = pitch
        self.demand.roll_rad = math.atan2(right * math.cos(pitch), GRAVITY)

    def _least_off_track(self, a_north: float, a_east: float, most: float) -> tuple[float, float]:
        """Limits an acceleration: what keeps it on its line comes first, then what speeds it up."""
        n, e = self.plane.v_north, self.plane.v_east
        speed = math.hypot(n, e)
        if speed < 0.01:
            scale = most / math.hypot(a_north, a_east)
            return a_north * scale, a_east * scale
        n, e = n / speed, e / speed
        along, across = a_north * n + a_east * e, a_east * n - a_north * e
        across = clamp(across, -most, most)
        room = math.sqrt(most * most - across * across)
        along = clamp(along, -room, room)
        return along * n - across * e, along * e + across * n

    def _lean(self, state: State, dt_s: float) -> None:
        p, ref = self._parameters, self.plane
        gain, accel = p["PSC_POSXY_P"], p["WPNAV_ACCEL"] / 100
        to_north, to_east = ref.north - self.north, ref.east - self.east
        away = math.hypot(to_north, to_east)
        rate = sqrt_controller(away, gain, accel) / away if away > 1e-9 else 0.0
        e_north = ref.v_north + to_north * rate - state.north_m_s
        e_east = ref.v_east + to_east * rate - state.east_m_s
        share = dt_s / (dt_s + 1 / (2 * math.pi * ERROR_FILTER_HZ))
        was_north, was_east = self._e_north, self._e_east
        self._e_north += (e_north - was_north) * share
        self._e_east += (e_east - was_east) * share
        self._learn(p["PSC_VELXY_I"] * dt_s, p["PSC_VELXY_IMAX"] / 100)
        self._d_north += ((self._e_north - was_north) / dt_s - self._d_north) * share
        self._d_east += ((self._e_east - was_east) / dt_s - self._d_east) * share
        kp, kd = p["PSC_VELXY_P"], p["PSC_VELXY_D"]
        self.lean(
            state,
            ref.a_north + kp * self._e_north + self._i_north + kd * self._d_north,
            ref.a_east + kp * self._e_east + self._i_east + kd * self._d_east,
        )

    def _learn(self, gain: float, most: float) -> None:
        """The integrator, which must not wind up while the tilt is at its limit."""
        grow_north, grow_east = self._e_north * gain, self._e_east * gain
        if self._limited:
            a_north, a_east = self.accel_ne
            outward = grow_north * a_north + grow_east * a_east
            if outward > 0:
                return
        self._i_north += grow_north
        self._i_east += grow_east
        much = math.hypot(self._i_north, self._i_east)
        if much > most:
            self._i_north *= most / much
            self._i_east *= most / much

    def _lift(self, state: State, dt_s: float) -> None:
        p, ref = self._parameters, self.height
        rate = ref.speed + sqrt_controller(
            ref.position - self.up, p["PSC_POSZ_P"], p["WPNAV_ACCEL_Z"] / 100
        )
        error = rate + state.down_m_s
        self._i_up = clamp(self._i_up + VERTICAL_I_PER_S * error * dt_s, -3.0, 3.0)
        self.throttle(state, GRAVITY + ref.accel + p["PSC_VELZ_P"] * error + self._i_up)

    def throttle(self, state: State, lift: float) -> None:
        """Thrust for an upward force per mass, however the vehicle leans."""
        upright = max(math.cos(state.roll_rad) * math.cos(state.pitch_rad), 0.5)
        self.demand.thrust = clamp(lift / upright, LEAST_THRUST, MOST_THRUST)

    def _turn(self, state: State, dt_s: float) -> None:
        p = self._parameters
        most = math.radians(p["ATC_SLEW_YAW"] / 100)
        if self.yaw_rate_rad_s is not None:
            rate = clamp(self.yaw_rate_rad_s, -most, most)
            self.yaw_rad = state.yaw_rad
        else:
            error = wrap_pi(self.yaw_rad - state.yaw_rad)
            rate = sqrt_controller(error, p["ATC_ANG_YAW_P"] / 2, YAW_ACCEL_RAD_S2 / 2)
            rate = clamp(rate, -most, most)
        self.demand.yaw_rate_rad_s = rate
