"""Lines of the quarterly report's tables."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from groundstation.patrol.effort import Effort, Group, effort
from groundstation.patrol.ranking import Finds, Line, ranking
from groundstation.patrol.raster import EffortRaster
from groundstation.patrol.rates import rates
from groundstation.patrol.where_next import Suggestion, where_next
from groundstation.records.raid import RaidKind
from groundstation.report import links, writing
from groundstation.report.asked import Span
from groundstation.report.naming import Naming
from groundstation.report.part import CAMERA, CATS, VIOLATION, Part
from groundstation.report.quarter import Kind, Next, Ranked, Total
from groundstation.report.words import WORDS
from groundstation.store.efforts import ON_FOOT
from groundstation.words import Language, say

SUGGESTED = 8
TRANSPORTS = 3
"""The most used ones are named."""
NOTHING = Effort(0, 0, 0, 0.0, 0.0, 0.0, 0, 0.0, 0)
KINDS = {RaidKind.RAID: "total_raids", RaidKind.AMBUSH: "total_ambushes",
         RaidKind.FLIGHT: "total_flights", RaidKind.COUNT: "total_counts"}  # fmt: skip
SUMS: Mapping[str, Callable[[Effort], float]] = {
    "total_days": lambda e: e.days,
    "total_nights": lambda e: e.nights or 0,
    "total_man_days": lambda e: e.man_days or 0,
    "total_km": lambda e: e.distance_m / 1000,
    "total_hours": lambda e: e.patrol_s / 3600,
    "total_active": lambda e: e.active_s / 3600,
}
FOUND = {"total_violations": (VIOLATION,), "total_cats": CATS, "total_cameras": (CAMERA,)}


@dataclass(frozen=True, slots=True)
class Named:
    """What keys are called."""

    language: Language
    people: Mapping[int, str]
    terms: Mapping[tuple[str, str], str]


def totals(now: Part, before: Part, language: Language) -> list[tuple[str, Total]]:
    """Raids by kind, effort, finds: of the span and of the same days a year before."""
    lines: dict[str, Total] = {}
    by_kind = [effort(part.table, Group.KIND) for part in (now, before)]
    for kind, code in KINDS.items():
        counts = [found.get(kind, NOTHING).raids for found in by_kind]
        if kind is RaidKind.RAID or any(counts):
            lines[code] = _total(counts, [_raids(part.span, kind=kind) for part in (now, before)])
    sums = [effort(part.only(ON_FOOT).table).get(None, NOTHING) for part in (now, before)]
    ways = [_raids(part.span) for part in (now, before)]
    lines |= {code: _total([value(one) for one in sums], ways) for code, value in SUMS.items()}
    for code, roots in FOUND.items():
        found = [len(part.finds.under(*roots).date) for part in (now, before)]
        category = roots[0] if len(roots) == 1 else None
        ways = [_observations(part.span, category=category) for part in (now, before)]
        lines[code] = _total(found, ways)
    if before.is_empty:
        lines = {code: replace(total, before=None) for code, total in lines.items()}
    return [(say(WORDS, code, language), total) for code, total in lines.items()]


def _total(values: Sequence[float], ways: Sequence[str]) -> Total:
    return Total(values[0], values[1], ways[0], ways[1])


def ranked(
    part: Part, by: Group, raster: EffortRaster | None, named: Named
) -> tuple[list[Ranked], int]:
    """Groups or inspectors, and how many violations are credited to none of them."""
    found = ranking(part.table, part.violations, by, raster)
    return [_ranked(line, by, part.span, named) for line in found.lines], found.uncredited


def _ranked(line: Line, by: Group, span: Span | None, named: Named) -> Ranked:
    if by is Group.TEAM:
        key = None if line.key is None else str(line.key)
        name = named.terms.get(("team", key), key) if key is not None else None
        name = name or say(WORDS, "unnamed_team", named.language)
        link = _raids(span, team=key) if key is not None else ""
        finds_link = _observations(span, category=VIOLATION, team=key) if key is not None else ""
    else:
        person = int(line.key)  # type: ignore[call-overload]
        name = named.people.get(person, str(person))
        link = finds_link = _raids(span, person=person)
    return Ranked(
        name=name,
        days=line.effort.days,
        km=line.effort.distance_m / 1000,
        active_h=line.effort.active_s / 3600,
        cells=line.cells,
        coverage=line.coverage,
        transport=_transport(line.transports, named),
        violations=line.finds,
        expected=line.expected,
        raw=line.finds / line.expected if line.expected > 0 else float("nan"),
        ratio=line.ratio,
        low=line.ratio_low,
        high=line.ratio_high,
        link=link,
        finds_link=finds_link,
    )


def _transport(days: Mapping[str | None, int], named: Named) -> str:
    """The most used ones with their share of the days."""
    total = sum(days.values())
    unnamed = say(WORDS, "unnamed_transport", named.language)
    percent = say(WORDS, "percent", named.language)
    told = []
    for key, count in sorted(days.items(), key=lambda pair: -pair[1])[:TRANSPORTS]:
        name = unnamed if key is None else named.terms.get(("transport", key), key)
        share = writing.number(100 * count / total, 0, named.language)
        told.append(f"{name[:1].lower()}{name[1:]} {share}{percent}")
    return ", ".join(told)


def kinds(now: Part, before: Part, spoken: Naming) -> list[Kind]:
    """What was found, by first key and within it by category: violations, then the most first."""
    counts = [Counter(c for c in part.finds.category.tolist() if c) for part in (now, before)]
    roots: dict[str, list[str]] = {}
    for category in counts[0]:
        roots.setdefault(category.partition(".")[0] + ".", []).append(category)
    days = effort(now.only(ON_FOOT).table).get(None, NOTHING).days
    lines = []
    order = sorted(roots, key=lambda root: (root != VIOLATION, -_under(counts[0], root)))
    for root in order:
        below = sorted(roots[root], key=lambda category: -counts[0][category])
        lines.append(_kind(root, 0, counts, days, now, before, spoken))
        if below != [root]:
            lines += [_kind(c, 1, counts, days, now, before, spoken) for c in below]
    return lines


def _kind(
    category: str,
    depth: int,
    counts: Sequence[Counter[str]],
    days: int,
    now: Part,
    before: Part,
    spoken: Naming,
) -> Kind:
    found = [_under(c, category) if depth == 0 else c[category] for c in counts]
    rate = rates([found[0]], [days])
    return Kind(
        name=spoken.categories.get(category, category),
        depth=depth,
        now=found[0],
        before=None if before.is_empty else found[1],
        rate=float(rate.rate[0]) * 100,
        low=float(rate.low[0]) * 100,
        high=float(rate.high[0]) * 100,
        link=_observations(now.span, category=category),
        before_link=_observations(before.span, category=category),
    )


def _under(counts: Counter[str], root: str) -> int:
    return sum(count for category, count in counts.items() if category.startswith(root))


def suggested(raster: EffortRaster | None, violations: Finds, language: Language) -> list[Next]:
    """Cells to go to; none where there is no effort to judge by."""
    if raster is None or not len(raster.i):
        return []
    chosen = where_next(raster, violations.lat_deg, violations.lon_deg, SUGGESTED)
    return [_next(cell, language) for cell in chosen]


def _next(cell: Suggestion, language: Language) -> Next:
    return Next(
        lat_deg=cell.lat_deg,
        lon_deg=cell.lon_deg,
        km=cell.km,
        finds=cell.finds,
        rate=_per_100(cell.rate),
        low=_per_100(cell.low),
        high=_per_100(cell.high),
        why=say(WORDS, f"why_{cell.why}", language),
    )


def _per_100(value: float | None) -> float | None:
    return None if value is None else value * 100


def _raids(span: Span | None, **query: object) -> str:
    return links.records("raids", **_days(span), **query)


def _observations(span: Span | None, **query: object) -> str:
    return links.records("observations", **_days(span), **query)


def _days(span: Span | None) -> dict[str, object]:
    return {} if span is None else {"from_": span.first, "to": span.last}
