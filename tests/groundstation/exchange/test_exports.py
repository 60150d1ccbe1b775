"""Exports: other programs read them, and nothing is in them that the asker may not see."""

import csv
import io
import json
import re
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
import pyogrio
import pytest
from lxml import etree

from firmware_bridge.tracks import Segment, Track
from groundstation.access.account import Account, console
from groundstation.access.roles import Role
from groundstation.config import GroundSettings
from groundstation.exchange.exports.capthist import latin
from groundstation.exchange.exports.export import write
from groundstation.exchange.exports.formats import FORMATS
from groundstation.exchange.exports.gather import Gathering, Wanted, public
from groundstation.exchange.exports.utm import utm_m
from groundstation.photographs.folder import keep
from groundstation.records.observation import Observation
from groundstation.records.photograph import Level
from groundstation.records.raid import (
    Day,
    Leg,
    Member,
    PatrolType,
    Raid,
    RaidKind,
    TrackPart,
)
from groundstation.records.site import Site, SiteKind
from groundstation.store import (
    audit,
    observations,
    people,
    photographs,
    raids,
    sites,
    terms,
    tracks,
)
from groundstation.store.console import open_store, reading, writing
from groundstation.store.tables import tracks as track_rows

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
CONSOLE = console("tests")
VLADIVOSTOK = timezone(timedelta(hours=10))
RAID = UUID("019a0000-0000-7000-8000-00000000a001")
AMBUSH = UUID("019a0000-0000-7000-8000-00000000a002")
SITE = UUID("019a0000-0000-7000-8000-00000000b001")
SNARE, LEOPARD, DEN, CHECK, PICTURE, OFFENDER, OUTSIDE = (
    UUID(f"019a0000-0000-7000-8000-00000000c00{n}") for n in range(1, 8)
)
HEAD = Account("head", "Тестов", Role.HEAD_OF_SECURITY, account=1)
ANALYST = Account("analyst", "Примеров", Role.ANALYST, account=2)
INSPECTOR = Account("inspector", "Образцов", Role.INSPECTOR, account=3)
COMMENT = '=HYPERLINK("http://x") <b>&\'\x0b у ручья'
EXIF_SECRET = b"GPS 43.123456 131.654321"


def way(start: datetime, points: int) -> Segment:
    """A walk to the north-east, a point in ten seconds, 14 m apart."""
    n = np.arange(points)
    return Segment(
        int(start.timestamp() * 1e6) + n * 10_000_000,
        43.2 + n * 1e-4,
        131.4 + n * 1e-4,
        np.where(n % 7 == 3, np.nan, 100.0 + n),
    )


def jpeg() -> bytes:
    """A picture whose Exif says where it was taken."""
    made = cv2.imencode(".jpg", np.full((32, 32, 3), 90, np.uint8))[1].tobytes()
    app1 = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + EXIF_SECRET
    return made[:2] + b"\xff\xe1" + (len(app1) + 2).to_bytes(2, "big") + app1 + made[2:]


def observed(key: UUID, category: str | None, minute: int, **more: object) -> Observation:
    values = {
        "observation_id": key,
        "revision": 1,
        "category": category,
        "raid_id": RAID,
        "leg": "1",
        "observed_utc": datetime(2026, 2, 3, 0, minute, tzinfo=UTC),
        "utc_offset_s": 36_000,
        "lat_deg": 43.2034,
        "lon_deg": 131.4034,
        "waypoint": str(minute),
    }
    return Observation(**(values | more))


