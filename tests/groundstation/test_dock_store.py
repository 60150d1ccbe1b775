"""Points in the database: bit for bit, each once, in the hands of the right unit."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from firmware_bridge.tracks import NO_TIME_US, Contents, Segment, Track, UnitIdentity, Waypoint
from firmware_bridge.units import utc_from_unix_us
from groundstation.store import downloads, people, tracks, units
from groundstation.store.columns import pack, unpack
from groundstation.store.downloads import Download, Outcome, Overtaken
from groundstation.store.engine import migrate, open_engine
from groundstation.store.known import is_new, only, point_keys

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
START_US = 1_777_000_000_000_000
ERA_S = 1024 * 7 * 86_400
ZONE = ZoneInfo("Asia/Vladivostok")


def walk(first: int, last: int, north_deg: float = 0.0, shift_s: int = 0) -> Segment:
    """Points number `first` up to `last` of a walk, one in ten seconds."""
    i = np.arange(first, last)
    return Segment(
        START_US + (i * 10 + shift_s) * 1_000_000,
        43.0 + north_deg + i * 1e-4,
        131.0 + i * 1e-4,
        np.where(i % 3 == 0, np.nan, 100.0 + i),
    )


def came(
    number: int,
    segments: Sequence[Segment],
    waypoints: Sequence[Waypoint] = (),
    unit_id: str | None = "33",
    model: str = "eTrex",
    clock_s: float | None = 0.0,
) -> Download:
    details = {} if clock_s is None else {"clock_offset_s": str(clock_s)}
    unit = UnitIdentity("garmin", unit_id, model, "2.10", 9600, details)
    held = Contents("garmin", unit, [Track("ACTIVE LOG", segments)], waypoints, [])
    return Download(
        UUID(int=number), "/dev/x", f"{number}.capture", "0" * 64, NOW, NOW, unit, held, None
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_engine(database_url)
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def put(engine: Engine) -> Callable[..., Outcome]:
    def store(download: Download, elsewhere: Sequence[str] = ()) -> Outcome:
        with engine.connect() as connection:
            ready = downloads.prepare(connection, download, frozenset(elsewhere), ZONE)
        with engine.execution_options(writer=True).begin() as connection:
            return downloads.commit(connection, ready)

    return store


def test_local_days_are_those_of_the_stations_zone_and_not_of_its_machine(
    engine: Engine, put: Callable[..., Outcome]
) -> None:
    put(came(1, [walk(0, 20)]))
    with engine.connect() as connection:
        (track,) = tracks.find(connection, None, None, None, 10)
    assert track.utc_offset_s == 10 * 3600


def counts(outcome: Outcome) -> tuple[int, int]:
    return outcome.new_points, outcome.known_points


def test_only_new_points_are_stored_and_say_that_they_continue(
    engine: Engine, put: Callable[..., Outcome]
) -> None:
    assert counts(put(came(1, [walk(0, 500)]))) == (500, 0)
    assert counts(put(came(2, [walk(300, 800)]))) == (300, 200)
    assert counts(put(came(3, [walk(300, 800)]))) == (0, 500)
    with engine.connect() as connection:
        stored = tracks.find(connection, "garmin-33", None, None, 10)
        assert [track.points for track in stored] == [300, 500]
        found = tracks.get(connection, stored[0].track)
    assert found is not None
    _, (segment,), continues = found
    assert continues == [True]
    assert segment.time_us.tolist() == walk(500, 800).time_us.tolist()


def test_waypoints_are_stored_once_and_a_changed_one_is_another(
    engine: Engine, put: Callable[..., Outcome]
) -> None:
    places = [Waypoint("СЛЕД1", 43.0, 131.0, None, NOW), Waypoint("A", float("nan"), 131.0)]
    assert put(came(1, [], places)).new_waypoints == 2
    moved = [*places, Waypoint("СЛЕД1", 43.1, 131.0, None, NOW)]
    outcome = put(came(2, [], moved))
    assert (outcome.new_waypoints, outcome.known_waypoints) == (1, 2)
    with engine.connect() as connection:
        stored = tracks.find_waypoints(connection, "garmin-33", 10)
    assert [(w.name, w.lat_deg) for w in stored] == [("СЛЕД1", 43.1), ("A", None), ("СЛЕД1", 43.0)]


@pytest.mark.parametrize(
    ("second", "key"),
    [
        (came(2, [walk(0, 100)]), "garmin-33"),
        (came(2, [walk(0, 100)], model="GPSMAP 60CSx"), "garmin-33-2"),
        (came(2, [walk(0, 100, north_deg=0.5)]), "garmin-33-2"),
        (came(2, [walk(200, 300, north_deg=0.5)]), "garmin-33"),
        (came(2, [walk(0, 100)], unit_id="34"), "garmin-34"),
        (came(2, [walk(50, 150)], unit_id=None), "garmin-unnumbered"),
    ],
    ids=["same", "other model", "elsewhere at that time", "elsewhere later", "number", "none"],
)
def test_unit_is_known_by_number_unless_what_it_holds_contradicts(
    put: Callable[..., Outcome], second: Download, key: str
) -> None:
    put(came(1, [walk(0, 100)]))
    outcome = put(second)
    assert outcome.unit == key
    assert ("same_number" in outcome.marks) == (key == "garmin-33-2")


def test_unit_without_a_number_is_known_by_what_it_holds(put: Callable[..., Outcome]) -> None:
    assert put(came(1, [walk(0, 100)], unit_id=None)).unit == "garmin-unnumbered"
    assert put(came(2, [walk(50, 150)], unit_id=None)).unit == "garmin-unnumbered"
    other = put(came(3, [walk(500, 600, north_deg=1.0)], unit_id=None))
    assert other.unit == "garmin-unnumbered-2"


def test_unit_that_hangs_elsewhere_is_another_one(put: Callable[..., Outcome]) -> None:
    put(came(1, [walk(0, 100)]))
    assert put(came(2, [walk(0, 100)]), ["garmin-33"]).unit == "garmin-33-2"


def test_lost_weeks_are_given_back_where_that_is_not_the_future(
    engine: Engine, put: Callable[..., Outcome]
) -> None:
    late = walk(100, 200, shift_s=-ERA_S)
    outcome = put(came(1, [walk(0, 100), late], clock_s=-ERA_S + 3.0))
    assert (outcome.weeks_added, list(outcome.marks)) == (1024, ["rollover_repaired"])
    assert counts(put(came(2, [walk(0, 200)]))) == (0, 200)
    with engine.connect() as connection:
        (track,) = tracks.find(connection, "garmin-33", None, None, 10)
        found = tracks.get(connection, track.track)
    assert found is not None
    times = np.concatenate([segment.time_us for segment in found[1]])
    assert times.tolist() == walk(0, 200).time_us.tolist()


@pytest.mark.parametrize(
    ("clock_s", "shift_s", "marks"),
    [
        (0.0, 0, []),
        (-400.0, 0, ["clock_wrong"]),
        (None, -27 * 365 * 86_400, ["dates_too_old"]),
        (14.0 * 365 * 86_400, 14 * 365 * 86_400, ["clock_wrong", "dates_in_future"]),
    ],
)
def test_wrong_clock_is_stored_and_marked(
    put: Callable[..., Outcome], clock_s: float | None, shift_s: int, marks: list[str]
) -> None:
    outcome = put(came(1, [walk(0, 10, shift_s=shift_s)], clock_s=clock_s))
    assert (counts(outcome), list(outcome.marks)) == ((10, 0), marks)
    assert outcome.clock_offset_s == clock_s


def test_download_stored_in_between_is_noticed(engine: Engine, put: Callable[..., Outcome]) -> None:
    put(came(1, [walk(0, 10)]))
    with engine.connect() as connection:
        slow = downloads.prepare(connection, came(2, [walk(0, 20)]), frozenset())
    put(came(3, [walk(0, 20)]))
    with pytest.raises(Overtaken), engine.execution_options(writer=True).begin() as connection:
        downloads.commit(connection, slow)


def test_what_is_missing_is_found_by_reading_back(
    engine: Engine, put: Callable[..., Outcome]
) -> None:
    put(came(1, [walk(0, 100)], [Waypoint("A", 1.0, 2.0)]))
    more = came(2, [walk(90, 130)], [Waypoint("A", 1.0, 2.0), Waypoint("B", 1.0, 2.0)])
    with engine.connect() as connection:
        assert downloads.missing(connection, "garmin-33", more.contents, NOW) == (30, 1)


def test_unit_changes_hands_and_old_entries_can_be_put_right(
    engine: Engine, put: Callable[..., Outcome]
) -> None:
    put(came(1, [walk(0, 10)]))
    day = timedelta(days=1)
    with engine.begin() as connection:
        one, two, three = (people.add(connection, name, NOW).person for name in "ABC")
        for person, at in ((one, NOW), (three, NOW + 20 * day), (two, NOW + 10 * day)):
            people.issue(connection, "garmin-33", person, at, "Z", NOW)
        people.issue(connection, "garmin-33", None, NOW + 30 * day, "Z", NOW)
        hands = [
            (held := people.holder(connection, "garmin-33", NOW + days * day)) and held.name
            for days in (-1, 0, 9, 10, 19, 20, 29, 30)
        ]
        assert hands == [None, "A", "A", "B", "B", "C", "C", None]
        assert len(units.history(connection, "garmin-33")) == 4
        with pytest.raises(LookupError):
            people.issue(connection, "garmin-33", 99, NOW, None, NOW)


def test_returned_unit_stays_returned_when_an_earlier_entry_is_put_right(
    engine: Engine, put: Callable[..., Outcome]
) -> None:
    put(came(1, [walk(0, 10)]))
    day = timedelta(days=1)
    with engine.begin() as connection:
        one, two = (people.add(connection, name, NOW).person for name in "AB")
        for person, days in ((one, 0), (None, 5), (two, 3), (one, 9), (two, 9)):
            people.issue(connection, "garmin-33", person, NOW + days * day, "Z", NOW)
        hands = [
            (held := people.holder(connection, "garmin-33", NOW + days * day)) and held.name
            for days in (0, 2, 3, 4, 5, 8, 9)
        ]
        assert hands == ["A", "A", "B", "B", None, None, "B"]
        periods = sorted((i.from_utc, i.until_utc) for i in people.issues(connection, "garmin-33"))
    assert all(one[1] <= two[0] for one, two in pairwise(periods))


def test_unit_that_changes_hands_within_a_track_names_everybody(
    engine: Engine, put: Callable[..., Outcome]
) -> None:
    put(came(1, [walk(0, 100)]))
    began = utc_from_unix_us(START_US)
    with engine.begin() as connection:
        one, two, three = (people.add(connection, name, NOW).person for name in "ABC")
        for person, seconds in ((one, -60), (two, 500), (None, 700), (three, 990), (one, 991)):
            at = began + timedelta(seconds=seconds)
            people.issue(connection, "garmin-33", person, at, "Z", NOW)
        (track,) = tracks.find(connection, "garmin-33", None, None, 10)
    assert track.person_name == "A"
    assert [(issue.name, issue.from_utc) for issue in track.hands] == [
        ("A", began - timedelta(seconds=60)),
        ("B", began + timedelta(seconds=500)),
        ("C", began + timedelta(seconds=990)),
    ]


@pytest.mark.parametrize("years", [-27, 14], ids=["1999", "2040"])
def test_one_impossible_date_does_not_date_the_track(
    engine: Engine, put: Callable[..., Outcome], years: int
) -> None:
    odd = walk(50, 51, shift_s=years * 365 * 86_400)
    together = [walk(0, 50), odd, walk(51, 100)]
    assert counts(put(came(1, together))) == (100, 0)
    with engine.begin() as connection:
        person = people.add(connection, "A", NOW).person
        people.issue(connection, "garmin-33", person, NOW - timedelta(days=90), "Z", NOW)
        (track,) = tracks.find(connection, "garmin-33", None, None, 10)
    assert track.first_utc == utc_from_unix_us(START_US)
    assert track.last_utc == utc_from_unix_us(START_US + 990_000_000)
    assert track.person_name == "A"
    assert counts(put(came(2, together))) == (0, 100)
    assert counts(put(came(3, [odd]))) == (0, 1)


def test_clock_that_begins_in_1999_again_and_again_makes_no_second_unit(
    put: Callable[..., Outcome],
) -> None:
    long_ago = -27 * 365 * 86_400
    put(came(1, [walk(0, 100, shift_s=long_ago)]))
    outcome = put(came(2, [walk(0, 100, north_deg=0.5, shift_s=long_ago)]))
    assert (outcome.unit, counts(outcome)) == ("garmin-33", (100, 0))


@pytest.mark.parametrize("eras", [1, 2])
def test_points_docked_before_their_clock_was_known_are_known_afterwards(
    put: Callable[..., Outcome], eras: int
) -> None:
    late = walk(0, 100, shift_s=-eras * ERA_S)
    assert counts(put(came(1, [late], clock_s=None))) == (100, 0)
    assert counts(put(came(2, [late], clock_s=-eras * ERA_S + 2.0))) == (0, 100)


def test_memory_that_went_round_gives_only_what_is_new(put: Callable[..., Outcome]) -> None:
    assert counts(put(came(1, [walk(0, 400)]))) == (400, 0)
    # The oldest sector now holds the newest points and comes first.
    assert counts(put(came(2, [walk(400, 500), walk(100, 400)]))) == (100, 300)
    assert counts(put(came(3, [walk(450, 500), walk(500, 650), walk(200, 450)]))) == (150, 300)


def test_points_of_one_time_are_told_apart_by_place_and_counted_where_both_are_equal(
    engine: Engine, put: Callable[..., Outcome]
) -> None:
    def stuck(count: int, north_deg: float = 0.0) -> Segment:
        return Segment(
            np.full(count, START_US), np.full(count, 43.0 + north_deg), np.full(count, 131.0),
            np.zeros(count),
        )  # fmt: skip

    assert counts(put(came(1, [stuck(3)]))) == (3, 0)
    assert counts(put(came(2, [stuck(5), stuck(2, 1e-5)]))) == (4, 3)
    assert counts(put(came(3, [stuck(5), stuck(2, 1e-5)]))) == (0, 7)


def test_one_memory_docked_twice_at_once_is_stored_once(
    engine: Engine, put: Callable[..., Outcome]
) -> None:
    """Two stations on one database, or a station and a terminal: neither saw the other's points."""

    def store(download: Download) -> Outcome:
        for _ in range(20):
            with engine.connect() as connection:
                ready = downloads.prepare(connection, download, frozenset())
            with suppress(BrokenBarrierError):  # only the first time both write at once
                both.wait(10)
            try:
                with engine.execution_options(writer=True).begin() as connection:
                    return downloads.commit(connection, ready)
            except (Overtaken, IntegrityError):
                both.abort()
        raise AssertionError("never stored")

    both = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(store, [came(1, [walk(0, 300)]), came(2, [walk(0, 300)])]))
    assert sorted(counts(o) for o in outcomes) == [(0, 300), (300, 0)]
    assert {o.unit for o in outcomes} == {"garmin-33"}


