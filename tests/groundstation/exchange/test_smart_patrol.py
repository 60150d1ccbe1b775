"""SMART's patrols: nothing is lost on the way to our records and back, whatever the file holds."""

from datetime import date, time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundstation.exchange.came import DAY, DISTANCE, Came, Making, Names
from groundstation.exchange.remarks import Remarks
from groundstation.exchange.smart.document import MAX_BYTES, parse
from groundstation.exchange.smart.from_records import File, Told, patrol_of_records
from groundstation.exchange.smart.geometry import BrokenGeometry, hex_of, lines_of
from groundstation.exchange.smart.model_xml import read_model
from groundstation.exchange.smart.patrol import Patrol
from groundstation.exchange.smart.patrol_read import patrol_of
from groundstation.exchange.smart.patrol_write import length_km, write_patrol
from groundstation.exchange.smart.to_records import records_of
from groundstation.exchange.smart.way import Way
from groundstation.records.check import asked
from groundstation.records.model import DataModel
from groundstation.records.raid import PatrolType, Raid, RaidKind
from groundstation.records.wall_clock import zone_of
from groundstation.words import Refusal
from sim.patrols import make_park, raids
from sim.patrols.smart import patrol_xml
from tests.groundstation.exchange.smart_files import (
    MODEL,
    OLD,
    RICH,
    Everybody,
    meaning,
    numbered_ids,
)

ZONE = zone_of("Asia/Vladivostok")
OURS = read_model(MODEL).model
SAMPLES = ("smart_patrol_v1.3_SMART_000006_001.xml", "example_patrol_v1.3_ru_synthetic.xml")


def read(raw: bytes) -> tuple[Patrol, Remarks]:
    remarks = Remarks()
    return patrol_of(parse(raw, "file.xml", remarks), "file.xml", remarks), remarks


def came(raw: bytes, model: DataModel = OURS) -> tuple[Came, Names, Remarks]:
    patrol, remarks = read(raw)
    making = Making(asked(model), ZONE, numbered_ids(), remarks=remarks)
    return records_of(patrol, "file.xml", making), making.names, remarks


def raid_of(raw: bytes) -> Raid:
    raid = came(raw)[0].raid
    assert raid is not None
    return raid


def and_back(raw: bytes, model: DataModel = OURS) -> bytes:
    """Through our records, as when nothing was attached but names."""
    found, names, _ = came(raw, model)
    ways = [
        Way(
            track.leg,
            track.track.segments,
            date.fromisoformat(track.track.extras[DAY]),
            float(told) if (told := track.track.extras.get(DISTANCE)) else None,
        )
        for track in found.tracks
    ]
    assert found.raid is not None
    told = Told(found.raid, found.observations, ways)
    return write_patrol(patrol_of_records(told, Everybody(names), asked(model), ZONE))


def codes(remarks: Remarks) -> list[str]:
    return [remark.code for remark in remarks.listed()]


@pytest.mark.parametrize("model", [OURS, DataModel()], ids=["ours", "another"])
def test_everything_a_patrol_can_say_comes_back(model: DataModel) -> None:
    assert meaning(and_back(RICH, model)) == meaning(RICH)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("park", ["its own", "another"])
def test_sample_comes_back_element_by_element(shared: Path, name: str, park: str) -> None:
    folder = shared / "data/patrol"
    own = read_model((folder / "smart_datamodel_v1.1_png.xml").read_bytes()).model
    raw = (folder / name).read_bytes()
    assert meaning(and_back(raw, own if park == "its own" else OURS)) == meaning(raw)


def test_patrols_of_the_synthetic_park_come_back_element_by_element() -> None:
    park = make_park(3)
    kinds = set()
    for simulated in raids(park, date(2026, 2, 10), date(2026, 2, 16)):
        raw = patrol_xml(simulated, park).encode()
        assert meaning(and_back(raw)) == meaning(raw)
        kinds.add(raid_of(raw).kind)
    assert kinds == {RaidKind.RAID, RaidKind.AMBUSH, RaidKind.COUNT}


def test_length_of_the_sample_is_the_one_it_states(shared: Path) -> None:
    patrol, _ = read((shared / "data/patrol" / SAMPLES[0]).read_bytes())
    (track,) = patrol.legs[0].days[0].tracks
    assert sum(len(line) for line in track.lines) == 7
    assert track.distance_km == 0.009733034297823906
    assert abs(length_km(track.lines) * 1000 - 9.733033894) < 1e-6
    assert abs(length_km(track.lines) - track.distance_km) < 1e-6  # a millimetre


