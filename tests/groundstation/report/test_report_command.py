"""`kedrovka-ground report`, as somebody on the station's console uses it."""

import sys
from pathlib import Path

import pytest
from lxml import html
from pypdf import PdfReader

from groundstation import cli
from groundstation.config import GroundSettings
from groundstation.report.report_command import address_of
from groundstation.store import audit, people, raids
from tests.groundstation.records.books import BOSS, NOW, Books, raid, stored_track


@pytest.fixture
def command(books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with a raid, named by the environment; the folder to write into."""
    with books() as c:
        who = people.add(c, "Тестов Иван", NOW).person
        raids.file(c, raid(who, tracks=(stored_track(c, 9, 5000, 90),), number="Р-1"), BOSS, NOW)
    monkeypatch.setenv("KEDROVKA_GROUND__DATABASE", str(books.engine.url))
    monkeypatch.setenv("KEDROVKA_GROUND__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KEDROVKA_GROUND__STATION__URL", "https://park.example/kedrovka")
    return tmp_path


def test_a_quarter_goes_into_a_pdf_and_into_the_audit_log(command: Path, books: Books) -> None:
    out = command / "quarter.pdf"
    span = ["--from", "2026-04-01", "--to", "2026-06-30"]
    assert cli.main(["report", "quarterly", *span, "--out", str(out), "--lang", "en"]) == 0
    reader = PdfReader(out)
    said = "".join(sheet.extract_text() for sheet in reader.pages)
    assert "Report on the work of the ranger groups" in said
    assert reader.metadata is not None
    assert "Q2 2026" in str(reader.metadata.title)
    with books() as c:
        entry = next(e for e in audit.find(c, 5) if e.kind == "report quarterly")
    assert (entry.subject, entry.who[:8]) == ("2026-04-01/2026-06-30", "console:")


def test_html_is_one_file_that_needs_nothing_beside_it(command: Path) -> None:
    out = command / "raid.html"
    assert cli.main(["report", "raid", "--raid", "Р-1", "--out", str(out)]) == 0
    tree = html.fromstring(out.read_bytes())
    assert not tree.xpath("//link | //script | //img[not(starts-with(@src, 'data:'))]")
    assert ".report" in tree.xpath("string(//style)")
    assert all(
        link.startswith("https://park.example/kedrovka/#/raid/") for link in tree.xpath("//a/@href")
    )


def test_what_there_is_not_is_said_and_the_old_file_stays(
    command: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = command / "raid.html"
    out.write_text("yesterday's")
    assert cli.main(["report", "raid", "--raid", "Р-404", "--out", str(out), "--lang", "ru"]) == 2
    assert "Рейда «Р-404» нет" in capsys.readouterr().err
    assert cli.main(["report", "quarterly", "--out", str(out), "--lang", "en"]) == 2
    assert "first and the last day" in capsys.readouterr().err
    assert out.read_text() == "yesterday's"


def test_a_folder_that_is_not_there_is_named(
    command: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = command / "nowhere" / "raid.html"
    assert cli.main(["report", "raid", "--raid", "Р-1", "--out", str(out)]) == 1
    assert str(out) in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--out", "quarter.doc"], ["--out", "q.pdf", "--to", "May"]])
def test_a_wrong_command_line_is_told_before_anything_is_read(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["report", "quarterly", *arguments])
    assert ended.value.code == 2


def test_a_missing_system_library_is_named_with_its_package(
    command: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """WeasyPrint's own words on a system without Pango, from a stand-in for WeasyPrint."""
    words = "cannot load library 'libpango-1.0-0': libpango-1.0-0: cannot open shared object file"
    (command / "weasyprint.py").write_text(f"raise OSError({words!r})\n")
    for name in [n for n in sys.modules if n.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(command)
    out = command / "raid.pdf"
    assert cli.main(["report", "raid", "--raid", "Р-1", "--out", str(out), "--lang", "ru"]) == 1
    told = capsys.readouterr().err
    assert "нет библиотеки libpango-1.0-0." in told
    assert "apt-get install libpango-1.0-0" in told
    assert not out.exists()


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "http://127.0.0.1:8080/"),
        ({"host": "0.0.0.0", "port": 80}, "http://127.0.0.1:80/"),
        ({"station": {"url": "https://park.example"}}, "https://park.example/"),
    ],
)
def test_links_lead_to_the_station(settings: dict[str, object], address: str) -> None:
    assert address_of(GroundSettings(**settings)) == address
