"""The sheet of a raid: what is on it, for whom, and what its PDF is worth."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from lxml import html
from pypdf import PdfReader

from groundstation.access.account import Account
from groundstation.access.roles import Role
from groundstation.records.observation import Observation
from groundstation.records.raid import Raid
from groundstation.report import page, reports
from groundstation.report.asked import Asked
from groundstation.report.drawing import Desk
from groundstation.report.page import Paper
from groundstation.store import audit, observations, people, raids
from groundstation.words import Refusal
from tests.groundstation.conftest import Running, headers_of
from tests.groundstation.records.books import (
    BOSS,
    NOW,
    Books,
    account,
    observation,
    raid,
    stored_track,
)

SCRIPT = "<script>alert('тигр')</script>"
PAPER = Paper("ru", "Земля леопарда", "https://park.example/", "Тестов Т. Т.", "10 мая 2026 г.")


def filed(books: Books) -> tuple[Raid, Observation]:
    """A raid of two who walked 6 km, with a snare and a tiger's den beside it."""
    with books() as c:
        leader = people.add(c, "Тестов Иван", NOW, employee_id="T-7").person
        other = people.add(c, f"Тестов {SCRIPT}", NOW).person
        track = stored_track(c, 9, 6000, 120)
        own = raid(leader, other, tracks=(track,), number="Р-1/<b>", comment=SCRIPT,
                   objective="Осмотр <солонца>")  # fmt: skip
        raids.file(c, own, BOSS, NOW)
        snare = observation(
            raid_id=own.raid_id,
            category="violation.people.",
            attributes={"offender_name": "Тестов Нарушитель", "persons": 3.0},
            comment=SCRIPT,
            observer=leader,
        )
        observations.file(c, snare, BOSS, NOW)
        track_of_tiger = replace(observation(raid_id=own.raid_id), lat_deg=43.51234)
        observations.file(c, track_of_tiger, BOSS, NOW)
    return own, snare


def sheet(books: Books, desk: Desk, who: Account, own: Raid) -> tuple[str, Any]:
    asked = Asked(who, "ru", date(2026, 5, 10), raid=str(own.raid_id))
    with books() as c:
        figures = reports.gather(c, "raid", asked)
    return reports.body("raid", figures, PAPER, desk), figures


def text_of(body: str) -> str:
    return " ".join(html.fromstring(body).text_content().split())


def test_the_sheet_says_who_when_where_and_what(books: Books, desk: Desk) -> None:
    own, _ = filed(books)
    body, figures = sheet(books, desk, BOSS, own)
    text = text_of(body)
    names = "Рейд № Р-1/<b>", "Тестов Иван", "T-7", "старший", "Пешком", "Тестов Нарушитель"
    for said in (*names, "Осмотр <солонца>", "01.05.2026", "43,51234° с. ш.", "6,0"):
        assert said.replace("\xa0", " ") in text.replace("\xa0", " "), said
    assert figures.totals.distance_m == pytest.approx(6000, rel=0.002)
    assert figures.sensitive


def test_no_text_field_becomes_markup(books: Books, desk: Desk) -> None:
    own, _ = filed(books)
    body, _ = sheet(books, desk, BOSS, own)
    tree = html.fromstring(page.whole(body, "x", PAPER))
    assert not tree.xpath("//script | //b[not(ancestor::span[@class='attribute'])]")
    assert text_of(body).count(SCRIPT) >= 3
    assert " style=" not in body


def test_who_may_not_see_ways_and_offenders_gets_neither(books: Books, desk: Desk) -> None:
    own, _ = filed(books)
    operator = account(Role.UAV_OPERATOR, person=own.legs[0].members[1].person)
    body, figures = sheet(books, desk, operator, own)
    text = text_of(body)
    assert figures.way is None
    assert "polyline" not in body
    assert "Тестов Нарушитель" not in text
    assert "43,51234" not in text
    assert "около этого места" in text
    assert "Пути рейдов вам не открыты" in text


def test_a_raid_of_others_is_no_raid(books: Books, desk: Desk) -> None:
    own, _ = filed(books)
    for who in (account(Role.INSPECTOR, person=999), account(Role.GUEST)):
        with pytest.raises(Refusal) as refused:
            sheet(books, desk, who, own)
        assert refused.value.status in (403, 404)


