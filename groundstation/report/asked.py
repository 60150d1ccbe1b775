"""What somebody wants to have in a report, checked before anything is read."""

from dataclasses import dataclass
from datetime import date, timedelta

from groundstation.access.account import Account
from groundstation.report.words import WORDS
from groundstation.words import Language, Refusal

LONGEST_DAYS = 5 * 366


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both ends included."""

    first: date
    last: date

    def year_before(self) -> "Span":
        """The same days of the year before; 29 February stands for the 28th there."""
        return Span(_year_before(self.first), _year_before(self.last))

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Asked:
    """By whom, in which language, of what."""

    account: Account
    language: Language
    today: date
    first: date | None = None
    last: date | None = None
    raid: str | None = None
    """Id or number."""
    count: str | None = None
    """Id or name."""

    def span(self) -> Span:
        """Of the report; raises Refusal where it is not a sensible one."""
        if self.first is None or self.last is None:
            raise Refusal(WORDS, "no_span")
        if self.last < self.first:
            raise Refusal(WORDS, "span_backwards", first=self.first, last=self.last)
        span = Span(self.first, self.last)
        if span.days > LONGEST_DAYS:
            raise Refusal(WORDS, "span_long", days=LONGEST_DAYS)
        return span


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return (day - timedelta(days=1)).replace(year=day.year - 1)
