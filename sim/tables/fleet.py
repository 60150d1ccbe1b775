"""Who flies, from where, over what lines."""

from typing import Literal

from pydantic import Field

from sim.tables import Table


class Home(Table):
    lat_deg: float = Field(default=43.187, ge=-90, le=90)
    lon_deg: float = Field(default=131.402, ge=-180, le=180)
    alt_amsl_m: float | None = Field(default=None, ge=-500, le=9000)
    """None: the terrain's; else the whole ground is lifted until home has it."""
    heading_deg: float = 0.0


class Vehicle(Table):
    system_id: int = Field(default=1, ge=1, le=254)
    start: Literal["air", "ground"] = "air"
    """On the first line of its survey; or on the ground, disarmed, for whoever flies it. Without
    a survey: on the ground."""
    north_m: float = Field(default=0.0, ge=-20_000, le=20_000)
    """Where it starts and what it takes for its home, from the scenario's."""
    east_m: float = Field(default=0.0, ge=-20_000, le=20_000)
    speed_m_s: float = Field(default=8.0, gt=0, le=20)
    height_above_terrain_m: float = Field(default=70.0, gt=5, le=500)
    battery_minutes: float = Field(default=25.0, gt=0)
    """Endurance in a hover without wind."""
    change_battery_s: float = Field(default=60.0, ge=0)
    """Time on the ground before it takes off again."""


class Survey(Table):
    """A lawn mower: parallel lines, the first one from the vehicle's home along the heading."""

    heading_deg: float = 0.0
    length_m: float = Field(default=450.0, gt=10, le=20_000)
    spacing_m: float = Field(default=32.0, gt=1)
    lines: int = Field(default=5, ge=1, le=200)


class Wingman(Table):
    """One more quadcopter: as the first, but for what is given here."""

    system_id: int | None = Field(default=None, ge=1, le=254)
    """None: the next one."""
    north_m: float = Field(default=0.0, ge=-20_000, le=20_000)
    east_m: float = Field(default=0.0, ge=-20_000, le=20_000)
    heading_deg: float | None = None
    survey: Survey | None = None
