"""One warm thing at one instant, and what is usual for its kind."""

import math
from dataclasses import dataclass
from typing import Literal

from sim.world.climate import Conditions
from sim.world.spread import Spread

Shape = Literal["fire", "wildfire", "body", "box"]
"""A disc that burns on the ground, a growing ellipse on it, an ellipsoid, an upright box."""

CORE_KELVIN = 308.0
"""Of a warm-blooded body; what its surface shows of it is a share of the way up from the air."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is usual."""

    shape: Shape
    size_m: tuple[float, float, float]
    """Length along the heading, width, height."""
    kelvin: float = 0.0
    """0: the air's and the body's, the stone's, the roof's."""
    surface: float = 0.0
    """Share of the warmth of the core that clothes or fur let through."""
    speed_m_s: float = 0.0


KINDS = {
    "fire": Kind("fire", (1.2, 1.2, 0.0), 900.0),
    "campfire": Kind("fire", (0.7, 0.7, 0.0), 850.0),
    "smoulder": Kind("fire", (0.9, 0.9, 0.0), 560.0),
    "wildfire": Kind("wildfire", (2.0, 2.0, 0.0), 950.0),
    "person": Kind("body", (0.3, 0.5, 1.7), surface=0.75, speed_m_s=1.2),
    "deer": Kind("body", (1.5, 0.45, 1.1), surface=0.35, speed_m_s=1.0),
    "boar": Kind("body", (1.4, 0.5, 0.8), surface=0.35, speed_m_s=1.0),
    "leopard": Kind("body", (1.2, 0.35, 0.6), surface=0.4, speed_m_s=1.1),
    "vehicle": Kind("box", (4.6, 1.8, 1.7), speed_m_s=6.0),
    "rock": Kind("body", (3.0, 3.0, 1.0)),
    "roof": Kind("box", (8.0, 5.0, 3.0)),
}
ENGINE_KELVIN = 335.0
"""Bonnet over a warm engine."""
BONNET = 0.3
"""Share of a vehicle's length."""
GRAZERS = frozenset({"deer", "boar", "leopard"})
FRIGHTENING = frozenset({"person", "vehicle"})


@dataclass(frozen=True, slots=True)
class Target:
    """One warm thing as it is at one instant."""

    id: str
    kind: str
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    """Of the ground beneath it."""
    east_m: float
    """Map coordinates."""
    north_m: float
    heading_rad: float
    size_m: tuple[float, float, float]
    """Length along the heading, width, height."""
    kelvin: float
    cover: float | None
    """Share hidden by leaves; None: whatever the crowns hide."""
    bonnet_kelvin: float = 0.0
    """0: as warm as the rest."""
    spread: Spread | None = None
    """Of a wildfire."""
    burning_s: float = 0.0
    """Since a wildfire began; 0 for all others."""
    growing_s: float = 0.0
    """How much of that its front went on."""

    @property
    def shape(self) -> Shape:
        """How it is drawn."""
        return KINDS[self.kind].shape

    @property
    def radius_m(self) -> float:
        """Half the largest extent on the ground."""
        return max(self.size_m[:2]) / 2

    @property
    def area_m2(self) -> float:
        """On the ground."""
        return self.size_m[0] * self.size_m[1] * (1 if self.shape == "box" else math.pi / 4)


def usual_kelvin(kind: str, now: Conditions) -> float:
    """Surface temperature of a thing of this kind."""
    usual = KINDS[kind]
    if usual.surface:
        return now.air_kelvin + usual.surface * max(CORE_KELVIN - now.air_kelvin, 0)
    if kind == "rock":
        return now.stone_kelvin
    return usual.kelvin or now.roof_kelvin
