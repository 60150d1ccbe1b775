"""What a scenario wants to be told of."""

from sim.tables import Table
from sim.tables.world import TargetKind


class Scoring(Table):
    wanted: tuple[TargetKind, ...] = (
        "fire", "campfire", "smoulder", "wildfire", "person", "vehicle",
    )  # fmt: skip
    """Kinds that count as missed when nobody tells of them. Of animals one may tell."""
