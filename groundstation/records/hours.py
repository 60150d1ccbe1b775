"""How long a day of a raid was, by SMART's definitions.

Patrol hours are the end less the start, active hours the same less the rest
(PsqlPatrolSummaryEngine: numpatrolhours, numhours). SMART knows no day across midnight; ours ends
on the next date where its end is earlier than its start, as in an ambush from 20:00 to 06:00. A
start and an end at the same minute are no time at all: so SMART fills in the days it misses.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from groundstation.records.raid import Day, Raid


def past_midnight(day: Day) -> bool:
    """Whether it ends on the next date."""
    start, end = day.start_time, day.end_time
    return start is not None and end is not None and end < start


def bounds_utc(day: Day) -> tuple[datetime, datetime] | None:
    """When it began and ended; None where either is not known."""
    if day.start_time is None or day.end_time is None:
        return None
    zone = timezone(timedelta(seconds=day.utc_offset_s))
    end_date = day.date + timedelta(days=past_midnight(day))
    return (
        datetime.combine(day.date, day.start_time, zone),
        datetime.combine(end_date, day.end_time, zone),
    )


def patrol_s(day: Day) -> float:
    """End less start; 0 where either is not known."""
    bounds = bounds_utc(day)
    return 0.0 if bounds is None else (bounds[1] - bounds[0]).total_seconds()


def active_s(day: Day) -> float:
    """The same without rest; below 0, as SMART has it, where more rest is given than day."""
    return patrol_s(day) - day.rest_minutes * 60


def days_of(raid: Raid) -> Iterable[Day]:
    """Of all legs."""
    return (day for leg in raid.legs for day in leg.days)


def day_count(raid: Raid) -> int:
    """SMART's numdays: a date counts once, however many legs share it."""
    return len({day.date for day in days_of(raid)})
