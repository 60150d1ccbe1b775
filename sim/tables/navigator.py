"""Handheld units that come to the station's dock while the scenario runs."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from firmware_bridge.errors import ConfigError
from sim.handhelds.build import FAMILIES
from sim.handhelds.faults import fault_named
from sim.tables import Table
from sim.tables.world import Point

VOLUME = "volume"
"""A Garmin that shows itself as a disk."""


class Navigator(Table):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")
    """Of its port, or of its disk."""
    family: Literal["garmin", "mtk", "skytraq", "magellan", "ublox", "nmea", "volume"]
    model: str = ""
    """Empty: the usual one of the family."""
    arrives_s: float = Field(default=0.0, ge=0)
    stays_s: float | None = Field(default=None, gt=0)
    """None: until the end."""
    points: int = Field(default=300, ge=0, le=100_000)
    """Of its track; with a path, what the path needs."""
    waypoints: int = Field(default=6, ge=0, le=1000)
    path: tuple[Point, ...] = Field(default=(), max_length=200)
    """What its owner walked, metres north and east of home; else a made-up raid."""
    unit_id: int | None = Field(default=None, ge=1, lt=2**32)
    fault: str = "none"

    @field_validator("fault")
    @classmethod
    def _fault_is_known(cls, name: str) -> str:
        try:
            fault_named(name)
        except ConfigError as error:
            raise ValueError(str(error).partition(": ")[2]) from error
        return name

    @model_validator(mode="after")
    def _model_is_of_the_family(self) -> "Navigator":
        models: Any = FAMILIES[self.family].models if self.family != VOLUME else ()
        if self.model and models and self.model not in models:
            raise ValueError(f"model '{self.model}' must be one of {', '.join(models)}")
        return self
