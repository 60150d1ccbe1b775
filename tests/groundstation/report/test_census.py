"""The report of a winter count against its formula, done once more by hand."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, time
from uuid import uuid4

import pytest
from lxml import html

from groundstation.access.roles import Role
from groundstation.patrol.animals import TIGER, Apart
from groundstation.patrol.count import DailyTravel
from groundstation.records.count import Count, CountedSpecies, CountSettings, Route
from groundstation.records.raid import RaidKind
from groundstation.report import reports
from groundstation.report.asked import Asked
from groundstation.report.census import Census
from groundstation.report.drawing import Desk
from groundstation.report.page import Paper
from groundstation.store import counts, observations, people, raids, routes
from groundstation.words import Refusal
from tests.groundstation.records.books import (
    BOSS,
    LAT_DEG,
    LON_DEG,
    METRE_DEG,
    NOW,
    Books,
    account,
    observation,
    raid,
    stored_track,
)

PAPER = Paper("ru", "Земля леопарда", "https://park.example/", "Тестов Т. Т.", "10 мая 2026 г.")
TRAVEL_KM = 7.0


def filed(books: Books, name: str, day: date, crossings: int) -> Count:
    """Seven routes of 5 km side by side, six of them walked; as many tigers' tracks on the first,
    one of them two days old, and one on each of the others.
    """
    species = CountedSpecies("tiger.track.", DailyTravel(TRAVEL_KM), "Тестов 2020", TIGER,
                             Apart(1.0, 15.0))  # fmt: skip
    count = Count(uuid4(), 1, name, day, day, CountSettings([species]))
    with books() as c:
        counts.file(c, count, BOSS, NOW)
        known = routes.find(c) or [_planned(number) for number in range(7)]
        who = people.add(c, "Тестов Иван", NOW).person
        for number, route in enumerate(known):
            routes.file(c, route, BOSS, NOW)
            if number < 6:
                track = stored_track(c, 9, 5000, 120, east_m=2000 * number, days=(day - DAY).days)
                of = {"count_id": count.count_id, "route_id": route.route_id, "end": time(12)}
                of |= {"number": f"{name}-{number}", "kind": RaidKind.COUNT, "day": day}
                own = raid(who, tracks=(track,), **of)  # type: ignore[arg-type]
                raids.file(c, own, BOSS, NOW)
                for n in range(crossings if number == 0 else 1):
                    age = {"track_age_h": 48.0 if number == 0 and n == 0 else 6.0}
                    pad = {"heel_pad_cm": 11.0 if n % 2 else 9.0}
                    met = observation(raid_id=own.raid_id, attributes=age | pad)
                    when = datetime(day.year, day.month, day.day, 0, 30, tzinfo=UTC)
                    observations.file(c, replace(met, observed_utc=when), BOSS, NOW)
    return count


DAY = date(2026, 5, 1)


def _planned(number: int) -> Route:
    east = LON_DEG + 2000 * number * METRE_DEG / math.cos(math.radians(LAT_DEG))
    line = [(east, LAT_DEG), (east, LAT_DEG + 5000 * METRE_DEG)]
    return Route(uuid4(), 1, str(number + 1), f"Ключ <{number + 1}>", line)


def census(books: Books, count: str, who: object = BOSS) -> Census:
    with books() as c:
        asked = Asked(who, "ru", date(2026, 5, 10), count=count)  # type: ignore[arg-type]
        figures = reports.gather(c, "census", asked)
    assert isinstance(figures, Census)
    return figures


def said(figures: Census) -> str:
    body = reports.body("census", figures, PAPER, Desk("ru", None, lambda sha256: None))
    assert " style=" not in body
    return " ".join(html.fromstring(body).text_content().split())


def test_density_is_that_of_the_formula_and_says_what_its_interval_is_worth(books: Books) -> None:
    filed(books, "Учёт 2026", DAY, crossings=9)
    figures = census(books, "Учёт 2026")
    (line,) = figures.densities
    # 8 fresh ones on the first route, 5 on the others; 30 km of 35 were walked.
    wanted = math.pi / 2 * 13 / (30 * TRAVEL_KM) * 100
    assert line.result.density is not None
    assert line.result.density.per_100_km2 == pytest.approx(wanted, rel=0.01)
    text = said(figures)
    assert "6 из 7" in text
    assert "83-92" in text
    assert "не вошли следы старше суток: 1" in text
    assert "Тестов 2020" in text
    assert "Ключ <3>" in text
    assert {(a.name, a.tracks) for a in figures.animals} == {
        ("взрослый самец", 4),
        ("самка или молодой", 9),
    }


def test_every_report_reads_both_databases(both_books: Books) -> None:
    filed(both_books, "Учёт 2026", DAY, crossings=2)
    span = date(2026, 4, 1), date(2026, 6, 30)
    asked = Asked(BOSS, "ru", DAY, *span, raid="Учёт 2026-0", count="Учёт 2026")
    desk = Desk("en", None, lambda sha256: None)
    with both_books() as c:
        for report in reports.REPORTS:
            figures = reports.gather(c, report, asked)
            assert reports.body(report, figures, PAPER, desk).count("</article>") == 1
            reports.note(c, report, figures, asked, NOW)


def test_counts_are_compared_only_as_far_as_they_bear_it(books: Books) -> None:
    filed(books, "Учёт 2026", DAY, crossings=9)
    filed(books, "Учёт 2026, второй", date(2026, 5, 5), crossings=10)
    figures = census(books, "Учёт 2026, второй")
    (line,) = figures.comparisons
    assert line.since.ratio == pytest.approx(14 / 13, rel=0.01)
    assert line.verdict == "различие не доказано"
    text = said(figures)
    assert "Особей на 100 км² по учётам" in text


def test_a_walk_out_of_scope_makes_a_part_of_it_and_shows_no_way(books: Books) -> None:
    filed(books, "Учёт 2026", DAY, crossings=3)
    figures = census(books, "Учёт 2026", account(Role.GROUP_LEADER, person=99, team="north"))
    assert (figures.ways, figures.signs) == ([], [])
    assert "Вошли только выходы, которые вам открыты" in said(figures)


def test_the_donor_is_told_of_counts_without_their_names(books: Books) -> None:
    filed(books, "Учёт на Ключе Тайном", DAY, crossings=9)
    with books() as c:
        span = date(2026, 1, 1), date(2026, 12, 31)
        figures = reports.gather(c, "donor", Asked(BOSS, "ru", DAY, *span))
    body = reports.body("donor", figures, PAPER, Desk("ru", None, lambda sha256: None))
    text = " ".join(html.fromstring(body).text_content().split())
    assert "Зимний учёт 2026 года" in text
    assert "6 из 7" in text
    for hidden in ("Тайном", "Ключ", "Тестов Иван", "43,5"):
        assert hidden not in text


@pytest.mark.parametrize(("name", "code"), [(None, "no_count_named"), ("1999", "no_such_count")])
def test_a_count_nobody_made_is_said_so(books: Books, name: str | None, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        census(books, name)  # type: ignore[arg-type]
    assert refused.value.code == code
