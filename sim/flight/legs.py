"""One leg: a straight line in space, and a speed profile along it that is limited in jerk."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

SLOWEST_M_S, LEAST_ACCEL, LEAST_JERK = 0.1, 0.2, 0.1
"""Whatever the parameters say."""
Point = tuple[float, float, float]
"""Metres north and east of home on the map, and up: AMSL, or above terrain."""


class Profile:
    """How far along a line after which time, from rest to rest."""

    def __init__(self, length: float, speed: float, accel: float, jerk: float) -> None:
        self.length, self._jerk = length, jerk
        speed = min(speed, _fastest(length, accel, jerk))
        self.speed = speed
        if speed * jerk < accel * accel:
            self._jerk_s, self._accel_s = math.sqrt(speed / jerk), 0.0
        else:
            self._jerk_s, self._accel_s = accel / jerk, speed / accel - accel / jerk
        self.rise_s = 2 * self._jerk_s + self._accel_s
        cruise = length - speed * self.rise_s
        self.end_s = 2 * self.rise_s + (cruise / speed if speed > 0 else 0.0)

    def at(self, time_s: float) -> tuple[float, float, float]:
        """Distance, speed and acceleration."""
        if time_s >= self.end_s:
            return self.length, 0.0, 0.0
        if time_s > self.end_s - self.rise_s:
            s, v, a = self._rise(self.end_s - time_s)
            return self.length - s, v, -a
        return self._rise(max(time_s, 0.0))

    def _rise(self, t: float) -> tuple[float, float, float]:
        j, tj, ta = self._jerk, self._jerk_s, self._accel_s
        if t < tj:
            return j * t**3 / 6, j * t * t / 2, j * t
        s, v, a = j * tj**3 / 6, j * tj * tj / 2, j * tj
        t -= tj
        if t < ta:
            return s + v * t + a * t * t / 2, v + a * t, a
        s, v = s + v * ta + a * ta * ta / 2, v + a * ta
        t -= ta
        if t < tj:
            return (
                s + v * t + a * t * t / 2 - j * t**3 / 6,
                v + a * t - j * t * t / 2,
                a - j * t,
            )
        s, v = s + v * tj + a * tj * tj / 2 - j * tj**3 / 6, self.speed
        return s + v * (t - tj), v, 0.0


def _fastest(length: float, accel: float, jerk: float) -> float:
    """The top speed of a profile that only speeds up and slows down over this length."""
    ratio = accel / jerk
    speed = accel / 2 * (math.sqrt(ratio * ratio + 4 * length / accel) - ratio)
    if speed >= accel * ratio:
        return speed
    return float((length * length * jerk / 4) ** (1 / 3))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a leg may do."""

    speed: float
    up: float
    down: float
    accel: float
    accel_z: float
    jerk: float
    rounding_s: float
    """By which a change of acceleration takes longer than its jerk alone would make it."""

    @property
    def mean_jerk(self) -> float:
        """Over the whole change of acceleration, whose ends are rounded off."""
        return self.jerk / (1 + self.jerk * self.rounding_s / self.accel)

    @classmethod
    def of(cls, p: Mapping[str, float], speed: float | None = None) -> "Limits":
        """From the parameters; `speed` replaces WPNAV_SPEED."""
        return cls(
            speed=max(speed or p["WPNAV_SPEED"] / 100, SLOWEST_M_S),
            up=max(p["WPNAV_SPEED_UP"] / 100, SLOWEST_M_S),
            down=max(p["WPNAV_SPEED_DN"] / 100, SLOWEST_M_S),
            accel=max(p["WPNAV_ACCEL"] / 100, LEAST_ACCEL),
            accel_z=max(p["WPNAV_ACCEL_Z"] / 100, LEAST_ACCEL),
            jerk=max(p["WPNAV_JERK"], LEAST_JERK),
            rounding_s=max(p["ATC_INPUT_TC"], 0.0),
        )


class Leg:
    """A straight line in space and how it is flown."""

    def __init__(self, start: Point, end: Point, limits: Limits) -> None:
        self.start, self.end = start, end
        north, east, up = (b - a for a, b in zip(start, end, strict=True))
        length = math.sqrt(north * north + east * east + up * up)
        self.direction = (north / length, east / length, up / length) if length else (0, 0, 0)
        flat, steep = math.hypot(*self.direction[:2]), abs(self.direction[2])
        vertical = limits.up if up > 0 else limits.down
        speed = min(share_of(limits.speed, flat), share_of(vertical, steep))
        accel = min(share_of(limits.accel, flat), share_of(limits.accel_z, steep))
        self.profile = Profile(length, speed, accel, limits.mean_jerk) if length > 1e-3 else None
        self.time_s = 0.0

    @property
    def end_s(self) -> float:
        """How long it takes."""
        return self.profile.end_s if self.profile else 0.0

    @property
    def left_s(self) -> float:
        """Until its end."""
        return self.end_s - self.time_s

    def at(self, time_s: float) -> tuple[float, float, float]:
        """Distance, speed, acceleration along it."""
        return self.profile.at(time_s) if self.profile else (0.0, 0.0, 0.0)


def share_of(limit: float, share: float) -> float:
    """The limit along a way of which only a share counts."""
    return limit / share if share > 1e-6 else math.inf


def may_turn(leg: Leg, after: Leg, p: Mapping[str, float]) -> bool:
    """The corner may begin now: at its middle both legs are half of what is left away from it."""
    half_s = leg.left_s / 2
    if leg.profile is None or after.profile is None or half_s <= 0:
        return leg.left_s <= 0
    if leg.left_s >= after.end_s / 2 or leg.at(leg.time_s)[0] < leg.profile.length / 2:
        return False
    s1, v1, a1 = leg.at(leg.end_s - half_s)
    s2, v2, a2 = after.at(half_s)
    before = leg.profile.length - s1
    gap = speed2 = accel2 = 0.0
    for d1, d2 in zip(leg.direction, after.direction, strict=True):
        gap += (d2 * s2 - d1 * before) ** 2
        speed2 += (d1 * v1 + d2 * v2) ** 2
        accel2 += (d1 * a1 + d2 * a2) ** 2
    corner = p["WPNAV_ACCEL_C"] or 2 * p["WPNAV_ACCEL"]
    slower = min(leg.profile.speed, after.profile.speed)
    return (
        gap < (p["WPNAV_RADIUS"] / 100) ** 2
        and speed2 < slower * slower
        and accel2 < (corner / 100) ** 2
    )
