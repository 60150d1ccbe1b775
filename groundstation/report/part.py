"""Effort and finds of some days of a longer table, and of some kinds of raids."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundstation.patrol.effort import EffortTable, Group
from groundstation.patrol.ranking import Finds
from groundstation.records.raid import RaidKind
from groundstation.report.asked import Span

VIOLATION = "violation."
CATS = ("tiger.", "leopard.")
CAMERA = "camera_trap."
PATROLS = frozenset({RaidKind.RAID, RaidKind.AMBUSH})
"""Whose finds are compared: walks of a count and flights look for other things."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A span of a table; all of it where `span` is None."""

    table: EffortTable
    finds: Finds
    span: Span | None = None

    def only(self, kinds: Collection[RaidKind]) -> "Part":
        """Raids of these kinds and what they found."""
        kind = self.table.columns[Group.KIND]
        mine = np.array([k in kinds for k in kind.tolist()], bool)
        raids = np.unique(self.table.raid[mine])
        return Part(
            rows(self.table, mine), self.finds.only(np.isin(self.finds.raid, raids)), self.span
        )

    def days(self, span: Span) -> "Part":
        """Those of a span."""
        first, last = np.datetime64(span.first), np.datetime64(span.last)
        table, finds = self.table, self.finds
        return Part(
            rows(table, (table.date >= first) & (table.date <= last)),
            finds.only((finds.date >= first) & (finds.date <= last)),
            span,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filed of it."""
        return not len(self.table.raid) and not len(self.finds.date)

    @property
    def violations(self) -> Finds:
        """Of the finds."""
        return self.finds.under(VIOLATION)


def rows(table: EffortTable, chosen: NDArray[np.bool_]) -> EffortTable:
    """Some rows of a table; raids and legs keep their numbers."""
    return replace(
        table,
        raid=table.raid[chosen],
        leg=table.leg[chosen],
        date=table.date[chosen],
        distance_m=table.distance_m[chosen],
        patrol_s=table.patrol_s[chosen],
        active_s=table.active_s[chosen],
        columns={group: column[chosen] for group, column in table.columns.items()},
    )
