"""How commanded motion is kept within limits of speed, acceleration and jerk.

The shapes are ArduCopter's: a proportional law whose gain falls with the square root of the error
once the acceleration would be too great, and an acceleration that changes by no more than the
jerk allows (source: ArduPilot's documentation of its position controller, "Copter Position
Control and Navigation"; the behaviour from the recorded flights).
"""

import math

LEAST = 0.05
"""Of an acceleration and a jerk, whatever the parameters say."""
POSITION_SHARE = 1 / 3
"""Gain of the position to that of the speed: so it comes to rest as in the recorded flights."""


def clamp(value: float, low: float, high: float) -> float:
    """`value`, or the nearer limit."""
    return low if value < low else min(value, high)


def sqrt_controller(error: float, gain: float, accel: float) -> float:
    """A rate that brings `error` to zero: linear near zero, braking with `accel` farther off.

    A gain or an acceleration of zero, as a client may set it, corrects nothing.
    """
    if gain <= 0 or accel <= 0:
        return 0.0
    knee = accel / (gain * gain)
    if abs(error) <= knee:
        return gain * error
    return math.copysign(math.sqrt(2 * accel * (abs(error) - knee / 2)), error)


class Axis:
    """A reference along one axis: where it should be, how fast, and how that changes."""

    def __init__(self) -> None:
        self.position = self.speed = self.accel = 0.0

    def reset(self, position: float, speed: float = 0.0) -> None:
        """Starts from what the vehicle does now."""
        self.position, self.speed, self.accel = position, speed, 0.0

    def to_speed(self, wanted: float, accel: float, jerk: float, dt_s: float) -> None:
        """Towards a speed."""
        # The gain at which the jerk just turns the acceleration over without overshoot.
        accel, jerk = max(accel, LEAST), max(jerk, LEAST)
        gain = jerk / accel
        self._accelerate(clamp(gain * (wanted - self.speed), -accel, accel), jerk, dt_s)

    def to_position(
        self, wanted: float, down: float, up: float, accel: float, jerk: float, dt_s: float
    ) -> None:
        """Towards a position, not faster than `down` (negative) and `up`."""
        accel, jerk = max(accel, LEAST), max(jerk, LEAST)
        gain = jerk / accel
        speed = clamp(
            sqrt_controller(wanted - self.position, gain * POSITION_SHARE, accel / 2), down, up
        )
        self._accelerate(clamp(gain * (speed - self.speed), -accel, accel), jerk, dt_s)

    def _accelerate(self, wanted: float, jerk: float, dt_s: float) -> None:
        self.accel += clamp(wanted - self.accel, -jerk * dt_s, jerk * dt_s)
        self.position += self.speed * dt_s + 0.5 * self.accel * dt_s * dt_s
        self.speed += self.accel * dt_s


class Plane:
    """The same for north and east together: limits are those of the vector."""

    def __init__(self) -> None:
        self.north = self.east = self.v_north = self.v_east = self.a_north = self.a_east = 0.0

    def reset(self, north: float, east: float, v_north: float = 0.0, v_east: float = 0.0) -> None:
        """Starts from what the vehicle does now."""
        self.north, self.east, self.v_north, self.v_east = north, east, v_north, v_east
        self.a_north = self.a_east = 0.0

    def to_speed(
        self, v_north: float, v_east: float, accel: float, jerk: float, dt_s: float
    ) -> None:
        """Towards a velocity."""
        accel, jerk = max(accel, LEAST), max(jerk, LEAST)
        gain = jerk / accel
        self.accelerate(
            gain * (v_north - self.v_north), gain * (v_east - self.v_east), accel, jerk, dt_s
        )

    def to_position(
        self, north: float, east: float, speed: float, accel: float, jerk: float, dt_s: float
    ) -> None:
        """Towards a place."""
        to_north, to_east = north - self.north, east - self.east
        away = math.hypot(to_north, to_east)
        accel, jerk = max(accel, LEAST), max(jerk, LEAST)
        gain = jerk / accel
        rate = min(sqrt_controller(away, gain * POSITION_SHARE, accel / 2), speed)
        scale = rate / away if away > 1e-9 else 0.0
        self.to_speed(to_north * scale, to_east * scale, accel, jerk, dt_s)

    def accelerate(
        self, a_north: float, a_east: float, accel: float, jerk: float, dt_s: float
    ) -> None:
        """Towards an acceleration."""
        much = math.hypot(a_north, a_east)
        if much > accel:
            a_north, a_east = a_north * accel / much, a_east * accel / much
        d_north, d_east = a_north - self.a_north, a_east - self.a_east
        much = math.hypot(d_north, d_east)
        if much > jerk * dt_s:
            scale = jerk * dt_s / much
            d_north, d_east = d_north * scale, d_east * scale
        self.a_north += d_north
        self.a_east += d_east
        self.north += self.v_north * dt_s
        self.east += self.v_east * dt_s
        self.v_north += self.a_north * dt_s
        self.v_east += self.a_east * dt_s
