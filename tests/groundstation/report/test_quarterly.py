"""The quarterly report against the tables behind it, counted once more without it."""

import io
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from lxml import html
from pypdf import PdfReader
from sqlalchemy import text

from groundstation.access.account import Account
from groundstation.access.roles import Role
from groundstation.records.raid import RaidKind
from groundstation.report import page, reports
from groundstation.report.asked import Asked, Span
from groundstation.report.drawing import Desk
from groundstation.report.page import Paper
from groundstation.report.quarter import Quarter
from groundstation.report.quarter_trend import quarters_before
from groundstation.store import observations, people, raids, terms
from groundstation.words import Refusal
from tests.groundstation.records.books import (
    BOSS,
    LAT_DEG,
    NOW,
    Books,
    account,
    observation,
    raid,
    stored_track,
)

PAPER = Paper("ru", "Земля леопарда", "https://park.example/", "Тестов Т. Т.", "10 мая 2026 г.")
FIRST, LAST = date(2026, 4, 1), date(2026, 6, 30)


@dataclass(frozen=True)
class Season:
    """Who filed what."""

    north: int
    south: int


@pytest.fixture
def season(books: Books) -> Season:
    """Six raids of two groups in May; one in July, one withdrawn, a flight, dens and snares."""
    with books() as c:
        terms.put(c, "team", "north", {"ru": "Группа «Север» <b>", "en": "North"}, None, True)
        north = people.add(c, "Тестов Север", NOW).person
        south = people.add(c, "Тестов Юг", NOW).person
        for day in range(6):
            leader, team = (north, "north") if day % 2 else (south, "south")
            track = stored_track(c, 9, 3000 + 500 * day, 90, east_m=4000 * day, days=day)
            of = {"day": date(2026, 5, 1 + day), "team": team, "number": f"Р-{day}"}
            own = raid(*dict.fromkeys((leader, north)), tracks=(track,), **of)
            raids.file(c, own, BOSS, NOW)
            for n in range(day):
                kind = "violation.snare." if n % 2 else "violation.shot."
                found = _at(day, observation(raid_id=own.raid_id, category=kind, attributes={}))
                observations.file(c, found, BOSS, NOW)
        observations.file(c, _at(3, observation(raid_id=own.raid_id)), BOSS, NOW)
        later = raid(south, day=date(2026, 7, 2), number="Р-8", team="south")
        raids.file(c, later, BOSS, NOW)
        gone = raid(south, day=date(2026, 5, 20), number="Р-9", team="south")
        raids.file(c, gone, BOSS, NOW)
        raids.withdraw(c, gone.raid_id, 1, "подан дважды", BOSS, NOW)
        flight = raid(south, day=date(2026, 5, 21), number="П-1", kind=RaidKind.FLIGHT, system_id=1)
        raids.file(c, flight, BOSS, NOW)
    return Season(north, south)


def _at(day: int, what: Any) -> Any:
    when = datetime(2026, 5, 1, 0, 30, tzinfo=UTC) + timedelta(days=day)
    return replace(what, observed_utc=when, lat_deg=LAT_DEG + 0.001)


def quarter(books: Books, who: Account = BOSS, **of: Any) -> Quarter:
    asked = Asked(who, "ru", date(2026, 7, 5), **{"first": FIRST, "last": LAST, **of})
    with books() as c:
        figures = reports.gather(c, "quarterly", asked)
    assert isinstance(figures, Quarter)
    return figures


def body_of(figures: Quarter) -> str:
    return reports.body("quarterly", figures, PAPER, Desk("ru", None, lambda sha256: None))


def counted(books: Books, statement: str) -> Any:
    with books() as c:
        return c.execute(text(statement)).one()


def test_figures_are_those_of_the_tables(books: Books, season: Season) -> None:
    told = dict(quarter(books).totals)
    inside = "d.date BETWEEN '2026-04-01' AND '2026-06-30' AND r.withdrawn IS NULL"
    joined = "FROM raid_days d JOIN raids r ON r.raid_id = d.raid_id"
    on_foot = f"{joined} WHERE {inside} AND r.kind <> 'flight'"
    raids_, days, metres = counted(
        books,
        "SELECT count(DISTINCT r.raid_id), count(DISTINCT r.raid_id || d.date), "
        f"sum(d.distance_m) {on_foot}",
    )
    assert (told["Рейды"].now, told["Рейдо-дни"].now) == (raids_, days) == (6, 6)
    assert told["Пройдено, км"].now == pytest.approx(metres / 1000, abs=1e-9)
    assert told["Полёты квадрокоптеров"].now == 1
    (violations,) = counted(
        books,
        "SELECT count(*) FROM observations o JOIN raids r ON r.raid_id = o.raid_id "
        "WHERE o.category LIKE 'violation.%' AND o.withdrawn IS NULL AND r.withdrawn IS NULL "
        "AND o.date BETWEEN '2026-04-01' AND '2026-06-30'",
    )
    assert told["Нарушения"].now == violations == 15
    # Each day 10 hours with an hour of rest.
    assert (told["Часы в рейдах"].now, told["Часы без отдыха"].now) == (60, 54)


def test_nothing_of_a_year_ago_is_no_zero(books: Books, season: Season) -> None:
    figures = quarter(books)
    assert {total.before for _, total in figures.totals} == {None}
    assert figures.before_span == "II квартал 2025 года"
    later = dict(quarter(books, first=date(2027, 4, 1), last=date(2027, 6, 30)).totals)
    assert later["Рейды"].before == 6


