"""The quarterly report from the store: sums of days and finds, and one raster of the span.

Ten years of effort and finds are read for the trend, as sums; points are read for the span alone,
and only for those who may see ways.
"""

from sqlalchemy import Connection

from groundstation.access import redact
from groundstation.patrol.effort import Group
from groundstation.report import quarter_trend, writing
from groundstation.report.asked import Asked, Span
from groundstation.report.naming import naming
from groundstation.report.part import PATROLS, Part
from groundstation.report.quarter import Quarter
from groundstation.report.quarter_lines import Named, kinds, ranked, suggested, totals
from groundstation.report.reading import people_names, term_names
from groundstation.report.words import WORDS
from groundstation.store import efforts, models
from groundstation.store.efforts import Span as Reach
from groundstation.words import Language, say

CELL_M = 2000.0
DILIGENT = 3
HEADLINE = ("total_raids", "total_days", "total_km", "total_active", "total_violations")


def gather(connection: Connection, asked: Asked) -> Quarter:
    """Raises Refusal for a span that is none."""
    span, account, language = asked.span(), asked.account, asked.language
    model = models.current(connection)
    rules = redact.sensitive(model)
    quarters = quarter_trend.quarters_before(span.last)
    history = _read(
        connection, Reach(account, min(quarters[0], span.year_before().first), span.last, None)
    )
    now, before = (history.days(one) for one in (span, span.year_before()))
    foot = Reach(account, span.first, span.last)
    own = _read(connection, foot, span)
    raster = None
    if redact.may_see_way(account):
        raster = efforts.raster(connection, foot, CELL_M)
    named = Named(language, people_names(connection), term_names(connection, language))
    patrols = own.only(PATROLS)
    groups, _ = ranked(patrols, Group.TEAM, raster, named)
    inspectors, uncredited = ranked(patrols, Group.EMPLOYEE, raster, named)
    written = _written(span, language)
    lines = totals(now, before, language)
    headlines = [say(WORDS, code, language) for code in HEADLINE]
    return Quarter(
        title=f"{say(WORDS, 'quarterly_title', language)}, {written}",
        subject=f"{span.first}/{span.last}",
        sensitive=raster is not None or any(rules.of(c) for c in now.finds.category.tolist()),
        span=written,
        headline=[line for line in lines if line[0] in headlines],
        before_span=_written(span.year_before(), language),
        totals=lines,
        groups=groups,
        inspectors=inspectors,
        commended=[line for line in inspectors if line.low > 1],
        diligent=sorted(inspectors, key=lambda line: -line.active_h)[:DILIGENT],
        kinds=kinds(now, before, naming(model, language)),
        trend=quarter_trend.panel(history.only(PATROLS), quarters, language),
        raster=raster,
        next=suggested(raster, patrols.violations, language),
        uncredited=uncredited,
    )


def _read(connection: Connection, reach: Reach, span: Span | None = None) -> Part:
    return Part(efforts.table(connection, reach), efforts.finds(connection, reach), span)


def _written(span: Span, language: Language) -> str:
    return writing.span(span.first, span.last, language)
