"""Figures of the quarterly meeting."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from groundstation.patrol.raster import EffortRaster


@dataclass(frozen=True, slots=True)
class Total:
    """One figure of the span, and of the same days a year before."""

    now: float
    before: float
    digits: int = 0
    link: str = ""
    before_link: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A group or an inspector: effort, coverage and transport beside finds."""

    name: str
    days: float
    km: float
    active_h: float
    cells: int | None
    """Of the grid, visited; None: not known, as for those who may not see ways."""
    coverage: float | None
    """Part of the cells that anybody visited in this span."""
    transport: str
    violations: int
    """Each credited once."""
    raw: float
    """Per 100 active hours; NaN without any."""
    rate: float
    """The same, shrunk."""
    low: float
    high: float
    link: str = ""
    finds_link: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A category that was found, or all of its first key together."""

    name: str
    depth: int
    """0: all of a first key."""
    now: int
    before: int
    rate: float
    """Per 100 active hours."""
    low: float
    high: float
    link: str = ""
    before_link: str = ""


@dataclass(frozen=True, slots=True)
class Trend:
    """Violations against effort over the quarters up to the span's end."""

    verdict: str
    quarters: Sequence[str] = ()
    hours: Sequence[float] = ()
    rate: Sequence[float] = ()
    """Per 100 active hours."""
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    effort_change: Sequence[float] = ()
    """Of the lagged panel, of the quarter before."""
    rate_change: Sequence[float] = ()
    naive_says: str = ""


@dataclass(frozen=True, slots=True)
class Next:
    """A cell to go to."""

    lat_deg: float
    lon_deg: float
    km: float
    finds: int
    rate: float
    """Per 100 km."""
    low: float
    high: float
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Quarter:
    """All of them."""

    title: str
    subject: str
    sensitive: bool
    span: str
    before_span: str
    headline: Sequence[tuple[str, Total]]
    totals: Sequence[tuple[str, Total]]
    groups: Sequence[Ranked]
    inspectors: Sequence[Ranked]
    commended: Sequence[Ranked]
    """Whose interval lies above the mean of all."""
    diligent: Sequence[Ranked]
    """Who spent most active hours, whatever they found."""
    mean_rate: float
    kinds: Sequence[Kind]
    trend: Trend
    raster: EffortRaster | None
    """None: whoever asks may not see ways."""
    next: Sequence[Next] = field(default_factory=tuple)
    hidden: int = 0
    """Finds that are not open to whoever asks."""
