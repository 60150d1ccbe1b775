"""The reports there are, and the one way each of them goes: gather, draw, fill the template."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from groundstation.access.roles import May
from groundstation.config import GroundSettings
from groundstation.records.wall_clock import zone_of
from groundstation.report import (
    census,
    donor,
    page,
    quarter_drawing,
    quarterly,
    raid_reading,
    writing,
)
from groundstation.report.asked import Asked
from groundstation.report.drawing import Desk
from groundstation.report.page import Paper
from groundstation.report.words import WORDS
from groundstation.store import audit
from groundstation.words import Refusal


class Figures(Protocol):
    """What a report has gathered."""

    @property
    def title(self) -> str:
        """Of the document, in its language."""

    @property
    def subject(self) -> str:
        """What it is about, for the audit log."""

    @property
    def sensitive(self) -> bool:
        """Whether who reads it is written into the audit log."""


@dataclass(frozen=True, slots=True)
class Report:
    """How one kind is made."""

    may: May
    gather: Callable[[Connection, Asked], Any]
    """From the store to `Figures`."""
    draw: Callable[[Any, Desk], Mapping[str, Any]]
    """What its template shows, with maps and plots."""
    template: str


REPORTS: dict[str, Report] = {
    "quarterly": Report(May.ANALYSE, quarterly.gather, quarter_drawing.draw, "quarterly.html"),
    "raid": Report(May.READ, raid_reading.gather, raid_reading.draw, "raid.html"),
    "census": Report(May.ANALYSE, census.gather, census.draw, "census.html"),
    "donor": Report(May.ANALYSE, donor.gather, donor.draw, "donor.html"),
}


def gather(connection: Connection, report: str, asked: Asked) -> Figures:
    """Read what the report says; raises Refusal for whom it is not, and for what there is not."""
    kind = REPORTS[report]
    if not asked.account.may(kind.may):
        raise Refusal(WORDS, "may_not", 403)
    figures: Figures = kind.gather(connection, asked)
    return figures


def note(
    connection: Connection, report: str, figures: Figures, asked: Asked, now_utc: datetime
) -> None:
    """Write down who read it, where it holds what is sensitive."""
    detail = {"first": asked.first, "last": asked.last}
    audit.append(connection, asked.account, "read", f"report {report}", figures.subject,
                 {key: value for key, value in detail.items() if value}, now_utc)  # fmt: skip


def body(report: str, figures: Figures, paper: Paper, desk: Desk) -> str:
    """The report as HTML, without a document around it."""
    kind = REPORTS[report]
    return page.part(kind.template, paper, kind.draw(figures, desk))


def paper_of(settings: GroundSettings, asked: Asked, base: str, now_utc: datetime) -> Paper:
    """What it is written on; `base` stands before every link."""
    now = now_utc.astimezone(zone_of(settings.station.zone))
    written = f"{writing.day(now.date(), asked.language)}, {writing.clock(now)}"
    return Paper(asked.language, settings.station.name, base, asked.account.name, written)