def test_a_find_is_credited_once_and_effort_to_everybody(books: Books, season: Season) -> None:
    figures = quarter(books)
    groups = {line.name: line for line in figures.groups}
    assert {name: line.violations for name, line in groups.items()} == {
        "Группа «Север» <b>": 1 + 3 + 5,
        "south": 0 + 2 + 4,
    }
    people_ = {line.name: line for line in figures.inspectors}
    assert {name: line.violations for name, line in people_.items()} == {
        "Тестов Север": 9,
        "Тестов Юг": 6,
    }
    assert people_["Тестов Север"].days == 6  # on the other group's raids too
    assert people_["Тестов Юг"].days == 3


def test_small_differences_commend_nobody(books: Books, season: Season) -> None:
    figures = quarter(books)
    assert figures.commended == []
    assert [line.name for line in figures.diligent] == ["Тестов Север", "Тестов Юг"]
    said = " ".join(html.fromstring(body_of(figures)).text_content().split())
    assert "никто не выделяется" in said


def test_the_raster_holds_the_kilometres_of_the_table(books: Books, season: Season) -> None:
    figures = quarter(books)
    assert figures.raster is not None
    assert figures.raster.km.sum() == pytest.approx(
        dict(figures.totals)["Пройдено, км"].now, rel=1e-6
    )


def test_too_few_quarters_are_said_to_be_too_few(books: Books, season: Season) -> None:
    figures = quarter(books)
    assert figures.trend.fit is None
    assert figures.trend.verdict.startswith("Данных мало")
    assert "misleading" not in body_of(figures)


def test_a_group_leader_sees_the_own_group_alone(books: Books, season: Season) -> None:
    leader = account(Role.GROUP_LEADER, person=season.south, team="south")
    figures = quarter(books, leader)
    assert [line.name for line in figures.groups] == ["south"]
    assert dict(figures.totals)["Рейды"].now == 3


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.UAV_OPERATOR, Role.GUEST])
def test_who_may_not_analyse_gets_no_report(books: Books, role: Role) -> None:
    for report in ("quarterly", "donor"):
        with books() as c, pytest.raises(Refusal) as refused:
            reports.gather(c, report, Asked(account(role), "ru", LAST, FIRST, LAST))
        assert refused.value.status == 403


@pytest.mark.parametrize(
    ("span", "code"),
    [
        ((None, LAST), "no_span"),
        ((LAST, FIRST), "span_backwards"),
        ((date(1970, 1, 1), LAST), "span_long"),
    ],
)
def test_a_span_that_is_none_is_refused(
    books: Books, span: tuple[date | None, date | None], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        quarter(books, first=span[0], last=span[1])
    assert refused.value.code == code


def test_an_empty_park_has_a_report_without_a_number_invented(books: Books) -> None:
    said = " ".join(html.fromstring(body_of(quarter(books))).text_content().split())
    assert "За этот срок рейдов не подано" in said
    assert "Треков за этот срок нет" in said
    assert "nan" not in said.lower()


def test_numbers_lead_to_their_records_and_names_stay_text(books: Books, season: Season) -> None:
    figures = quarter(books)
    document = page.whole(body_of(figures), figures.title, PAPER, paged=True)
    assert " style=" not in document
    tree = html.fromstring(document)
    assert not tree.xpath("//td//b")
    linked = {a.get("href"): a.text_content() for a in tree.xpath("//a")}
    base = "https://park.example/#"
    days = "from=2026-04-01&to=2026-06-30"
    assert linked[f"{base}/raids?{days}&kind=raid"] == "6"
    assert linked[f"{base}/raids?{days}&team=north"] == "Группа «Север» <b>"
    assert linked[f"{base}/observations?{days}&category=violation.&team=north"] == "9"
    reader = PdfReader(io.BytesIO(page.pdf(document)))
    printed = {
        str(note.get_object()["/A"]["/URI"])
        for sheet in reader.pages
        for note in sheet.get("/Annots", ())
    }
    assert set(linked) <= printed
    said = " ".join("".join(sheet.extract_text() for sheet in reader.pages).split())
    assert "Группа «Север» <b>" in said
    assert "Начальник охраны" in said


def test_the_donor_learns_no_place_no_name_and_no_single_case(books: Books, season: Season) -> None:
    with books() as c:
        figures = reports.gather(c, "donor", Asked(BOSS, "ru", LAST, FIRST, LAST))
    body = reports.body("donor", figures, PAPER, Desk("ru", None, lambda sha256: None))
    said = " ".join(html.fromstring(body).text_content().split())
    for hidden in ("Север", "Юг", "south", "Р-1", "43,5", "131,5", "с. ш.", "петл"):
        assert hidden.lower() not in said.lower(), hidden
    assert "<a " not in body
    assert "<image" not in body
    assert "меньше 5" in said  # one tiger's track
    assert dict(figures.finds)["Нарушения"] == "15"
    assert not figures.sensitive


@pytest.mark.parametrize(
    ("last", "end"),
    [
        (date(2026, 6, 30), date(2026, 4, 1)),
        (date(2026, 6, 29), date(2026, 1, 1)),  # the quarter is not over
        (date(2026, 1, 1), date(2025, 10, 1)),
    ],
)
def test_only_quarters_that_are_over_enter_the_trend(last: date, end: date) -> None:
    quarters = quarters_before(last)
    assert quarters[-1] == end
    assert len(quarters) == 40
    assert (quarters[0].year, quarters[0].month) in (
        (end.year - 10, end.month + 3),
        (end.year - 9, 1),
    )


def test_a_leap_day_has_a_day_the_year_before() -> None:
    assert Span(date(2024, 2, 1), date(2024, 2, 29)).year_before().last == date(2023, 2, 28)