def fill(connection, photographs_folder: Path) -> None:
    """A raid with everything on it, an ambush of another team, an incident outside."""
    boss = people.add(connection, "Тестов Иван", NOW, "T001", "Иван", "Тестов").person
    mate = people.add(connection, "Примеров Пётр", NOW, "T002", "Пётр", "Примеров").person
    terms.put(connection, "team", "team1", {"ru": "Опергруппа 1", "en": "Team 1"})
    segment = way(datetime(2026, 2, 3, 0, 0, tzinfo=UTC), 200)
    row = tracks.row_of(Track("t", [segment]), [False], 0, int(NOW.timestamp() * 1e6))
    key = connection.execute(track_rows.insert().values(row)).inserted_primary_key[0]
    leg = Leg(
        "1",
        date(2026, 2, 3),
        date(2026, 2, 3),
        "foot",
        "protection",
        [Member(boss, is_leader=True), Member(mate)],
        [Day(date(2026, 2, 3), time(10), time(12), 15.0, 36_000)],
        [TrackPart(key)],
    )
    raid = Raid(
        RAID, 1, RaidKind.RAID, "2026-017", PatrolType.GROUND, date(2026, 2, 3), date(2026, 2, 3),
        armed=True, team="team1", objective="Проверка <ручья> & тропы", legs=[leg],
    )  # fmt: skip
    raids.file(connection, raid, CONSOLE, NOW)
    night = replace(
        raid, raid_id=AMBUSH, kind=RaidKind.AMBUSH, number="2026-018", team=None, armed=False,
        lat_deg=43.3, lon_deg=131.5, decoy="чучело", start_date=date(2026, 2, 10),
        end_date=date(2026, 2, 11), objective=None,
        legs=[replace(leg, start_date=date(2026, 2, 10), end_date=date(2026, 2, 11), tracks=[],
                      days=[Day(date(2026, 2, 10), time(20), time(6), 0.0, 36_000)])],
    )  # fmt: skip
    raids.file(connection, night, CONSOLE, NOW)
    sites.file(
        connection, Site(SITE, 1, SiteKind.CAMERA_TRAP, "ФЛ-07", 43.2101, 131.4101), CONSOLE, NOW
    )
    for one in (
        observed(SNARE, "violation.snare.", 10, attributes={"count": 2.5}, comment=COMMENT),
        observed(LEOPARD, "leopard.sign.", 20, observer=mate, lat_deg=43.2077, lon_deg=131.4077),
        observed(DEN, "leopard.den.", 25, lat_deg=43.2088, lon_deg=131.4088),
        observed(CHECK, "camera_trap.", 30, site_id=SITE, lat_deg=43.2101, lon_deg=131.4101,
                 attributes={"camera": "ФЛ-07", "camera_works": True}),
        observed(PICTURE, "leopard.sign.", 30, site_id=SITE,
                 attributes={"individual": "Меамур", "photographed_on": "2026-01-20"}),
        observed(OFFENDER, "violation.people.", 31,
                 attributes={"persons": 1.0, "offender_name": "Условный Нарушитель"}),
        observed(OUTSIDE, "violation.logging.", 40, raid_id=None, leg=None, waypoint=None),
    ):  # fmt: skip
        observations.file(connection, one, CONSOLE, NOW)
    kept = keep(photographs_folder, jpeg())
    photographs.put(
        connection, kept, UUID(int=77), "петля.jpg", RAID, SNARE, Level.OBSERVATION, CONSOLE, NOW
    )


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> GroundSettings:
    settings = GroundSettings(data=tmp_path_factory.mktemp("station"))
    with open_store(settings) as engine, writing(engine) as connection:
        fill(connection, settings.photographs_folder())
    return settings


@pytest.fixture
def export(settings, tmp_path):
    """`export("gpx", account=HEAD)`: the file and what was said of it."""

    def run(name, target=None, account=HEAD, seen_as=None, language="ru", **wanted):
        path = tmp_path / (target or f"out{FORMATS[name].suffix}")
        with open_store(settings) as engine, reading(engine) as connection:
            gathering = Gathering(
                connection, account, seen_as or account, Wanted(**wanted), VLADIVOSTOK
            )
            done = write(name, path, path, gathering, language, settings.photographs_folder())
        return path, done

    return run


def judged(path: Path, kind: str, tmp_path: Path) -> etree._Element:
    """The file as gpsbabel understands it, as GPX."""
    out = tmp_path / "judged.gpx"
    command = ["gpsbabel", "-t", "-w", "-i", kind, "-f", str(path), "-o", "gpx", "-F", str(out)]
    subprocess.run(command, check=True, timeout=20)
    return etree.parse(out).getroot()


GPX = {"g": "http://www.topografix.com/GPX/1/1"}