def test_sample_starts_when_it_says(shared: Path) -> None:
    """Z is the wall clock written as UTC: the first point is the day's start."""
    found, _, _ = came((shared / "data/patrol" / SAMPLES[0]).read_bytes())
    assert found.raid is not None
    (day,) = found.raid.legs[0].days
    (segment,) = found.tracks[0].track.segments
    local_s = int(segment.time_us[0]) // 1_000_000 + day.utc_offset_s
    assert (day.start_time, local_s % 86_400) == (time(20, 48, 25), 20 * 3600 + 48 * 60 + 25)


def test_records_say_what_the_patrol_says() -> None:
    found, names, remarks = came(RICH)
    raid = found.raid
    assert raid is not None
    assert (raid.number, raid.kind, raid.patrol_type, raid.armed) == (
        "РЕЙД № 7", RaidKind.RAID, PatrolType.WATER, True,
    )  # fmt: skip
    assert raid.objective == "Устье <Нарвы>"
    labels = {stands: named.label.text for named, stands in names.terms.items()}
    assert (labels[raid.team or ""], labels[raid.station or ""]) == ("Опергруппа 1", "Кордон")
    assert raid.attributes == {"fuel": 12.5, "weather": "snow", "@language": "ru"}
    one, two = raid.legs
    assert (labels[one.transport or ""], labels[one.mandate or ""]) == ("Лодка", "Охрана")
    assert two.transport is None
    assert [(m.person, m.is_leader, m.is_pilot) for m in one.members] == [
        (1, True, True),
        (2, False, False),
    ]
    assert [e.employee_id for e in names.people] == ["E1", None]
    snare, camp, strange, stop, tiger = found.observations
    assert snare.attributes["count"] == 2.0
    assert snare.attributes["fresh"] is False
    assert (snare.attributes["action"], snare.attributes["species"]) == ("seized", "deer.sika.")
    assert snare.attributes["told"] == ["police", "park"]
    assert snare.observed_utc is not None
    assert snare.observed_utc.isoformat() == "2026-02-28T22:12:30+00:00"
    assert (snare.direction_deg, snare.distance_m, snare.observer) == (271.5, 120.0, 1)
    assert [o.group for o in (snare, camp, strange)] == [0, 0, 1]
    assert snare.waypoint == camp.waypoint == strange.waypoint == "1"
    assert stop.category is None
    assert tiger.waypoint not in ("1", None)  # the same number at another place is another stop
    assert [(f.name, f.level.value) for f in found.files] == [
        ("snare 1.jpg", "observation"),
        ("stop.jpg", "waypoint"),
        ("sign.png", "waypoint"),
    ]
    assert set(codes(remarks)) >= {"unknown_category", "unknown_attribute", "duplicate_attribute"}


def test_files_that_came_along_are_named_once_in_the_export() -> None:
    found, names, _ = came(RICH)
    assert found.raid is not None
    files = [File(f.name, f.level, f.observation_id) for f in found.files]
    told = Told(found.raid, found.observations, (), files)
    patrol = patrol_of_records(told, Everybody(names), asked(OURS), ZONE)
    assert meaning(write_patrol(patrol)) == meaning(RICH)


def test_versions_before_1_3_are_read() -> None:
    found, names, remarks = came(OLD)
    labels = {stands: named.label.text for named, stands in names.terms.items()}
    assert [labels[leg.mandate or ""] for leg in raid_of(OLD).legs] == ["Anti-poaching"]
    live, sign = found.observations
    assert (live.category, sign.category) == ("animals.live.", "animals.sign.")
    assert (live.attributes["number"], live.group, sign.group) == (3.0, 0, 0)
    assert [f.name for f in found.files] == ["IMG_1.JPG"]
    assert "newer_version" not in codes(remarks)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.95])
