"""A way keeps its length, its spikes, its rests and its gaps are marked, and no point is lost."""

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_bridge.files import read_file
from firmware_bridge.tracks import NO_TIME_US, Segment
from groundstation.dock import cleanup, rollover
from groundstation.dock.cleanup import Mark, clean
from groundstation.dock.geodesic import leg_lengths_m, length_m

T0_US = 1_785_000_000_000_000
M_PER_DEG_LAT = 111_095.0  # at 43.5 N
M_PER_DEG_LON = 80_878.0
WEEKS_1024_US = 1024 * 7 * 86_400 * 1_000_000


def segment(
    east_m: NDArray[np.float64], north_m: NDArray[np.float64], time_s: NDArray[np.float64]
) -> Segment:
    count = len(time_s)
    return Segment(
        T0_US + (time_s * 1e6).astype(np.int64),
        43.5 + north_m / M_PER_DEG_LAT,
        131.5 + east_m / M_PER_DEG_LON,
        np.full(count, np.nan),
    )


def walk(count: int = 600, step_s: float = 5.0, speed_m_s: float = 1.2) -> Segment:
    time_s = np.arange(count) * step_s
    return segment(speed_m_s * time_s, 60 * np.sin(time_s / 300), time_s)


def marked(cleaned: cleanup.Cleaned, mark: Mark) -> list[int]:
    return np.flatnonzero(cleaned.marks & np.uint8(mark)).tolist()


@pytest.mark.parametrize(
    ("ends", "metres"),
    [  # GeographicLib (Karney 2013), double precision
        ((0, 0, 0, 1), 111319.49079327357),
        ((0, 0, 1, 0), 110574.38855779878),
        ((0, 0, 90, 0), 10001965.729312724),
        ((43.5, 131.5, 43.5001, 131.5002), 19.623421566602993),
        ((40.6, -73.8, 51.6, -0.5), 5551759.4003186785),
        ((0, 179.9999, 0, -179.9999), 22.2638981593938),
        ((43.5, 131.5, 43.5, 131.5), 0.0),
    ],
)
def test_a_geodesic_is_right_to_a_tenth_of_a_millimetre(
    ends: tuple[float, float, float, float], metres: float
) -> None:
    assert float(length_m(*ends)) == pytest.approx(metres, abs=1e-4)


def test_opposite_ends_of_the_earth_have_a_length_and_unknown_places_none() -> None:
    assert float(length_m(0, 0, 0.5, 179.5)) == pytest.approx(19936288.58, rel=5e-3)
    assert float(length_m(0, 0, 0, 180)) == pytest.approx(20003931.46, rel=5e-3)
    assert np.isnan(length_m(43.5, np.nan, 43.5, 131.5))


def test_a_clean_walk_carries_no_mark_and_both_lengths_agree() -> None:
    track = walk()
    cleaned = clean(track)
    assert not cleaned.marks.any()
    assert cleaned.raw_m == pytest.approx(float(leg_lengths_m(track.lat_deg, track.lon_deg).sum()))
    assert cleaned.cleaned_m == pytest.approx(cleaned.raw_m)
    assert cleaned.raw_m == pytest.approx(1.2 * 5 * 599, rel=0.02)
    assert cleaned.along_m[-1] == pytest.approx(cleaned.cleaned_m)
    assert (cleaned.moving_s, cleaned.resting_s, cleaned.gaps_s) == (2995.0, 0.0, 0.0)
    assert float(np.nanmedian(cleaned.speed_m_s)) == pytest.approx(1.21, abs=0.02)


@pytest.mark.parametrize(
    ("spikes", "aside_m"),
    [([100], 80.0), ([1], 80.0), ([50, 70, 300], 80.0), ([100, 101, 102], 400.0)]
    + [(spikes, 60_000.0) for spikes in ([100], [1], [0], [599], [7, 100, 101, 102, 500])],
)
def test_points_aside_are_marked_and_add_no_length(spikes: list[int], aside_m: float) -> None:
    track = walk()
    truth_m = clean(track).raw_m
    track.lat_deg[spikes] += aside_m / M_PER_DEG_LAT
    cleaned = clean(track)
    assert marked(cleaned, Mark.OUTLIER) == spikes
    assert cleaned.raw_m > truth_m + 0.9 * aside_m
    assert cleaned.cleaned_m == pytest.approx(truth_m, rel=3e-3)
    assert np.isnan(cleaned.speed_m_s[spikes]).all()


def test_a_car_and_a_helicopter_are_possible() -> None:
    for speed_m_s in (25.0, 70.0):
        time_s = np.arange(300.0)
        ramp = np.minimum(time_s / 30, 1) * speed_m_s
        cleaned = clean(segment(np.cumsum(ramp), 0 * time_s, time_s))
        assert not cleaned.marks.any()