FLOATS = st.floats(width=64, allow_nan=True, allow_infinity=True)
ANY_LENGTH = st.integers(0, 40)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    n = draw(ANY_LENGTH)
    times = st.integers(-(2**63), 2**63 - 1)
    extras: dict[str, Any] = {
        "satellites": draw(hnp.arrays(np.uint8, n)),
        "speed_m_s": draw(hnp.arrays(np.float32, n)).astype(np.float64),
        "raw_extensions": np.array(draw(st.lists(st.text(), min_size=n, max_size=n)), object),
    }
    kept = draw(st.sets(st.sampled_from(sorted(extras))))
    columns = [draw(hnp.arrays(np.float64, n, elements=FLOATS)) for _ in range(3)]
    return Segment(
        draw(hnp.arrays(np.int64, n, elements=times)),
        *columns,
        {name: extras[name] for name in sorted(kept)},
    )


@given(st.lists(segments(), max_size=4))
def test_packed_points_come_back_bit_for_bit(given_segments: list[Segment]) -> None:
    continues = [len(segment) % 2 == 0 for segment in given_segments]
    back, told = unpack(pack(given_segments, continues))
    assert told == continues
    assert len(back) == len(given_segments)
    for one, other in zip(given_segments, back, strict=True):
        assert sorted(one.extras) == sorted(other.extras)
        for name in ("time_us", "lat_deg", "lon_deg", "alt_amsl_m"):
            same_bits(getattr(one, name), getattr(other, name))
        for name in one.extras:
            same_bits(one.extras[name], other.extras[name])


