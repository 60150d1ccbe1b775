"""What a person may choose about a download."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class DownloadOptions:
    """For every family; one that knows no such thing ignores it."""

    max_baud: int | None = None
    """Raise the rate for the transfer up to this one, where unit and port can; None: leave it."""
    resume_at: int = 0
    """Address, sector or index from which the family is to read on."""
    sample: bool = False
    """Only the first records, and how many there are: to see whether it is still the same unit.
    Families that can be erased know it."""
    zero_utc: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    """UTC at monotonic time 0, for the unit's offset from true time; 1970 means unknown."""