def test_a_number_that_two_raids_have_names_both(books: Books, desk: Desk) -> None:
    own, _ = filed(books)
    with books() as c:
        again = raid(own.legs[0].members[0].person, number=own.number, day=date(2026, 5, 4))
        raids.file(c, again, BOSS, NOW)
        asked = Asked(BOSS, "ru", date(2026, 5, 10), raid=own.number)
        with pytest.raises(Refusal, match="Several raids") as refused:
            reports.gather(c, "raid", asked)
    assert str(own.raid_id) in refused.value.text("ru")
    assert str(again.raid_id) in refused.value.text("ru")


def links_of(reader: PdfReader) -> list[str]:
    return [
        str(note.get_object()["/A"]["/URI"])
        for sheet in reader.pages
        for note in sheet.get("/Annots", ())
        if "/URI" in note.get_object().get("/A", {})
    ]


def test_the_pdf_is_searchable_linked_and_carries_its_fonts(books: Books, desk: Desk) -> None:
    own, snare = filed(books)
    body, figures = sheet(books, desk, BOSS, own)
    content = page.pdf(page.whole(body, figures.title, PAPER, paged=True))
    reader = PdfReader(io.BytesIO(content))
    text = " ".join("".join(sheet.extract_text() for sheet in reader.pages).split())
    assert "Тестов Иван" in text
    assert "Высота и скорость" in text
    assert "высота, м" in text  # inside a plot, still text
    assert f"1 / {len(reader.pages)}" in text
    linked = links_of(reader)
    assert f"https://park.example/#/raid/{own.raid_id}" in linked
    assert any(str(snare.observation_id) in link for link in linked)
    fonts = [
        font.get_object()
        for sheet in reader.pages
        for font in sheet["/Resources"]["/Font"].values()
    ]
    assert fonts
    for font in fonts:
        own_font = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(own_font)
    width, height = (float(side) for side in reader.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (595, 842)


def test_nothing_is_fetched_while_a_pdf_is_made(
    books: Books, desk: Desk, sqlite_station: Running
) -> None:
    evil = f'<img src="{sqlite_station.url}/healthz"><img src="file:///etc/hostname">'
    content = page.pdf(page.whole(evil, "x", PAPER, paged=True))
    reader = PdfReader(io.BytesIO(content))
    assert not [image for sheet in reader.pages for image in sheet.images]


@pytest.fixture
def station_with_raid(books: Books, run_station: Callable[..., Running]) -> tuple[Running, Raid]:
    own, _ = filed(books)
    books.engine.dispose()
    return run_station(database=str(books.engine.url)), own


def test_the_server_gives_all_three_forms_and_notes_the_reader(
    station_with_raid: tuple[Running, Raid], books: Books
) -> None:
    station, own = station_with_raid
    path = f"/api/v1/reports/raid?raid={own.raid_id}"
    part = station.client.get(f"{path}&form=part&lang=ru")
    assert part.text.startswith("<article") or part.text.strip().startswith("<article")
    assert f'href="/#/raid/{own.raid_id}"' in part.text
    whole = station.client.get(f"{path}&form=page&lang=en")
    assert whole.text.startswith("<!doctype html>")
    assert '<html lang="en">' in whole.text
    assert 'href="/report.css"' in whole.text
    assert station.client.get("/report.css").status_code == 200
    pdf = station.client.get(f"{path}&form=pdf&lang=ru")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["cache-control"] == "no-store"
    assert f"{station.url}/#/raid/{own.raid_id}" in links_of(PdfReader(io.BytesIO(pdf.content)))
    with books() as c:
        read = [e for e in audit.find(c, 20) if e.kind == "report raid"]
    assert [e.subject for e in read] == [str(own.raid_id)] * 3


def test_what_there_is_not_is_said_in_the_readers_language(
    station_with_raid: tuple[Running, Raid],
) -> None:
    station, _ = station_with_raid

    def ask(query: str) -> httpx.Response:
        return station.client.get(f"/api/v1/reports/{query}")

    missing = ask("raid?raid=Р-404")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_raid")
    assert ask("raid").json()["code"] == "no_raid_named"
    assert ask("horoscope").status_code == 422


def test_an_inspector_of_another_group_is_told_nothing(
    station_with_raid: tuple[Running, Raid], books: Books
) -> None:
    station, own = station_with_raid
    with books() as c:
        headers = headers_of(c, Role.INSPECTOR, login="stranger", person=None)
    with httpx.Client(base_url=station.url, headers=headers) as stranger:
        answer = stranger.get(f"/api/v1/reports/raid?raid={own.raid_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_raid")
