"""A summary for those who give: what was done, without a place and without a name.

It is made to be given away, so it is the same whoever asks: no map, no station, no team, no number
small enough to point at one event, and kilometres, hours and finds rounded. Dens are left out
altogether.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from groundstation.access import redact
from groundstation.patrol.effort import Effort, Group, effort
from groundstation.report import plots, writing
from groundstation.report.asked import Asked
from groundstation.report.drawing import Desk
from groundstation.report.naming import Naming, naming
from groundstation.report.part import VIOLATION, Part
from groundstation.report.quarter_lines import NOTHING
from groundstation.report.reading import term_names
from groundstation.report.words import WORDS
from groundstation.store import count_result, counts, efforts, models
from groundstation.store.count_result import DensityTold
from groundstation.words import Language, say

FEW = 5
"""Fewer finds of a kind are not told."""


@dataclass(frozen=True, slots=True)
class Work:
    """What was done by one means of transport."""

    name: str
    days: float
    km: float
    hours: float


@dataclass(frozen=True, slots=True)
class Counted:
    """A species in a winter count."""

    name: str
    species: str
    routes_walked: int
    routes: int
    density: DensityTold


@dataclass(frozen=True, slots=True)
class Donor:
    """All of it."""

    title: str
    subject: str
    sensitive: bool
    span: str
    headline: Sequence[tuple[str, str]]
    transports: Sequence[Work]
    months: Sequence[str]
    hours: Sequence[float]
    """Of each month."""
    finds: Sequence[tuple[str, str]]
    counts: Sequence[Counted]


def gather(connection: Connection, asked: Asked) -> Donor:
    """Raises Refusal for a span that is none."""
    span, language = asked.span(), asked.language
    reach = efforts.Span(asked.account, span.first, span.last)
    part = Part(efforts.table(connection, reach), efforts.finds(connection, reach), span)
    model = models.current(connection)
    rules = redact.sensitive(model)
    told = [rules.of(c) != redact.WITHHELD for c in part.finds.category.tolist()]
    part = Part(part.table, part.finds.only(np.array(told, bool)), span)
    written = writing.span(span.first, span.last, language)
    months = effort(part.table, Group.MONTH)
    return Donor(
        title=f"{say(WORDS, 'donor_title', language)}, {written}",
        subject=f"{span.first}/{span.last}",
        sensitive=False,
        span=written,
        headline=_headline(part, language),
        transports=_transports(part, term_names(connection, language), language),
        months=[f"{month:%m.%Y}" for month in sorted(months)],  # type: ignore[type-var]
        hours=[rounded(months[month].patrol_s / 3600) for month in sorted(months)],  # type: ignore[type-var]
        finds=_finds(part, naming(model, language)),
        counts=list(_counts(connection, asked, naming(model, language))),
    )


def draw(donor: Donor, desk: Desk) -> Mapping[str, Any]:
    """What the template shows."""
    plot = None
    if len(donor.months) > 1:
        label = say(WORDS, "hours", desk.language)
        plot = plots.columns(donor.months, np.array(donor.hours), label, desk.language)
    return {"donor": donor, "effort_plot": plot, "few": FEW}


def rounded(value: float) -> float:
    """To two figures: what is true of the whole and says nothing about a single raid."""
    return float(f"{value:.2g}")


def few(count: int, language: Language) -> str:
    """A number of finds as it may be told."""
    if 0 < count < FEW:
        return say(WORDS, "fewer_than", language, few=FEW)
    return writing.number(rounded(count), 0, language)


def _headline(part: Part, language: Language) -> list[tuple[str, str]]:
    whole = effort(part.table).get(None, NOTHING)
    values = {
        "donor_days": writing.number(rounded(whole.days), 0, language),
        "donor_km": writing.number(rounded(whole.distance_m / 1000), 0, language),
        "donor_hours": writing.number(rounded(whole.patrol_s / 3600), 0, language),
        "donor_stopped": few(len(part.violations.date), language),
    }
    return [(say(WORDS, code, language), value) for code, value in values.items()]


def _transports(part: Part, terms: Mapping[tuple[str, str], str], language: Language) -> list[Work]:
    def line(key: str | None, own: Effort) -> Work:
        name = say(WORDS, "unnamed_transport", language) if key is None else key
        return Work(
            terms.get(("transport", name), name),
            rounded(own.days),
            rounded(own.distance_m / 1000),
            rounded(own.patrol_s / 3600),
        )

    found = effort(part.table, Group.TRANSPORT)
    order = sorted(found, key=lambda key: -found[key].days)
    return [line(None if key is None else str(key), found[key]) for key in order]


def _finds(part: Part, spoken: Naming) -> list[tuple[str, str]]:
    """By the first key alone, violations first."""
    roots = Counter(c.partition(".")[0] + "." for c in part.finds.category.tolist())
    order = sorted(roots, key=lambda root: (root != VIOLATION, -roots[root]))
    return [
        (spoken.categories.get(root, root), few(roots[root], spoken.language)) for root in order
    ]


def _counts(connection: Connection, asked: Asked, spoken: Naming) -> Iterator[Counted]:
    """Those that ended in the span; their own names may hold a place's."""
    span = asked.span()
    for count in counts.find(connection):
        if not span.first <= count.end_date <= span.last:
            continue
        found = count_result.result(connection, count, asked.account)
        name = say(WORDS, "donor_count", spoken.language, year=count.end_date.year)
        for species in found.species:
            if species.density is not None:
                animal = spoken.categories.get(species.category.partition(".")[0] + ".", "")
                yield Counted(name, animal, found.routes_walked, found.routes, species.density)