def test_broken_file_gives_what_was_whole_before_the_break(share: float) -> None:
    whole, _, _ = came(RICH)
    cut = RICH[: int(len(RICH) * share)]
    found, _, remarks = came(cut)
    assert raid_of(cut).number == "РЕЙД № 7"
    assert raid_of(cut).flaws == ["file_broken"]
    assert "broken" in codes(remarks)
    seen = [(o.category, o.attributes) for o in found.observations]
    assert seen == [(o.category, o.attributes) for o in whole.observations][: len(seen)] or (
        # An observation that was cut leaves its stop.
        seen[:-1] == [(o.category, o.attributes) for o in whole.observations][: len(seen) - 1]
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "flaw"),
    [
        ('id="РЕЙД № 7"', "", "missing", None),
        ('patrolType="WATER"', 'patrolType="HOVERCRAFT"', "patrol_type", None),
        ('startDate="2026-03-01" endDate="2026-03-02"', 'startDate="2026-03-02"',
         "day_outside_leg", None),
        ('startDate="2026-03-01" endDate="2026-03-03"', 'startDate="2026-03-03" '
         'endDate="2026-03-01"', "dates_reversed", None),
        ('date="2026-03-02"', 'date="2026-03-01"', "duplicate_day", "duplicate_day:2026-03-01"),
        ('date="2026-03-02"', 'date="2026-02-30"', "day_lost", None),
        ('restMinutes="45.0"', 'restMinutes="-1"', "bad_value", None),
        ('x="131.31"', 'x="1311.31"', "bad_value", None),
        ('time="09:00:00"', 'time="9 утра"', "bad_value", None),
        ('time="09:00:00"', 'time="09:00:00+03:00"', "zone_ignored", None),
        ('"violation.camp."', '"два слова"', "bad_category", None),
        ("<ns2:dValue>2.0<", "<ns2:dValue>many<", "kept_as_text", None),
        ("<ns2:bValue>false<", "<ns2:bValue>да<", "kept_as_text", None),
        ("<ns2:sValue>2026-02-28</ns2:sValue>", "", "no_value", None),
        ("<ns2:team ", "<ns2:weather/><ns2:team ", "unknown_element", None),
        ('isArmed="true"', 'isArmed="true" moon="full"', "unknown_field", None),
        ("xml/1.3/patrol", "xml/1.4/patrol", "newer_version", None),
        ("всё спокойно", "всё \x01 спокойно", "control_characters", None),
        ('employeeId="E1" isPilot="true"', 'employeeId="E2" isPilot="true"', None, None),
    ],
)  # fmt: skip
def test_what_is_odd_in_a_patrol_is_kept_and_named(
    old: str, new: str, code: str | None, flaw: str | None
) -> None:
    text = RICH.decode()
    assert old in text
    changed = text.replace(old, new, 1).encode()
    found, _, remarks = came(changed)
    assert code is None or code in codes(remarks)
    assert flaw is None or flaw in raid_of(changed).flaws
    assert len(found.observations) == 5
    for remark in remarks.listed():
        assert remark.text("ru") != remark.text("en")


def test_odd_words_come_back_in_the_export() -> None:
    for old, new in (
        ('"violation.camp."', '"два слова"'),
        ('time="09:00:00"', ""),
        ("<ns2:sValue>2026-02-28<", "<ns2:sValue>seized<"),
    ):
        raw = RICH.decode().replace(old, new, 1).encode()
        assert meaning(and_back(raw)) == meaning(raw)


def test_place_that_is_none_is_absent() -> None:
    raw = RICH.decode().replace('x="131.31"', 'x="1311.31"').replace('time="09:00:00"', "")
    stop = next(o for o in came(raw.encode())[0].observations if o.waypoint == "2")
    assert (stop.lat_deg, stop.lon_deg, stop.observed_utc) == (None, None, None)


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE patrol [<!ENTITY a "aaaa">]>', "doctype"),
        (b'<!-- a --> <?pi?> <!DOCTYPE patrol SYSTEM "file:///etc/passwd">', "doctype"),
        ('<?xml version="1.0"?><!DOCTYPE patrol>'.encode("utf-16"), "doctype"),
        (b"", "no_xml"),
        (b"not xml at all", "no_xml"),
        (b"<gpx/>", "not_a_patrol"),
    ],
)
def test_file_that_is_no_patrol_is_refused_by_name(head: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(head + (b"<patrol>&a;</patrol>" if code == "doctype" and head[0] == 60 else b""))
    assert refused.value.code == code
    assert refused.value.text("ru") != refused.value.text("en")


def test_document_of_any_size_is_not_even_looked_at() -> None:
    with pytest.raises(Refusal) as refused:
        read(b" " * (MAX_BYTES + 1))
    assert refused.value.code == "too_large"


def test_entity_that_nobody_declared_breaks_the_file_and_is_not_guessed() -> None:
    patrol, remarks = read(RICH.replace("всё".encode(), b"&secret;"))
    assert codes(remarks)[0] == "broken"
    assert patrol.comment is None


def test_patrol_without_any_date_is_refused() -> None:
    with pytest.raises(Refusal, match="no date"):
        came(b'<patrol id="1"/>')


def test_kind_of_a_raid_that_is_no_patrol_survives() -> None:
    ours = (
        '<ns2:attributes key="raid_kind" stringValue="ambush"/>'
        '<ns2:attributes key="ambush_lat_deg" doubleValue="42.65"/>'
        '<ns2:attributes key="ambush_lon_deg" doubleValue="131.4"/>'
        '<ns2:attributes key="decoy" stringValue="чучело оленя"/>'
    )
    raw = RICH.decode().replace("</ns2:patrol>", ours + "</ns2:patrol>").encode()
    raid = raid_of(raw)
    assert (raid.kind, raid.lat_deg, raid.lon_deg, raid.decoy) == (
        RaidKind.AMBUSH, 42.65, 131.4, "чучело оленя",
    )  # fmt: skip
    assert raid.attributes == {"fuel": 12.5, "weather": "snow", "@language": "ru"}
    assert raid_of(and_back(raw)) == raid


def test_night_becomes_the_two_days_that_smart_adds_up_alike() -> None:
    night = RICH.decode().replace('endTime="17:30:00"', 'endTime="02:15:00"')
    night = night.replace('<ns2:days date="2026-03-02"', '<ns2:days date="2026-02-28"')
    out = meaning(and_back(night.encode()))
    days = [e[1] for leg in out[3] if leg[0] == "legs" for e in leg[3] if e[0] == "days"]
    spans = {d["date"]: (d["startTime"], d["endTime"], d["restMinutes"]) for d in days}
    assert spans["2026-03-01"] == ("08:00:00", "23:59:59", "45.0")
    assert spans["2026-03-02"] == ("00:00:00", "02:15:00", "0.0")


_COORDINATES = st.tuples(
    st.floats(-180, 180), st.floats(-90, 90), st.floats(1e12, 2e12) | st.just(0.0)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_COORDINATES, max_size=6), max_size=3))
