"""What stands on the ground, what grows there, and the weather over it."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, Field, model_validator

from sim.tables import Table

Point = tuple[float, float]
"""Metres north and east of home."""

TargetKind = Literal[
    "fire", "campfire", "smoulder", "wildfire",
    "person", "deer", "boar", "leopard", "vehicle", "rock", "roof",
]  # fmt: skip
WALKERS = frozenset({"person", "deer", "boar", "leopard", "vehicle"})


class Weather(Table):
    start_utc: AwareDatetime = datetime(2026, 4, 20, 2, 20, tzinfo=UTC)
    """Date and hour of the sky and of the ground's warmth at the start; the vehicle's clock shows
    the host's time all the same."""
    air_celsius: float = Field(default=14.0, ge=-60, le=60)
    """Of the air at the start."""
    swing_kelvin: float = Field(default=5.0, ge=0, le=20)
    """How far the air gets from the day's mean, warmest at three in the afternoon."""
    cloud: float = Field(default=0.0, ge=0, le=1)
    """Share of the sky; clouds keep the sun off and the night's warmth in."""
    sun_kelvin: float = Field(default=4.0, ge=0)
    """How much a slope that faces the sun is warmer than one that lies in the shade."""


class Clearing(Table):
    """A round place without trees."""

    north_m: float
    east_m: float
    radius_m: float = Field(gt=0, le=2000)


class Forest(Table):
    canopy_height_m: float = Field(default=9.0, ge=1, le=40)
    """Of the crowns' middle over the ground."""
    crown_cover: float = Field(default=0.24, ge=0, le=0.95)
    """Share of the ground under crowns."""
    snow: bool = False
    clearing: tuple[Clearing, ...] = ()


class Target(Table):
    kind: TargetKind
    id: str = Field(default="", max_length=40)
    north_m: float
    """From home."""
    east_m: float
    heading_deg: float = 0.0
    radius_m: float = Field(default=0.0, ge=0, le=100)
    """Half the length; 0: usual for the kind. A wildfire's: of the spot it starts from."""
    kelvin: float = Field(default=0.0, ge=0, le=2000)
    """0: usual for the kind, the hour and the weather."""
    cover: float | None = Field(default=None, ge=0, le=1)
    """Share hidden by the canopy wherever it is seen from; without it the crowns between the
    camera and the target hide what they hide."""
    count: int = Field(default=1, ge=1, le=200)
    """So many of the same, a group, their ids numbered."""
    apart_m: float = Field(default=4.0, ge=0, le=500)
    """Between the members of a group, about."""
    from_s: float = Field(default=0.0, ge=-86_400)
    """When it starts to burn or to walk."""
    burns_s: float = Field(default=10_800.0, gt=0)
    """How long a wildfire grows, or another fire burns."""
    fuel: Literal["litter", "grass"] = "litter"
    """What a wildfire runs through."""
    path: tuple[Point, ...] = Field(default=(), max_length=200)
    """Where a person, an animal or a vehicle goes on to from its place."""
    speed_m_s: float = Field(default=0.0, ge=0, le=40)
    """0: usual for the kind."""
    then: Literal["back", "stay", "round"] = "back"
    """At the end of the path: to the start the way it came, or straight, or not."""
    engine: Literal["warm", "cold"] = "warm"
    """A vehicle's that stands; one that drives is warm."""

    @model_validator(mode="after")
    def _path_suits_the_kind(self) -> "Target":
        if self.path and self.kind not in WALKERS:
            raise ValueError(f"a {self.kind} has no path")
        return self