def test_a_night_under_a_tree_adds_no_kilometre() -> None:
    rng = np.random.default_rng(7)
    time_s = np.arange(0, 12 * 3600.0, 10.0)
    walking = (time_s < 3600) | (time_s >= 11 * 3600)
    east = np.cumsum(np.where(walking, 12.0, 0.0))
    wander = np.zeros((2, time_s.size))
    for i in range(1, time_s.size):  # receivers' errors are correlated
        wander[:, i] = 0.9 * wander[:, i - 1] + rng.normal(0, 2.5, 2)
    cleaned = clean(segment(east + wander[0], wander[1], time_s))
    truth_m = 12.0 * np.count_nonzero(walking)
    assert cleaned.raw_m > truth_m + 8000
    assert cleaned.cleaned_m == pytest.approx(truth_m, rel=0.04)
    assert cleaned.resting_s == pytest.approx(10 * 3600, rel=0.02)
    assert cleaned.moving_s + cleaned.resting_s + cleaned.gaps_s == pytest.approx(time_s[-1])


def test_somebody_who_creeps_keeps_the_length_of_the_way() -> None:
    time_s = np.arange(0, 4 * 3600.0, 10.0)
    cleaned = clean(segment(0.1 * time_s, 0 * time_s, time_s))
    assert cleaned.cleaned_m == pytest.approx(cleaned.raw_m, rel=0.05)


def test_a_lost_fix_is_a_gap_and_a_rest_without_points_is_none() -> None:
    track = walk()
    rested = Segment(
        np.where(np.arange(600) >= 300, track.time_us + 3_600_000_000, track.time_us),
        track.lat_deg,
        track.lon_deg,
        track.alt_amsl_m,
    )
    cleaned = clean(rested)
    assert marked(cleaned, Mark.GAP_BEFORE) == []
    assert cleaned.resting_s == pytest.approx(3605.0)
    assert cleaned.cleaned_m == pytest.approx(cleaned.raw_m, rel=0.01)

    moved = Segment(
        rested.time_us,
        track.lat_deg + np.where(np.arange(600) >= 300, 0.01, 0),
        track.lon_deg,
        track.alt_amsl_m,
    )
    cleaned = clean(moved)
    assert marked(cleaned, Mark.GAP_BEFORE) == [300]
    assert cleaned.gaps_s == pytest.approx(3605.0)
    assert cleaned.gaps_m == pytest.approx(1111, rel=0.01)
    assert cleaned.raw_m == pytest.approx(cleaned.cleaned_m + cleaned.gaps_m)


def test_a_clock_that_was_set_back_is_a_gap_and_both_halves_are_kept() -> None:
    track = walk()
    later = np.arange(600) >= 250
    back = Segment(
        np.where(later, track.time_us - WEEKS_1024_US, track.time_us),
        track.lat_deg,
        track.lon_deg,
        track.alt_amsl_m,
    )
    cleaned = clean(back)
    assert marked(cleaned, Mark.GAP_BEFORE) == [250]
    assert marked(cleaned, Mark.OUTLIER) == []


def test_two_halves_that_cannot_both_be_are_kept_with_a_gap_between() -> None:
    track = walk()
    track.lat_deg[250:] += 1.0  # 111 km in five seconds
    cleaned = clean(track)
    assert marked(cleaned, Mark.GAP_BEFORE) == [250]
    assert marked(cleaned, Mark.OUTLIER) == []
    assert cleaned.gaps_m == pytest.approx(111_095, rel=1e-3)


def test_unknown_times_and_places_are_marked_and_a_spike_among_them_is_found() -> None:
    track = walk()
    track.time_us[:] = NO_TIME_US
    track.lat_deg[[40, 41]] = np.nan
    track.lon_deg[[40, 41]] = np.nan
    track.lat_deg[200] += 0.05
    cleaned = clean(track)
    assert marked(cleaned, Mark.NO_POSITION) == [40, 41]
    assert len(marked(cleaned, Mark.NO_TIME)) == 600
    assert marked(cleaned, Mark.OUTLIER) == [200]
    assert cleaned.cleaned_m == pytest.approx(1.2 * 5 * 599, rel=0.02)
    assert cleaned.moving_s == 0.0


