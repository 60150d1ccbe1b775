"""How people, animals and vehicles move: places as a function of simulated time alone.

`Walk` follows a path. `Grazing` is an animal: it feeds its way about its place and runs from
people and vehicles that come near. Its past decides where it is, so it is stepped second by
second as far as somebody has asked, and remembered: the answer for a time never depends on who
asked before.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from threading import Lock

from sim.tables.world import Point


@dataclass(frozen=True, slots=True)
class Place:
    """On the map, metres from home, and which way it faces."""

    north_m: float
    east_m: float
    heading_rad: float
    moving: bool = False


Motion = Callable[[float], Place]


class Walk:
    """Along a path at one speed; at its end back, round or no further."""

    def __init__(self, points: Sequence[Point], speed_m_s: float, then: str, from_s: float) -> None:
        legs = [*points]
        if then == "back":
            legs += points[-2::-1]
        elif then == "round":
            legs.append(points[0])
        legs = [legs[0]] + [b for a, b in pairwise(legs) if math.dist(a, b) > 0]
        self._legs, self._speed_m_s, self._from_s = legs, speed_m_s, from_s
        self._miles = list(accumulate((math.dist(a, b) for a, b in pairwise(legs)), initial=0.0))
        self._for_ever = then != "stay"

    def __call__(self, time_s: float) -> Place:
        """Where it is."""
        length = self._miles[-1]
        if length == 0:
            return Place(*self._legs[0], 0.0)
        gone = max(time_s - self._from_s, 0.0) * self._speed_m_s
        arrived = not self._for_ever and gone >= length
        gone = min(gone, length) if arrived else gone % length
        leg = min(bisect_right(self._miles, gone), len(self._legs) - 1)
        (n0, e0), (n1, e1) = self._legs[leg - 1], self._legs[leg]
        share = (gone - self._miles[leg - 1]) / (self._miles[leg] - self._miles[leg - 1])
        heading = math.atan2(e1 - e0, n1 - n0)
        moving = not arrived and time_s > self._from_s
        return Place(n0 + (n1 - n0) * share, e0 + (e1 - e0) * share, heading, moving)


FEEDS_M_S, FEEDS_WITHIN_M = 0.25, 15.0
"""A deer that feeds takes a few steps a minute and stays about its place."""
FLEES_AT_M, FLEES_M_S, FLEES_S = 45.0, 9.0, 8
KEPT_S = 6 * 86_400
"""An animal stands still after so long: its memory is bounded."""


@dataclass(slots=True)
class _Animal:
    north_m: float
    east_m: float
    heading_rad: float
    home: Point
    flees_s: int = 0


class Grazing:
    """One animal that feeds about its place and flees from `frights`."""

    def __init__(
        self, place: Point, heading_rad: float, frights: Sequence[Motion], seed: str
    ) -> None:
        self._animal = _Animal(*place, heading_rad, place)
        self._frights = frights
        self._random = random.Random(seed)
        self._track = [Place(*place, heading_rad)]
        self._lock = Lock()

    def __call__(self, time_s: float) -> Place:
        """Where it is; before the start it stands at its place."""
        time_s = min(max(time_s, 0.0), KEPT_S)
        second = int(time_s)
        with self._lock:  # the cameras of several vehicles look at the same animal
            while len(self._track) < second + 2:
                self._track.append(self._step(len(self._track)))
        a, b = self._track[second], self._track[second + 1]
        f = time_s - second
        return Place(
            a.north_m + (b.north_m - a.north_m) * f,
            a.east_m + (b.east_m - a.east_m) * f,
            b.heading_rad,
            b.moving,
        )

    def _step(self, second: int) -> Place:
        animal = self._animal
        self._look_round(second)
        if animal.flees_s:
            animal.flees_s -= 1
            speed = FLEES_M_S
            if not animal.flees_s:
                animal.home = animal.north_m, animal.east_m
        else:
            speed = FEEDS_M_S if self._random.random() < 0.6 else 0.0
            self._choose_where_to_feed()
        animal.north_m += speed * math.cos(animal.heading_rad)
        animal.east_m += speed * math.sin(animal.heading_rad)
        return Place(animal.north_m, animal.east_m, animal.heading_rad, animal.flees_s > 0)

    def _look_round(self, second: int) -> None:
        """Turns away from the nearest fright, when it is near enough, and runs."""
        animal = self._animal
        here = animal.north_m, animal.east_m
        for fright in self._frights:
            place = fright(float(second))
            if math.dist((place.north_m, place.east_m), here) < FLEES_AT_M:
                away = math.atan2(here[1] - place.east_m, here[0] - place.north_m)
                animal.heading_rad = away + self._random.uniform(-0.5, 0.5)
                animal.flees_s = FLEES_S
                return

    def _choose_where_to_feed(self) -> None:
        animal = self._animal
        north, east = animal.home[0] - animal.north_m, animal.home[1] - animal.east_m
        if math.hypot(north, east) > FEEDS_WITHIN_M:
            animal.heading_rad = math.atan2(east, north)
        elif self._random.random() < 0.2:
            animal.heading_rad += self._random.gauss(0, 0.8)
