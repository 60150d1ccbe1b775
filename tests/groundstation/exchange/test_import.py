"""Files on their way into the database: nothing is lost, nothing comes twice, all is told."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select

from groundstation import cli
from groundstation.access.account import Account, console
from groundstation.access.roles import Role
from groundstation.config import GroundSettings
from groundstation.exchange.came import Making
from groundstation.exchange.csv_in import is_csv, observations_of
from groundstation.exchange.filing import Outcome
from groundstation.exchange.one_file import take
from groundstation.exchange.smart.export import smart_of
from groundstation.exchange.smart.model_xml import read_model, write_model
from groundstation.exchange.smart.patrol_write import write_patrol
from groundstation.records.check import asked
from groundstation.records.observation import Observation
from groundstation.records.photograph import Level
from groundstation.records.raid import Raid, RaidKind
from groundstation.records.wall_clock import zone_of
from groundstation.store import imports, models, observations, people, photographs, raids, tables
from groundstation.store.console import open_store, reading, writing
from groundstation.words import Refusal
from tests.groundstation.exchange.smart_files import MODEL, RICH, archive_of, meaning, numbered_ids

ZONE = "Asia/Vladivostok"
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
RANGER = console("tester")
TRACKED = (
    RICH.decode()
    .replace(
        "</ns2:days>",
        '<ns2:track distance="0.5" geom="0080000005000000010080000002000000024060699999999999'
        '4045466666666666427a0f4a2c0000004060699999999999404546a7ef9db22d427a0f4a3a500000"/></ns2:days>',
        1,
    )
    .encode()
)
GPX = """<gpx version="1.1" creator="x"><wpt lat="43.1" lon="131.2"><name>ПТ12</name>
<time>2025-07-15T23:52:00Z</time></wpt><wpt lat="43.1" lon="131.3"><name>старая</name>
<time>2019-07-15T23:52:00Z</time></wpt><trk><trkseg>
<trkpt lat="43.1" lon="131.2"><time>2025-07-15T13:50:00Z</time></trkpt>
<trkpt lat="43.11" lon="131.2"><time>2025-07-15T14:20:00.5Z</time></trkpt>
</trkseg></trk></gpx>""".encode()


class Station:
    """A database with its folders, and what a person at its console does."""

    def __init__(self, settings: GroundSettings, engine: Engine) -> None:
        self.settings, self.engine = settings, engine

    def take(
        self, raw: bytes, name: str = "a.xml", by: Account = RANGER, ours: bool = False
    ) -> Outcome:
        return take(self.engine, self.settings, raw, name, by, NOW, ours)

    def read(self, work: Callable[[Any], Any]) -> Any:
        with reading(self.engine) as connection:
            return work(connection)

    def raids(self) -> list[Raid]:
        def all_of_them(connection: Any) -> list[Raid]:
            ids = connection.scalars(
                select(tables.raids.c.raid_id).order_by("start_date", "number")
            ).all()
            return [raid for raid, _ in raids.get_many(connection, ids)]

        found: list[Raid] = self.read(all_of_them)
        return found

    def observations(self) -> list[Observation]:
        def all_of_them(connection: Any) -> list[Observation]:
            o = tables.observations.c.observation_id
            found = (observations.get(connection, i) for i in connection.scalars(select(o)))
            return sorted((one for one in found if one), key=lambda one: one.observation_id)

        found: list[Observation] = self.read(all_of_them)
        return found

    def out(self, raid: Raid) -> bytes:
        def write(connection: Any) -> bytes:
            rules = asked(models.current(connection))
            found = smart_of(connection, raid.raid_id, rules, zone_of(ZONE))
            assert found is not None
            return write_patrol(found.patrol)

        return bytes(self.read(write))

    def count(self, table: str) -> int:
        return int(self.read(lambda c: c.scalar(select(func.count()).select_from(
            getattr(tables, table)))))  # fmt: skip


def opened(url: str | None, folder: Path) -> Iterator[Station]:
    settings = GroundSettings(data=folder / "data", database=url, station={"zone": ZONE})  # type: ignore[arg-type]
    with open_store(settings) as engine:
        yield Station(settings, engine)


@pytest.fixture
def either(database_url: str, tmp_path: Path) -> Iterator[Station]:
    """Over SQLite and over PostgreSQL."""
    yield from opened(database_url, tmp_path)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """Over SQLite."""
    yield from opened(None, tmp_path)


def codes(outcome: Outcome) -> set[str]:
    return {remark.code for remark in outcome.remarks}


def test_patrol_comes_back_from_the_database_as_it_went_in(either: Station) -> None:
    outcome = either.take(TRACKED)
    assert dict(outcome.taken) == {
        "raids": 1, "observations": 5, "tracks": 1, "people": 2, "terms": 4,
    }  # fmt: skip
    (raid,) = either.raids()
    assert meaning(either.out(raid)) == meaning(TRACKED)
    assert "distance_differs:2026-03-01 0.500" in raid.flaws
    everybody = either.read(people.find)
    assert [(p.employee_id, p.family_name, p.active) for p in everybody] == [
        (None, "Примеров", False),
        ("E1", "Тестов", False),
    ]
    again = either.take(TRACKED)
    assert (again.already, again.number) == (NOW, outcome.number)
    assert either.count("raids") == 1


@pytest.mark.parametrize("park", ["its own", "another"])
def test_samples_come_back_from_the_database_as_they_went_in(
    shared: Path, station: Station, park: str
) -> None:
    folder = shared / "data/patrol"
    if park == "its own":
        station.take((folder / "smart_datamodel_v1.1_png.xml").read_bytes())
    said = []
    for path in sorted(folder.glob("*patrol*.xml")):
        station.take(path.read_bytes(), path.name)
        said.append(meaning(path.read_bytes()))
    assert len(said) == 2
    there = [meaning(station.out(raid)) for raid in station.raids()]
    assert sorted(there, key=repr) == sorted(said, key=repr)


def test_bytes_are_kept_before_they_are_parsed(station: Station) -> None:
    with pytest.raises(Refusal):
        station.take(b"<nothing", "broken.xml")
    (line,) = station.read(lambda c: imports.find(c, 10))
    assert (line.format, line.name, line.report["taken"]) == ("refused", "broken.xml", {})
    assert (station.settings.imports_folder() / line.sha256).read_bytes() == b"<nothing"
    with pytest.raises(Refusal):  # it may come again: nothing of it was ever taken
        station.take(b"<nothing", "broken.xml")


def test_same_raid_in_other_bytes_is_known_and_left_alone(station: Station) -> None:
    station.take(RICH)
    (before,) = station.raids()
    outcome = station.take(RICH.replace(b"ns2:", b"x:").replace(b"xmlns:ns2", b"xmlns:x"))
    assert codes(outcome) == {"raid_known"} | (codes(outcome) - {"raid_changed", "same_number"})
    assert dict(outcome.taken) == {"known": 1}
    assert station.raids() == [before]


def test_newer_state_of_a_raid_becomes_its_next_revision(either: Station) -> None:
    either.take(TRACKED)
    (before,) = either.raids()
    newer = (
        TRACKED.decode()
        .replace("<ns2:dValue>2.0<", "<ns2:dValue>4.0<")
        .replace('<ns2:observations categoryKey="violation.camp."/>', "")
        .replace('<ns2:waypoints id="2"', '<ns2:waypoints id="9" x="131.5" y="42.5" '
                 'time="09:30:00"/><ns2:waypoints id="2"')
    )  # fmt: skip
    outcome = either.take(newer.encode(), "newer.xml")
    assert {"raid_changed", "observation_gone"} <= codes(outcome)
    (raid,) = either.raids()
    assert (raid.raid_id, raid.revision) == (before.raid_id, 2)
    assert raid.legs[0].tracks == before.legs[0].tracks  # the same points are not stored twice
    assert either.count("tracks") == 1
    kept = either.read(lambda c: observations.of_raid(c, raid.raid_id))
    gone = [o for o in kept if o.withdrawn]
    assert [o.category for o in gone] == ["violation.camp."]
    assert gone[0].withdrawn == "В новом файле «newer.xml» этого нет."
    changed = next(o for o in kept if o.attributes.get("count") == 4.0)
    assert changed.revision == 2
    assert sorted(o.revision for o in kept if not o.withdrawn) == [1, 1, 1, 1, 2]


def test_other_raid_under_the_same_number_is_filed_beside_and_flagged(station: Station) -> None:
    station.take(RICH)
    other = RICH.replace(b"2026-03-0", b"2026-04-0")
    assert "same_number" in codes(station.take(other))
    first, second = station.raids()
    assert first.number == second.number
    assert any(flaw.startswith("same_number") for flaw in second.flaws)


def test_raid_filed_by_hand_is_never_changed_by_a_file(station: Station) -> None:
    station.take(RICH)
    (raid,) = station.raids()
    with writing(station.engine) as connection:
        connection.execute(tables.raids.update().values({"import": None}))
    outcome = station.take(RICH.replace("всё спокойно".encode(), b"quiet"))
    assert "same_number" in codes(outcome)
    assert len(station.raids()) == 2
    assert raid in station.raids()


def test_people_are_known_by_number_then_by_name(station: Station) -> None:
    with writing(station.engine) as connection:
        one = people.add(connection, "Тестова Ивана", NOW, "E1", "Ивана", "Тестова")
        two = people.add(connection, "Пётр Примеров", NOW)
    outcome = station.take(RICH)
    assert codes(outcome) >= {"person_name_differs"}
    assert "person_added" not in codes(outcome)
    (raid,) = station.raids()
    assert [m.person for m in raid.legs[0].members] == [one.person, two.person]


@pytest.mark.parametrize("ours", [False, True])
def test_people_and_terms_of_the_parks_own_files_are_active_at_once(
    station: Station, ours: bool
) -> None:
    outcome = station.take(RICH, ours=ours)
    assert (outcome.taken["people"], outcome.taken["terms"]) == (2, 4)
    assert {person.active for person in station.read(people.find)} == {ours}
    came = [remark.text("ru") for remark in outcome.remarks if remark.code.endswith("_added")]
    assert len(came) == 6
    assert all(("неактивн" in text) != ours for text in came)
    team = select(tables.terms.c.active).where(tables.terms.c.kind == "team")
    assert station.read(lambda c: c.scalars(team).all()) == [ours]


def test_archive_brings_photographs_to_what_they_show(station: Station) -> None:
    attached = {"snare 1.jpg": b"a picture", "stop.jpg": b"another", "unasked.jpg": b"?"}
    outcome = station.take(archive_of({"p.xml": RICH}, attached), "p.zip")
    assert outcome.taken["photographs"] == 2
    assert {"attachment_missing", "attachment_unclaimed"} <= codes(outcome)
    (raid,) = station.raids()
    there = station.read(lambda c: photographs.of_raid(c, raid.raid_id))
    assert {(p.name, p.level) for p in there} == {
        ("snare 1.jpg", Level.OBSERVATION),
        ("stop.jpg", Level.WAYPOINT),
    }
    assert meaning(station.out(raid)) == meaning(RICH)
    newer = RICH.replace("всё спокойно".encode(), b"quiet")
    again = station.take(archive_of({"p.xml": newer}, attached), "p2.zip")
    assert "photographs" not in again.taken  # they hang there already
    with writing(station.engine) as connection:
        for photograph in there:
            photographs.withdraw(connection, photograph.photograph_id, "чужой")
    assert b"snare 1.jpg" not in station.out(raid)


def test_broken_document_in_an_archive_keeps_no_other_out(station: Station) -> None:
    raw = archive_of({"bad.xml": b"<!DOCTYPE a><a/>", "good.xml": RICH}, {})
    outcome = station.take(raw, "p.zip")
    assert outcome.taken["raids"] == 1
    assert [r.where for r in outcome.remarks if r.code == "doctype"] == ["bad.xml"]


def test_model_is_taken_into_ours_and_sensitivity_stays(station: Station) -> None:
    before = station.read(models.current)
    assert station.take(MODEL).taken == {"models": 1}
    after = station.read(models.current)
    assert after.categories[0].key == "violation"
    kept = {c.key: c.sensitivity for c in before.categories}
    assert {c.key: c.sensitivity for c in after.categories} == kept
    assert set(asked(after).categories) == set(asked(before).categories)
    assert set(asked(after).attributes) == {"action", "told", "note"} | set(
        asked(before).attributes
    )
    assert (
        asked(after).attributes["count"].names["en"]
        == asked(before).attributes["count"].names["en"]
    )
    outcome = station.take(write_model(after), "again.xml")
    assert codes(outcome) == {"model_same"}


def test_model_is_changed_only_by_those_who_may(station: Station) -> None:
    analyst = Account("analyst", "Тестов", Role.ANALYST, account=1)
    outcome = station.take(MODEL, by=analyst)
    assert codes(outcome) == {"model_not_allowed"}
    assert station.count("data_models") == 0


def test_raid_that_cannot_be_filed_is_told_and_keeps_no_other_out(station: Station) -> None:
    """A guest has no raids in sight: what is there already is not theirs to change."""
    station.take(RICH)
    newer = RICH.replace("всё спокойно".encode(), b"quiet")
    other = RICH.replace("№ 7".encode(), b"8")
    guest = Account("guest", "Тестов", Role.GUEST, account=1)
    outcome = station.take(archive_of({"1.xml": newer, "2.xml": other}, {}), "p.zip", guest)
    refused = [r for r in outcome.remarks if r.code == "raid_refused"]
    assert [(r.where, r.values["number"]) for r in refused] == [("1.xml", "РЕЙД № 7")]
    assert outcome.taken["raids"] == 1
    assert sorted(raid.number for raid in station.raids()) == ["РЕЙД 8", "РЕЙД № 7"]


def test_units_file_becomes_a_raid_to_complete(station: Station) -> None:
    outcome = station.take(GPX, "Барсовый 14 июля.gpx")
    assert {"gps_raid", "gps_proposal"} <= codes(outcome)
    (raid,) = station.raids()
    assert (raid.number, raid.kind) == ("Барсовый 14 июля", RaidKind.RAID)
    # From 23:50 to 00:20:00.5 by the wall clock: two days.
    assert [(str(d.date), str(d.start_time), str(d.end_time)) for d in raid.legs[0].days] == [
        ("2025-07-15", "23:50:00", "23:50:00"),
        ("2025-07-16", "00:20:00", "00:20:01"),
    ]
    inside, outside = sorted(station.observations(), key=lambda o: str(o.comment))
    assert (inside.comment, inside.category, inside.raid_id) == ("ПТ12", None, raid.raid_id)
    assert (outside.comment, outside.raid_id) == ("старая", None)
    _, totals = station.read(lambda c: raids.get(c, raid.raid_id))
    assert 1000 < totals.distance_m < 1200


def test_file_of_which_nothing_can_be_taken_is_refused(station: Station) -> None:
    for raw, code in (
        (b'<gpx><trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>', "gps_undated"),
        (b"<gpx></gpx>", "gps_empty"),
        (b"just words", "unknown_format"),
        (b"", "unknown_format"),
        (b"<kml/>", "unknown_document"),
        (b"PK\x05\x06" + bytes(18), "archive_empty"),
        (b"category;lat_deg\n;\n", "csv_empty"),
    ):
        with pytest.raises(Refusal) as refused:
            station.take(raw, "file")
        assert refused.value.code == code
    assert station.count("raids") == 0
    assert station.count("imports") == 7


TABLE = (
    "category;date;time;lat_deg;lon_deg;observer;comment;count;colour;leg\r\n"
    'violation.snare;15.07.2025;09:30;43,1234;131,5;E1;"петли; две";2;;1\r\n'
    "нет такой;2025-07-15;;;;;;много;red;\r\n"
    "tiger.track.;2025-07-15;09:40;143;131;;;;;\r\n"
    ";;;;;;;;;\r\n"
    ";2025-07-16;;43.2;131.6;;просто место;;;;лишнее\r\n"
)


def test_table_of_observations_is_read(station: Station) -> None:
    outcome = station.take(TABLE.encode(), "наблюдения.csv")
    assert outcome.taken["observations"] == 2
    bad = [(r.where, r.values["column"]) for r in outcome.remarks if r.code == "csv_line"]
    assert bad == [("3", "category"), ("4", "lat_deg")]
    assert {"csv_read_as", "csv_passed_over", "csv_cells", "unknown_attribute"} <= codes(outcome)
    snare, place = station.observations()
    assert (snare.category, snare.lat_deg, snare.lon_deg) == ("violation.snare.", 43.1234, 131.5)
    assert snare.observed_utc == datetime(2025, 7, 14, 23, 30, tzinfo=UTC)
    assert (snare.comment, snare.attributes) == ("петли; две", {"count": 2.0})
    assert (place.comment, place.category, place.observed_utc) == ("просто место", None, None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251", "utf-16"])
def test_table_is_read_in_the_encodings_that_spreadsheets_write(encoding: str) -> None:
    making = Making(asked(read_model(MODEL).model), zone_of(ZONE), numbered_ids())
    raw = TABLE.encode(encoding)
    assert is_csv(raw[:64])
    found = observations_of(raw, "a.csv", making).observations
    assert [o.comment for o in found] == ["петли; две", "просто место"]


def test_table_with_ids_changes_what_it_names(station: Station) -> None:
    head = "observation_id,category,observed_utc,lat_deg,lon_deg\n"
    row = "019a0000-0000-7000-8000-000000000001,{},2025-07-15T01:00:00Z,43.1,131.2\n"
    station.take((head + row.format("tiger.track.")).encode(), "a.csv")
    assert station.take((head + row.format("tiger.track.") + "\n").encode(), "b.csv").taken == {
        "known": 1
    }
    twice = head + row.format("leopard.track.") * 2
    outcome = station.take(twice.encode(), "c.csv")
    assert "csv_twice" in codes(outcome)
    assert station.count("observations") == 1


def test_walk_of_a_count_finds_its_count_and_route(station: Station) -> None:
    count_id, route_id = (f"019a0000-0000-7000-8000-00000000000{n}" for n in (1, 2))
    with writing(station.engine) as connection:
        connection.execute(tables.counts.insert().values(
            count_id=UUID(count_id), revision=1, name="Учёт", start_date=date(2026, 2, 1),
            end_date=date(2026, 3, 15), settings={},
        ))  # fmt: skip
        connection.execute(tables.routes.insert().values(
            route_id=UUID(route_id), revision=1, number="14", name="Барсовый", line=[],
            planned_m=1.0, active=True,
        ))  # fmt: skip
    walk = '<ns2:attributes key="raid_kind" stringValue="count"/><ns2:attributes key="route" {}/>'
    for number, told in (
        ("1", 'stringValue="14"'),
        ("2", 'doubleValue="14.0"'),
        ("3", 'stringValue="15"'),
    ):
        raw = RICH.decode().replace("РЕЙД № 7", number)
        station.take(raw.replace("</ns2:patrol>", walk.format(told) + "</ns2:patrol>").encode())
    known = {raid.number: (str(raid.count_id), str(raid.route_id)) for raid in station.raids()}
    assert known == {
        "1": (count_id, route_id), "2": (count_id, route_id), "3": (count_id, "None"),
    }  # fmt: skip


def test_damage_within_a_file_costs_only_what_it_hit(station: Station) -> None:
    outcome = station.take(RICH[: RICH.index(b"</ns2:waypoints>") + 40])
    assert "broken" in codes(outcome)
    (raid,) = station.raids()
    assert "file_broken" in raid.flaws
    assert outcome.taken["observations"] >= 3


def command(folder: Path, *files: str, capsys: Any) -> tuple[int, str]:
    config = folder / "ground.toml"
    config.write_text(f'[ground]\ndata = "{folder / "data"}"\n[ground.station]\nzone = "{ZONE}"\n')
    code = cli.main(["import", "--config", str(config), "--lang", "en", *files])
    return code, capsys.readouterr().out


def test_command_says_what_was_taken_and_what_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, cut = (tmp_path / name for name in ("good.xml", "bad.xml", "cut.xml"))
    good.write_bytes(RICH)
    bad.write_bytes(b"<kml/>")
    cut.write_bytes(RICH.replace("№ 7".encode(), b"8")[:-100])
    code, out = command(tmp_path, str(good), capsys=capsys)
    assert code == 0
    assert out.startswith("good.xml (smart patrol): raids 1, observations 5, new people 2")
    code, out = command(tmp_path, str(good), str(cut), capsys=capsys)
    assert code == 3
    assert "this very file was taken on" in out
    assert "the file is damaged" in out
    code, out = command(tmp_path, str(bad), str(tmp_path / "absent"), capsys=capsys)
    assert code == 4
    assert "<kml> is neither a SMART patrol nor a data model" in out
    assert "absent: cannot be opened: No such file" in out


def test_file_comes_over_the_wire(run_station: Callable[..., Any], tmp_path: Path) -> None:
    running = run_station(station={"zone": ZONE})
    answer = running.client.post("/api/v1/imports", params={"name": "a.xml"}, content=RICH)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["taken"]["raids"], told["already"]) == (1, None)
    assert {"where", "code", "text", "times"} == set(told["remarks"][0])
    again = running.client.post("/api/v1/imports", params={"name": "a.xml"}, content=RICH).json()
    assert (again["import"], again["already"] is not None) == (told["import"], True)
    refused = running.client.post(
        "/api/v1/imports", params={"name": "b.xml"}, content=b"<!DOCTYPE a><a/>"
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "doctype")
    lines = running.client.get("/api/v1/imports").json()
    assert [line["format"] for line in lines] == ["refused", "smart patrol"]
    assert json.dumps(lines)
