"""The plan on board: mission, fence and rally points, as the mission protocol stores them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    """One item, in the units of MISSION_ITEM_INT (source: common.xml, MAV_CMD)."""

    command: int
    frame: int = 0
    p1: float = 0.0
    p2: float = 0.0
    p3: float = 0.0
    p4: float = 0.0
    x: int = 0
    """Latitude, 1e-7 degrees."""
    y: int = 0
    """Longitude, 1e-7 degrees."""
    z: float = 0.0
    """Metres, from what `frame` says."""
    autocontinue: int = 1

    @property
    def lat_deg(self) -> float:
        """`x` in degrees."""
        return self.x * 1e-7

    @property
    def lon_deg(self) -> float:
        """`y` in degrees."""
        return self.y * 1e-7


@dataclass(slots=True)
class Plan:
    """Item 0 of a mission is home."""

    mission: list[Item] = field(default_factory=list)
    fence: list[Item] = field(default_factory=list)
    rally: list[Item] = field(default_factory=list)
