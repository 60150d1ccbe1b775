"""From a scenario's targets to single things that know their place at any time."""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.tables.world import Target as Placed
from sim.world.motion import Grazing, Motion, Place, Walk
from sim.world.target import FRIGHTENING, GRAZERS, KINDS

GOLDEN_ANGLE_RAD = 2.399963
LOOKS_ABOUT_RAD = 0.8
"""No two of a group face quite the same way."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One member of a group, or a single one."""

    id: str
    placed: Placed
    motion: Motion
    still: bool
    """It never leaves its place."""


def populate(targets: Sequence[Placed], seed: int) -> list[Thing]:
    """Every member of every group, in order; animals fear all people and vehicles."""
    members = [m for index, placed in enumerate(targets, 1) for m in _members(index, placed, seed)]
    frights = [_led(placed, place) for _, placed, place in members if placed.kind in FRIGHTENING]
    return [_thing(name, placed, place, frights, seed) for name, placed, place in members]


def _thing(name: str, placed: Placed, place: Place, frights: list[Motion], seed: int) -> Thing:
    grazes = placed.kind in GRAZERS and not placed.path
    here = place.north_m, place.east_m
    motion = (
        Grazing(here, place.heading_rad, frights, f"{seed} {name}")
        if grazes
        else _led(placed, place)
    )
    return Thing(name, placed, motion, still=not grazes and not placed.path)


def _led(placed: Placed, place: Place) -> Motion:
    """Along the scenario's path, shifted to the member's own place; or nowhere."""
    if not placed.path:
        return lambda _: place
    aside = place.north_m - placed.north_m, place.east_m - placed.east_m
    path = [(placed.north_m, placed.east_m), *placed.path]
    points = [(north + aside[0], east + aside[1]) for north, east in path]
    speed = placed.speed_m_s or KINDS[placed.kind].speed_m_s
    return Walk(points, speed, placed.then, placed.from_s)


def _members(index: int, placed: Placed, seed: int) -> Iterable[tuple[str, Placed, Place]]:
    """Names and places; a group stands on Vogel's sunflower, as even as a herd, a little shaken."""
    base = placed.id or f"{placed.kind}-{index}"
    heading = math.radians(placed.heading_deg)
    if placed.count == 1:
        yield base, placed, Place(placed.north_m, placed.east_m, heading)
        return
    chance = random.Random(f"{seed} {base}")
    for number in range(placed.count):
        away_m, bearing = placed.apart_m * math.sqrt(number / 2), number * GOLDEN_ANGLE_RAD
        north = away_m * math.cos(bearing) + chance.gauss(0, placed.apart_m / 8)
        east = away_m * math.sin(bearing) + chance.gauss(0, placed.apart_m / 8)
        turned = heading + chance.gauss(0, LOOKS_ABOUT_RAD)
        place = Place(placed.north_m + north, placed.east_m + east, turned)
        yield f"{base}-{number + 1}", placed, place