def test_geometry_comes_back_bit_for_bit(points: list[list[tuple[float, ...]]]) -> None:
    lines = [np.array(line, np.float64).reshape(-1, 3) for line in points]
    back = lines_of(hex_of(lines))
    assert [line.tobytes() for line in back] == [line.tobytes() for line in lines]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=120), st.booleans())
def test_any_bytes_are_lines_or_broken_geometry(data: bytes, like: bool) -> None:
    text = (bytes.fromhex(hex_of([np.ones((2, 3))]))[:20] + data if like else data).hex()
    try:
        lines = lines_of(text)
    except BrokenGeometry as broken:
        lines = list(broken.lines)
    assert all(line.shape[1] == 3 for line in lines)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        # Little endian with an SRID, 2D: no Z at all.
        ("0105000020e6100000" "01000000" "0102000000" "01000000" "0000000000606040"
         "0000000000404540", 1),
        # ISO's LINESTRING Z.
        ("00000003ea" "00000001" "4060600000000000" "4045400000000000" "4279c18374000000", 1),
        # A line of four columns: longitude, latitude, Z, M.
        ("00c0000002" "00000001" + "4060600000000000" "4045400000000000"
         "4279c18374000000" "0000000000000000", 1),
    ],
)  # fmt: skip
def test_other_forms_of_the_same_geometry_are_read(text: str, points: int) -> None:
    (line,) = lines_of(text)
    assert line.shape == (points, 3)
    assert line[0, :2].tolist() == [131.0, 42.5]


def test_track_that_breaks_off_keeps_its_whole_lines() -> None:
    two = bytes.fromhex(hex_of([np.ones((2, 3)), np.ones((3, 3))]))[:-5].hex()
    with pytest.raises(BrokenGeometry, match="3 points announced") as broken:
        lines_of(two)
    assert [len(line) for line in broken.value.lines] == [2]


def test_track_without_times_keeps_what_stood_in_their_place() -> None:
    line = np.array([[131.3, 42.6, 0.0], [131.31, 42.61, 0.0]])
    track = f'<ns2:track distance="1.386" geom="{hex_of([line])}"/></ns2:days>'
    raw = RICH.decode().replace("</ns2:days>", track, 1).encode()
    found, _, remarks = came(raw)
    assert "no_times" in codes(remarks)
    (segment,) = found.tracks[0].track.segments
    assert (segment.time_us == np.iinfo(np.int64).min).all()
    assert meaning(and_back(raw)) == meaning(raw)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30), st.integers(0, len(RICH)), st.integers(0, 40))
def test_damage_anywhere_is_refused_or_named_never_a_crash(junk: str, at: int, gone: int) -> None:
    raw = RICH[:at] + junk.encode() + RICH[at + gone :]
    try:
        found = came(raw)[0]
    except Refusal:
        return
    assert found.raid is not None
    assert found.raid.number
    assert meaning(and_back(raw))
