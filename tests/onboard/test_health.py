"""Health: problems from evidence, and readings from real files of the kernel's shape."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.messages import LinkStatus, Problem
from onboard.clock import HostClock, both_clocks
from onboard.health import Readings, board_celsius, disk_free_mb, judge, supply_low
from onboard.thumbnail import MOST_BYTES, thumbnail

NOW = datetime(2026, 5, 3, 4, 5, 6, tzinfo=UTC)
LINK = LinkStatus("tcp:x", True, 1, 1, 0.4, -5.0, 0.003, 900.0, 0, 0, 0, 0, None)
WELL = Readings(
    now_s=1000.0, time_utc=NOW, started_s=900.0, camera_fps=9.0, camera_age_s=0.1,
    camera_error=None, camera_frozen=False, frames_dropped=2, relative=False, link=LINK,
    position_age_s=0.1, gimbal_age_s=0.1, gimbal_expected=True, terrain_missing=False,
    disk_free_mb=9000.0, spool_backlog=0, ground_age_s=1.0, board_celsius=55.0,
)  # fmt: skip


def test_a_well_process_reports_no_problem() -> None:
    health = judge(WELL)
    assert health.problems == ()
    assert health.uptime_s == 100.0
    assert health.clock_sigma_s == 0.003


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"camera_error": "stream:tcp:x: refused"}, Problem.CAMERA_LOST),
        ({"camera_age_s": 5.0}, Problem.CAMERA_LOST),
        ({"camera_age_s": None}, Problem.CAMERA_LOST),
        ({"camera_frozen": True}, Problem.CAMERA_FROZEN),
        ({"relative": True}, Problem.CAMERA_RELATIVE),
        ({"link": replace(LINK, connected=False)}, Problem.AUTOPILOT_LOST),
        ({"link": None}, Problem.AUTOPILOT_LOST),
        ({"link": replace(LINK, clock_sigma_s=None)}, Problem.CLOCK_UNSYNCED),
        ({"link": replace(LINK, clock_sigma_s=0.2)}, Problem.CLOCK_UNSYNCED),
        ({"clock_jumped_s": 990.0}, Problem.CLOCK_JUMPED),
        ({"position_age_s": 4.0}, Problem.POSITION_LOST),
        ({"gimbal_age_s": None}, Problem.GIMBAL_LOST),
        ({"terrain_missing": True}, Problem.TERRAIN_MISSING),
        ({"disk_free_mb": 100.0}, Problem.DISK_LOW),
        ({"disk_free_mb": 3.0}, Problem.DISK_FULL),
        ({"recorder_stopped": True}, Problem.RECORDER_STOPPED),
        ({"spool_problems": {Problem.SPOOL_FULL}}, Problem.SPOOL_FULL),
        ({"ground_age_s": 90.0}, Problem.GROUND_SILENT),
        ({"board_celsius": 85.0}, Problem.BOARD_HOT),
        ({"supply_low": True}, Problem.SUPPLY_LOW),
    ],
)
def test_each_evidence_is_its_problem_and_no_other(
    change: dict[str, object], problem: Problem
) -> None:
    assert judge(replace(WELL, **change)).problems == (problem,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"gimbal_age_s": None, "gimbal_expected": False},
        {"ground_age_s": None},
        {"clock_jumped_s": 600.0},
        {"board_celsius": None},
        {"now_s": 901.0, "camera_age_s": None, "position_age_s": None, "gimbal_age_s": None},
    ],
)
def test_what_is_not_there_to_be_judged_is_no_problem(change: dict[str, object]) -> None:
    assert judge(replace(WELL, **change)).problems == ()  # type: ignore[arg-type]


def test_problems_come_in_the_order_of_their_bits() -> None:
    health = judge(replace(WELL, supply_low=True, camera_frozen=True, disk_free_mb=1.0))
    assert health.problems == (Problem.CAMERA_FROZEN, Problem.DISK_FULL, Problem.SUPPLY_LOW)


def test_the_hottest_plausible_sensor_of_the_board_counts(tmp_path: Path) -> None:
    for zone, text in enumerate(("51500\n", "48000\n", "not a number", "9999999\n")):
        (tmp_path / f"thermal_zone{zone}").mkdir()
        (tmp_path / f"thermal_zone{zone}" / "temp").write_text(text)
    assert board_celsius(tmp_path) == 51.5
    assert board_celsius(tmp_path / "absent") is None


def test_a_raspberrys_low_supply_is_read(tmp_path: Path) -> None:
    alarm = tmp_path / "hwmon1" / "in0_lcrit_alarm"
    alarm.parent.mkdir()
    alarm.write_text("0\n")
    assert not supply_low(tmp_path)
    alarm.write_text("1\n")
    assert supply_low(tmp_path)


def test_free_space_is_that_of_the_nearest_folder_that_exists(tmp_path: Path) -> None:
    assert disk_free_mb(tmp_path / "not" / "yet") == pytest.approx(disk_free_mb(tmp_path), rel=0.1)


def test_a_slewed_clock_is_left_alone_and_a_set_one_is_followed_with_a_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    clock = HostClock(10.0, 1_777_777_777.25)
    assert clock.look(20.0, 1_777_777_787.35) is None
    assert clock.utc(20.0).timestamp() == 1_777_777_787.25
    anchor = clock.look(30.0, 1_777_781_397.25)
    assert anchor is not None
    assert anchor.utc(31.5).timestamp() == 1_777_781_398.75
    assert clock.jumped_s == 30.0
    assert "host clock was set by +3600.000 s" in caplog.text
    assert clock.look(40.0, 1_777_781_407.25) is None


def test_a_thumbnail_shows_the_hotspot_bright_and_stays_small() -> None:
    noise = np.random.default_rng(3).normal(29_000, 12, (512, 640))
    noise[100:104, 600:604] = 60_000
    png = thumbnail(noise.astype(np.uint16), 601.5, 101.5)
    assert len(png) <= MOST_BYTES
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    brightness = image.sum(axis=2)
    _, column = np.unravel_index(np.argmax(brightness), brightness.shape)
    left = 640 - image.shape[1]
    assert abs(left + int(column) - 601.5) <= 2
    assert image.shape[0] >= 48


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 200),
    dtype=st.sampled_from(["uint8", "uint16", "float32"]),
    u=st.floats(-5, 300),
    v=st.floats(-5, 100),
    seed=st.integers(0, 99),
)
def test_any_picture_gives_a_small_png(
    height: int, width: int, dtype: str, u: float, v: float, seed: int
) -> None:
    pixels = (np.random.default_rng(seed).random((height, width)) * 255).astype(dtype)
    if dtype == "float32":
        pixels[0, 0] = np.nan
    png = thumbnail(pixels, u, v)
    assert png.startswith(b"\x89PNG")
    assert len(png) <= MOST_BYTES


def test_a_thread_held_up_between_the_two_clocks_looks_again() -> None:
    monotonic, wall = iter([10.0, 15.0, 15.1, 15.101]), iter([1000.0, 1005.1])
    assert both_clocks(lambda: next(monotonic), lambda: next(wall)) == (15.1, 1005.1)