def test_gpsbabel_reads_our_gpx_with_every_point_and_time(export, tmp_path):
    path, done = export("gpx")
    ours = etree.parse(path).getroot()
    assert (done.written.raids, done.written.points) == (2, 200)
    found = judged(path, "gpx", tmp_path)
    points = found.findall(".//{*}trkpt")
    assert len(points) == len(ours.findall(".//g:trkpt", GPX)) == 200
    assert points[0].findtext("{*}time") == "2026-02-03T00:00:00Z"
    assert float(points[1].get("lat")) == pytest.approx(43.2001, abs=1e-8)
    assert points[3].find("{*}ele") is None
    assert len(found.findall(".//{*}wpt")) == done.written.observations == 7
    snare = next(
        w
        for w in ours.findall("g:wpt", GPX)
        if w.findtext("g:type", None, GPX) == "violation.snare."
    )
    assert snare.findtext("g:cmt", None, GPX) == COMMENT.replace("\x0b", "?")
    assert snare.findtext("g:name", None, GPX) == "Петля"
    assert snare.findtext("g:desc", None, GPX) == "Количество: 2.5"


@pytest.mark.parametrize("suffix", [".kml", ".kmz"])
def test_gpsbabel_reads_our_kml(export, tmp_path, suffix):
    path, _ = export("kml", f"out{suffix}", language="en")
    if suffix == ".kmz":
        path.with_suffix(".kml").write_bytes(zipfile.ZipFile(path).read("doc.kml"))
    root = etree.parse(path.with_suffix(".kml")).getroot()
    names = [folder.findtext("{*}name") for folder in root.iter("{*}Folder")]
    assert names == [
        "Raid, 2026-017, 2026-02-03, Team 1", "Ambush, 2026-018, 2026-02-10 - 2026-02-11",
        "Outside raids",
    ]  # fmt: skip
    found = judged(path.with_suffix(".kml"), "kml", tmp_path)
    assert len(found.findall(".//{*}trkpt")) == 200
    assert len(found.findall(".//{*}wpt")) == 7
    described = [p.findtext("{*}description") for p in root.iter("{*}Placemark")]
    assert any(text and text.startswith("Петля\nSnare") for text in described)


def test_geojson_is_of_rfc_7946(export):
    path, _ = export("geojson")
    found = json.loads(path.read_text(encoding="utf-8"))
    features = {feature["id"]: feature for feature in found["features"]}
    raid = features[f"raid:{RAID}"]
    assert raid["geometry"]["type"] == "MultiLineString"
    line, stamps = raid["geometry"]["coordinates"][0], raid["properties"]["coordTimes"][0]
    assert line[0] == [131.4, 43.2, 100.0]
    assert line[3] == [131.4003, 43.2003]
    assert (len(line), stamps[1]) == (200, "2026-02-03T00:00:10Z")
    assert raid["properties"]["distance_m"] == pytest.approx(2735, abs=5)
    assert features[f"raid:{AMBUSH}"]["geometry"] == {"type": "Point", "coordinates": [131.5, 43.3]}
    assert "crs" not in found
    snare = features[f"observation:{SNARE}"]
    assert snare["geometry"] == {"type": "Point", "coordinates": [131.4034, 43.2034]}
    assert snare["properties"]["attributes"] == {"count": 2.5}


def test_gdal_reads_our_geopackage_with_its_types(export):
    path, _ = export("gpkg")
    layers = dict(pyogrio.list_layers(path).tolist())
    assert layers == {
        "raids": "Point", "tracks": "LineString Z", "observations": "Point", "routes": "LineString",
    }  # fmt: skip

    def rows(layer):
        meta, _, geometry, columns = pyogrio.raw.read(path, layer=layer)
        return geometry, dict(zip(meta["fields"].tolist(), columns, strict=True)), meta

    geometry, raid, meta = rows("raids")
    assert meta["crs"] == "EPSG:4326"
    assert raid["number"].tolist() == ["2026-017", "2026-018"]
    assert raid["start_date"].tolist() == [date(2026, 2, 3), date(2026, 2, 10)]
    assert raid["armed"].tolist() == [True, False]
    assert geometry[0] is None
    geometry, track, _ = rows("tracks")
    assert len(geometry[0]) == 9 + 200 * 24
    assert track["start_utc"][0] == np.datetime64("2026-02-03T00:00:00")
    assert track["counted_km"][0] == pytest.approx(2.735, abs=0.005)
    _, seen, _ = rows("observations")
    assert len(seen["category"]) == 7
    assert "Количество" in seen["attributes"][seen["category"].tolist().index("violation.snare.")]