def test_repaired_dates_are_marked() -> None:
    track = walk(4)
    column = np.array([0, 1024, 1024, 0], np.int16)
    extras = {"weeks_added": column}
    moved = Segment(track.time_us, track.lat_deg, track.lon_deg, track.alt_amsl_m, extras)
    assert marked(clean(moved), Mark.TIME_REPAIRED) == [1, 2]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_the_shortest_tracks_are_measured_too(count: int) -> None:
    cleaned = clean(walk(count))
    assert len(cleaned.marks) == len(cleaned.along_m) == len(cleaned.speed_m_s) == count
    assert cleaned.raw_m == pytest.approx(max(0, count - 1) * 6.08, rel=0.01)


numbers = st.floats(allow_nan=True, allow_infinity=True, width=32)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(NO_TIME_US, -NO_TIME_US - 1)
            | st.integers(T0_US, T0_US + 600_000_000)
            | st.just(NO_TIME_US),
            numbers | st.floats(43.4, 43.6),
            numbers | st.floats(131.4, 131.6),
        ),
        max_size=60,
    )
)
def test_no_damage_loses_a_point_or_makes_a_length_that_is_no_number(
    points: list[tuple[int, float, float]],
) -> None:
    times, lats, lons = zip(*points, strict=True) if points else ((), (), ())
    given_ = Segment(
        np.array(times, np.int64),
        np.array(lats, np.float64),
        np.array(lons, np.float64),
        np.zeros(len(points)),
    )
    cleaned = clean(given_)
    assert len(cleaned.marks) == len(points)
    lengths = (cleaned.raw_m, cleaned.cleaned_m, cleaned.gaps_m)
    assert all(np.isfinite(value) and value >= 0 for value in lengths)
    assert cleanup.total([cleaned]).points == len(points)


REAL = [
    "gpxpy__cerknicko-jezero.gpx",
    "gpsbabel__segmented_tracks.gpx",
    "gpsbabel__mtk_logger.bin",
    "gpsbabel__skytraq.bin",
    "gpsbabel__fit-sample.fit",
]


@pytest.mark.parametrize("name", REAL)
def test_real_tracks_lose_no_point_and_little_of_their_length(shared: Path, name: str) -> None:
    contents = read_file(shared / "data" / "gps" / name)
    parts = [clean(segment) for track in contents.tracks for segment in track.segments]
    total = cleanup.total(parts)
    assert total.points == contents.points
    assert total.marked.get("outlier", 0) <= 0.02 * total.points
    assert 0.5 * total.raw_m <= total.cleaned_m + total.gaps_m <= total.raw_m + 1e-6


def test_a_million_points_take_seconds() -> None:
    track = walk(1_000_000, step_s=1.0, speed_m_s=1.3)
    track.lat_deg[::997] += 0.01
    start_s = time.process_time()
    cleaned = clean(track)
    assert time.process_time() - start_s < 8.0
    assert marked(cleaned, Mark.OUTLIER) == list(range(0, 1_000_000, 997))


STATION_US = 1_795_000_000_000_000  # November 2026


@pytest.mark.parametrize(
    ("offset_us", "eras"),
    [
        (0, 0),
        (-WEEKS_1024_US, 1),
        (-WEEKS_1024_US + 36 * 3_600_000_000, 1),
        (-2 * WEEKS_1024_US, 2),
        (WEEKS_1024_US, -1),
        (-WEEKS_1024_US // 2, 0),
        (-30 * 86_400 * 1_000_000, 0),
    ],
)
def test_only_whole_eras_of_a_unit_s_clock_are_given_back(offset_us: int, eras: int) -> None:
    assert rollover.eras_behind(STATION_US + offset_us, STATION_US) == eras


def test_what_was_recorded_before_the_rollover_stays_and_the_rest_is_repaired() -> None:
    before = STATION_US - 9 * 366 * 86_400_000_000  # right already
    yesterday = STATION_US - 86_400_000_000
    times = np.array([before, yesterday - WEEKS_1024_US, NO_TIME_US], np.int64)
    repaired, changed = rollover.repaired(times, 1, STATION_US)
    assert repaired.tolist() == [before, yesterday, NO_TIME_US]
    assert changed.tolist() == [False, True, False]
    odd = np.array([NO_TIME_US + 1, -NO_TIME_US - 1], np.int64)
    assert rollover.repaired(odd, 1, STATION_US)[1].tolist() == [True, False]
    assert rollover.repaired(odd, -1, STATION_US)[1].tolist() == [True, False]
    untouched, changed = rollover.repaired(times, 0, STATION_US)
    assert untouched.tolist() == times.tolist()
    assert not changed.any()


def test_1999_and_2040_are_doubtful_and_last_winter_is_not() -> None:
    def year(number: int) -> int:
        return int((number - 1970) * 365.25 * 86_400_000_000)

    times = np.array([year(1999), year(2040), year(2026), NO_TIME_US], np.int64)
    assert rollover.doubtful(times, STATION_US).tolist() == [True, True, False, False]
