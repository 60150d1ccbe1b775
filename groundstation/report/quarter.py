"""Figures of the quarterly meeting."""

from collections.abc import Sequence
from dataclasses import dataclass

from groundstation.patrol.raster import EffortRaster
from groundstation.patrol.rates import Rates
from groundstation.patrol.trend import Trend


@dataclass(frozen=True, slots=True)
class Total:
    """One figure of the span, and of the same days a year before."""

    now: float
    before: float | None
    """None: nothing at all is filed of those days."""
    link: str = ""
    before_link: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A group or an inspector: effort, coverage and transport beside finds (`patrol.ranking`)."""

    name: str
    days: int
    km: float
    active_h: float
    cells: int | None
    """Of the grid, visited; None for those who may not see ways."""
    coverage: float | None
    """Part of the cells that anybody visited in this span."""
    transport: str
    violations: int
    """Each credited once."""
    expected: float
    """What the same days by the same transport brought all together on average."""
    raw: float
    """Violations to expected ones, as they are; NaN where none were to be expected."""
    ratio: float
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
    before: int | None
    """None: nothing at all is filed of those days."""
    rate: float
    """Per 100 raid days."""
    low: float
    high: float
    link: str = ""
    before_link: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Violations against effort over the quarters up to the span's end (`patrol.trend`)."""

    verdict: str
    """In words."""
    quarters: Sequence[str] = ()
    """All of them in order (Q)."""
    days: Sequence[float] = ()
    """Raid days (Q)."""
    rates: Rates | None = None
    """Violations per 100 raid days (Q), with Garwood's interval."""
    fit: Trend | None = None
    """None: not enough data."""
    naive_says: str = ""


@dataclass(frozen=True, slots=True)
class Next:
    """A cell to go to."""

    lat_deg: float
    lon_deg: float
    km: float | None
    """None: nobody was there."""
    finds: int
    rate: float | None
    """Per 100 km; of an unknown cell what its neighbours promise."""
    low: float | None
    high: float | None
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
    """Whose interval lies above what was to be expected."""
    diligent: Sequence[Ranked]
    """Who spent most active hours, whatever they found."""
    kinds: Sequence[Kind]
    trend: Panel
    raster: EffortRaster | None
    """None: whoever asks may not see ways."""
    next: Sequence[Next] = ()
    uncredited: int = 0
    """Violations that belong to no inspector."""