def test_an_empty_span_makes_a_geopackage_with_empty_layers(export):
    path, done = export("gpkg", first=date(2030, 1, 1))
    assert done.written.raids == 0
    assert all(pyogrio.read_info(path, layer=n)["features"] == 0 for n in ("raids", "tracks"))


@pytest.mark.parametrize(
    ("language", "delimiter", "decimal", "category"),
    [("ru", ";", "2,5", "Петля"), ("en", ",", "2.5", "Snare")],
)
def test_csv_opens_in_a_spreadsheet_of_that_language(
    export, language, delimiter, decimal, category
):
    path, _ = export("csv", language=language)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in raw
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=delimiter))
    assert len({len(row) for row in rows}) == 1
    table = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    titles = {"ru": ("Номер рейда", "Категория", "Примечание", "Местное время"),
              "en": ("Raid number", "Category", "Comment", "Local time")}  # fmt: skip
    number, kind, comment, wall = titles[language]
    snare = next(row for row in table if row[kind] == category)
    assert decimal in snare.values()
    assert snare[comment].startswith("'=HYPERLINK")
    assert snare[wall] == "2026-02-03 10:10:00"
    # The ambush found nothing and is there all the same; so is what was seen outside.
    assert sorted({row[number] for row in table}) == ["", "2026-017", "2026-018"]


def test_capthist_is_as_secr_reads_it(export):
    path, done = export("capthist", first=date(2026, 1, 1), last=date(2026, 3, 31))
    with zipfile.ZipFile(path) as archive:
        capt, trap = (archive.read(n).decode() for n in ("capt.txt", "trap.txt"))
    lines = [line.split() for line in capt.splitlines() if line[0] != "#"]
    assert lines == [["2026-01-01-2026-03-31", "Meamur", "1", "FL-07"]]
    assert "# Meamur = Меамур" in capt
    ((detector, x, y, usage),) = [line.split() for line in trap.splitlines() if line[0] != "#"]
    # The picture of January 20 and the check of February 3: it worked on both days for certain.
    assert (detector, usage) == ("FL-07", "1" + "0" * 13 + "1")
    assert (float(x), float(y)) == pytest.approx((695_776, 4_786_967), abs=1)
    assert done.written.observations == 1


def test_capthist_of_nothing_says_so(export):
    with pytest.raises(Exception, match="neither checks of camera traps"):
        export("capthist", first=date(2030, 1, 1))


@pytest.mark.parametrize(
    ("lat", "lon", "east", "north", "zone"),
    [  # as gpsbabel's unicsv has them with grid=utm
        (43.2101, 131.4101, 695_776, 4_786_967, "52N"),
        (-33.45, -70.65, 346_643, 6_297_607, "19S"),
        (0.0, 3.0, 500_000, 0, "31N"),
    ],
)
def test_places_in_metres_are_those_of_utm(lat, lon, east, north, zone):
    x, y, where = utm_m(np.array([lat]), np.array([lon]))
    assert where == zone
    assert (x[0], y[0]) == pytest.approx((east, north), abs=0.6)


def test_identifiers_are_latin_and_stay_apart():
    assert latin(["ФЛ-1", "FL-1", "Щука_2 б", "ъ"]) == {
        "FL-1": "FL-1", "ФЛ-1": "FL-1-2", "Щука_2 б": "Schuka-2-b", "ъ": "x",
    }  # fmt: skip


def test_smart_goes_out_with_its_pictures_and_without_their_metadata(export):
    path, done = export("smart")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert sorted(n for n in names if n.endswith(".xml")) == ["2026-017.xml", "2026-018.xml"]
        document = etree.fromstring(archive.read("2026-017.xml"))
        (attachment,) = [n for n in names if n.startswith("attachments/")]
        picture = archive.read(attachment)
    told = [a.get("filename") for a in document.iter("{*}attachments")]
    assert told == [attachment.removeprefix("attachments/")]
    assert EXIF_SECRET in jpeg()
    assert EXIF_SECRET not in picture
    assert cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR).shape == (32, 32, 3)
    assert done.written.points == 200
    assert done.written.left_out["outside_raids"] == 1
    assert {m.get("employeeId") for m in document.iter("{*}members")} == {"T001", "T002"}