def same_bits(one: Any, other: Any) -> None:
    assert one.dtype == other.dtype
    if one.dtype.kind == "f":
        assert np.array_equal(np.isnan(one), np.isnan(other))
        known = ~np.isnan(one)
        assert one[known].tobytes() == other[known].tobytes()
    else:
        assert one.tolist() == other.tolist()


def test_a_day_of_a_garmin_takes_few_bytes_a_point() -> None:
    i = np.arange(10_000)
    lat = np.rint((43 + np.cumsum(np.sin(i)) * 1e-5) * 2**31 / 180) * (180 / 2**31)
    segment = Segment(START_US + i * 5_000_000, lat, lat + 0.0, np.full(len(i), 100.5))
    assert len(pack([segment], [False])) < 8 * len(i)


def test_equal_points_are_counted() -> None:
    """A unit that lay without a fix stores one record again and again."""
    nowhere = np.full(5, np.nan)
    lost = Segment(np.full(5, NO_TIME_US), nowhere, nowhere, nowhere)
    keys = point_keys(lost)
    assert len(set(keys.tolist())) == 1
    assert is_new(keys, keys[:3]).tolist() == [False, False, False, True, True]
    parts = only(lost, is_new(keys, keys[:3]))
    assert [(len(part), continues) for part, continues in parts] == [(2, True)]


def test_older_database_gets_the_tables(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.sqlite'}")
    migrate(engine, "0002")
    migrate(engine)
    with engine.connect() as connection:
        assert units.find(connection) == []
    engine.dispose()