def test_one_raid_of_smart_may_be_plain_xml(export):
    path, done = export("smart", "one.xml", raid_id=AMBUSH)
    assert etree.parse(path).getroot().get("id") == "2026-018"
    with pytest.raises(Exception, match="exactly one raid"):
        export("smart", "two.xml")
    assert done.written.raids == 1


EVERY = sorted(FORMATS)
TELLING = {
    "Условный": "an offender",
    "Тестов": "an inspector",
    "Примеров": "an inspector",
    "T001": "an employee number",
    "ручья": "free text",
    "43.2077": "a leopard's place",
    "43,2077": "a leopard's place",
    "43.2088": "a den's place",
    "leopard.den": "a den",
    str(DEN): "a den",
    "43.2101": "a camera's place",
    "43,2101": "a camera's place",
    "695776.3": "a camera's place",
    "console:": "who filed it",
}


def contents(path: Path) -> str:
    """Everything that is in a file, archives opened, geometry as text."""
    if path.suffix == ".gpkg":
        found = []
        for name, _ in pyogrio.list_layers(path).tolist():
            _, _, geometry, columns = pyogrio.raw.read(path, layer=name)
            found += [repr(column.tolist()) for column in columns]
            places = [np.frombuffer(g[-16:], "<f8") for g in geometry if g is not None]
            found += [repr(np.round(place, 7).tolist()) for place in places]
        return " ".join(found)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return " ".join(
                archive.read(n).decode("latin-1" if ".jpg" in n else "utf-8")
                for n in archive.namelist()
            )
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EVERY)
def test_for_the_public_nothing_tells_who_where_or_whose_den(export, name):
    path, done = export(name, seen_as=public(HEAD))
    text = contents(path)
    for word, what in TELLING.items():
        assert word not in text, what
    assert "attachments/" not in text
    assert done.written.points == 0
    assert done.gathering.withheld == 1


def test_what_tells_would_be_found(export):
    for name in EVERY:
        path, _ = export(name)
        text = contents(path)
        assert any(word in text for word in TELLING), name


def test_for_the_public_a_leopard_is_somewhere_in_ten_kilometres(export):
    path, _ = export("geojson", seen_as=public(HEAD))
    features = {f["id"]: f for f in json.loads(path.read_text(encoding="utf-8"))["features"]}
    leopard = features[f"observation:{LEOPARD}"]
    assert leopard["geometry"]["coordinates"] == [131.45, 43.25]
    check = features[f"observation:{CHECK}"]
    assert check["geometry"]["coordinates"] == pytest.approx([131.415, 43.215])
    assert features[f"raid:{RAID}"]["geometry"] is None
    assert features[f"raid:{AMBUSH}"]["geometry"] is None
    assert features[f"observation:{SNARE}"]["geometry"]["coordinates"] == [131.4034, 43.2034]


def test_an_analyst_sees_sightings_but_no_den_and_no_offender(export):
    path, done = export("geojson", account=ANALYST)
    text = path.read_text(encoding="utf-8")
    assert "Условный" not in text
    assert str(DEN) not in text
    assert done.written.points == 200
    assert done.gathering.withheld == 1


def test_an_inspector_exports_only_what_is_theirs(export):
    path, done = export("geojson", account=INSPECTOR)
    assert json.loads(path.read_text(encoding="utf-8"))["features"] == []
    assert done.written.raids == 0
    with pytest.raises(Exception, match="no such raid"):
        export("geojson", account=INSPECTOR, raid_id=RAID)


def test_withdrawn_records_stay_here(export, settings):
    key = UUID("019a0000-0000-7000-8000-00000000c0ff")
    with open_store(settings) as engine, writing(engine) as connection:
        observations.file(connection, observed(key, "violation.trap.", 50), CONSOLE, NOW)
        observations.withdraw(connection, key, 1, "ошибка", CONSOLE, NOW)
    path, _ = export("geojson")
    assert str(key) not in path.read_text(encoding="utf-8")


def test_an_unknown_format_and_a_reversed_span_are_refused(export):
    with pytest.raises(Exception, match="shp"):
        export("shp", "out.shp")
    with pytest.raises(Exception, match="before its beginning"):
        export("gpx", first=date(2026, 3, 1), last=date(2026, 2, 1))


# The command.


def run_command(settings, *arguments: str) -> int:
    from groundstation.cli import main

    config = settings.data / "kedrovka.toml"
    config.write_text(
        f'[ground]\ndata = "{settings.data}"\n[ground.station]\nzone = "Asia/Vladivostok"\n',
        encoding="utf-8",
    )
    return main(["export", "--config", str(config), *arguments])


def last_entries(settings) -> list[audit.Entry]:
    with open_store(settings) as engine, reading(engine) as connection:
        return [e for e in audit.find(connection, 50) if e.kind == "export"]


def test_the_command_writes_the_file_says_what_it_holds_and_notes_it(settings, tmp_path, capsys):
    before = len(last_entries(settings))
    out = tmp_path / "рейды.gpx"
    assert run_command(settings, "--format", "gpx", "--out", str(out)) == 0
    said = capsys.readouterr().out
    assert re.search(r"рейдов 2, наблюдений 7, точек пути 200", said)
    assert [p.name for p in tmp_path.iterdir()] == [out.name]
    entries = last_entries(settings)
    assert len(entries) == before + 1
    assert (entries[0].subject, entries[0].detail["raids"]) == ("gpx", 2)


def test_a_public_file_is_told_of_what_it_leaves_out(settings, tmp_path, capsys):
    out = tmp_path / "out.geojson"
    arguments = ["--format", "geojson", "--out", str(out), "--public", "--lang", "en"]
    assert run_command(settings, *arguments) == 0
    said = capsys.readouterr().out
    assert "withheld: places of this category are not given out: 1" in said
    assert "ways of raids are not yours to see: 2" in said


def test_a_refused_export_leaves_the_old_file_alone(settings, tmp_path, capsys):
    out = tmp_path / "out.xml"
    out.write_text("before", encoding="utf-8")
    assert run_command(settings, "--format", "smart", "--out", str(out)) == 1
    assert "ровно один рейд" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["out.xml"]


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["--format", "gpx"], 2, "--out"),
        (["--format", "earthranger"], 2, "--server"),
        (["--format", "gpx", "--out", "/nowhere/at/all.gpx"], 1, "/nowhere/at/all.gpx"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(settings, capsys, arguments, code, word):
    assert run_command(settings, *arguments) == code
    assert word in capsys.readouterr().err


# Over HTTP.


def test_the_file_comes_over_http_named_and_noted(run_station, tmp_path):
    station = run_station(dock={"enabled": False})
    folder = station.settings.photographs_folder()
    station.station.store.at_start(lambda c: fill(c, folder))
    asked = {"from": "2026-02-01", "to": "2026-02-28"}
    answer = station.client.get("/api/v1/exports/geojson", params=asked)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/geo+json"
    assert (
        'filename="kedrovka-geojson-2026-02-01_2026-02-28.geojson"'
        in (answer.headers["Content-Disposition"])
    )
    ids = {feature["id"] for feature in answer.json()["features"]}
    assert {f"raid:{RAID}", f"observation:{DEN}"} <= ids
    guest = station.client.get("/api/v1/exports/geojson", params={**asked, "public": True})
    assert f"observation:{DEN}" not in guest.text
    assert json.loads(guest.headers["X-Kedrovka-Left-Out"]) == {"no_way": 2, "withheld": 1}
    log = station.client.get("/api/v1/audit").json()
    told = [e for e in (log["items"] if isinstance(log, dict) else log) if e["kind"] == "export"]
    assert [(e["subject"], e["detail"]["seen_as"]) for e in told] == [
        ("geojson", "guest"), ("geojson", "administrator"),
    ]  # fmt: skip
    refused = station.client.get("/api/v1/exports/shp")
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_format")
    assert list(station.settings.data.glob(".export-*")) == []
