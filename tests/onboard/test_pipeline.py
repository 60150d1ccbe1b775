"""The pipeline's core: what frames and telemetry in which order give, and what it remembers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from firmware_bridge.autopilot.events import LinkUp, VehicleRebooted
from firmware_bridge.messages import (
    AttitudeSample,
    GimbalSample,
    HeatKind,
    PositionSample,
    YawFrame,
)
from onboard.camera import Ffc, Frame, Radiometry
from onboard.clock import ClockAnchor
from onboard.config import CameraSettings, LensSettings, OnboardSettings, TerrainSettings
from onboard.inputs import Input, Tick
from onboard.pipeline import MOST_WAITING, Pipeline, Report
from tests.onboard.peers import ALTITUDE_M, HALF, LAT_DEG, LON_DEG, flat_terrain, picture

ANCHOR = ClockAnchor(0.0, 1_777_777_777_000_000)
SEED = bytes(16)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> OnboardSettings:
    terrain = flat_terrain(tmp_path_factory.mktemp("terrain"))
    return OnboardSettings.model_construct(
        **OnboardSettings().__dict__
        | {
            "camera": CameraSettings(lens=LensSettings(horizontal_fov_deg=50)),
            "terrain": TerrainSettings(folder=terrain),
        }
    )


def pose(time_s: float) -> list[Input]:
    return [
        AttitudeSample(time_s, (1.0, 0.0, 0.0, 0.0), 0.002),
        GimbalSample(time_s, (HALF, 0.0, -HALF, 0.0), YawFrame.VEHICLE, 0.002),
        PositionSample(time_s, LAT_DEG, LON_DEG, ALTITUDE_M, 80.0, (0.0, 0.0, 0.0), 0.002),
    ]


def frame(sequence: int, time_s: float, *, fire: bool = True, ffc: Ffc = Ffc.IDLE) -> Frame:
    pixels = picture(sequence, fire)
    return Frame(time_s, sequence, pixels, Radiometry.CENTIKELVIN, 0.001, "test", None, ffc)


def feed(pipeline: Pipeline, inputs: Sequence[Input | Frame]) -> list[Report]:
    reports = []
    for one in inputs:
        if isinstance(one, Frame):
            reports += pipeline.frame(one)
        else:
            reports += pipeline.telemetry(one)
    return reports


def flight(frames: int = 12) -> list[Input | Frame]:
    """Frames at 10 Hz, each between two samples of the pose."""
    inputs: list[Input | Frame] = [LinkUp(7, 1)]
    for n in range(frames):
        inputs += [*pose(n / 10), frame(n, n / 10 + 0.05)]
    return [*inputs, *pose(frames / 10)]


def test_a_fire_is_confirmed_in_the_third_frame_and_located(settings: OnboardSettings) -> None:
    reports = feed(Pipeline(settings, ANCHOR, SEED), flight(3))
    (report,) = reports
    hotspot = report.hotspot
    assert (hotspot.kind, hotspot.views, hotspot.revision) == (HeatKind.FIRE, 3, 1)
    assert hotspot.system_id == 7
    assert hotspot.fix is not None
    assert hotspot.fix.lat_deg == pytest.approx(LAT_DEG, abs=1e-5)
    assert report.picture is not None
    assert hotspot.last_seen_utc.timestamp() == pytest.approx(1_777_777_777.25)


def test_a_camera_too_coarse_for_people_says_so_once(
    settings: OnboardSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """50 degrees over 160 pixels from 80 m: 0.47 m a pixel, as a Lepton has it."""
    pipeline = Pipeline(settings, ANCHOR, SEED)
    feed(pipeline, flight(8))
    assert pipeline.people_unresolved
    assert caplog.text.count("0.47 m of ground, a person is 0.3 m wide") == 1


def test_a_clock_set_back_in_flight_moves_the_beginning_too(settings: OnboardSettings) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    feed(pipeline, flight(8))
    year_us = 365 * 86_400 * 1_000_000
    inputs = [ClockAnchor(0.9, ANCHOR.unix_us + 900_000 - year_us)]
    inputs += [one for n in range(30, 45) for one in (*pose(n / 10), frame(n, n / 10 + 0.05))]
    reports = feed(pipeline, inputs)
    assert reports
    for report in reports:
        hotspot = report.hotspot
        lasted_s = (hotspot.last_seen_utc - hotspot.first_seen_utc).total_seconds()
        assert 0.0 <= lasted_s <= 4.5
        assert hotspot.first_seen_utc.timestamp() < 1_777_777_777 - 364 * 86_400


def test_frames_of_one_instant_are_taken_without_harm(settings: OnboardSettings) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    same = [frame(n, 0.05) for n in range(5)]
    (report,) = feed(pipeline, [*pose(0.0), *same, *pose(0.1)])
    assert report.hotspot.fix is not None
    assert math.isfinite(report.hotspot.fix.ce90_m)


def test_an_autopilot_without_a_gimbal_names_the_setting(settings: OnboardSettings) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    inputs = [one for one in flight(12) if not isinstance(one, GimbalSample)]
    (report, *_) = feed(pipeline, [*inputs, Tick(9.0)])
    assert report.hotspot.unlocated_because == (
        "no pose: no gimbal yet: for a camera without one set camera.mount.fixed_deg"
    )


def test_a_frame_waits_for_the_telemetry_after_it(settings: OnboardSettings) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    feed(pipeline, [*pose(0.0), frame(1, 0.05)])
    assert (pipeline.waiting, pipeline.last_pose) == (1, None)
    feed(pipeline, pose(0.1))
    assert pipeline.waiting == 0
    assert pipeline.last_pose is not None
    assert pipeline.last_pose.time_s == 0.05


def test_without_telemetry_a_frame_goes_on_unlocated_after_its_time(
    settings: OnboardSettings,
) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    reports = feed(pipeline, [frame(n, n / 10) for n in range(16)])
    assert pipeline.waiting <= 11
    reports += feed(pipeline, [Tick(10.0)])
    assert pipeline.waiting == 0
    assert reports[0].hotspot.fix is None
    assert reports[0].hotspot.unlocated_because == "no pose: no position yet"
    assert reports[0].hotspot.peak_kelvin == pytest.approx(600)


def test_a_wild_stamp_of_the_autopilot_does_not_hurry_the_frames(
    settings: OnboardSettings,
) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    wild = AttitudeSample(1e6, (1.0, 0.0, 0.0, 0.0), 0.002)
    feed(pipeline, [wild, *pose(0.0), frame(1, 0.05)])
    assert pipeline.waiting == 1
    feed(pipeline, pose(0.1))
    assert pipeline.counts.located == 1


def test_what_waits_is_bounded(settings: OnboardSettings) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    feed(pipeline, [frame(n, n / 1000) for n in range(MOST_WAITING + 20)])
    assert pipeline.waiting == MOST_WAITING


def test_frames_of_a_closed_shutter_or_a_hung_camera_are_not_searched(
    settings: OnboardSettings,
) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    frames = [frame(1, 0.1, ffc=Ffc.RUNNING), *(frame(2, 0.2 + n / 10) for n in range(6))]
    feed(pipeline, frames)
    assert pipeline.counts.frames == 7
    assert pipeline.gate.dropped.total() == 7 - pipeline.counts.searched > 1
    assert pipeline.gate.frozen


def test_a_reboot_spoils_the_poses_around_it(settings: OnboardSettings) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    feed(pipeline, [*pose(0.0), VehicleRebooted("boot time went back"), frame(1, 0.05), *pose(0.1)])
    assert pipeline.last_pose is None
    assert pipeline.counts.without_pose.total() == 1


def test_without_terrain_health_knows_and_the_report_says_why(settings: OnboardSettings) -> None:
    bare = settings.model_copy(update={"terrain": TerrainSettings()})
    pipeline = Pipeline(bare, ANCHOR, SEED)
    (report,) = feed(pipeline, flight(3))
    assert report.hotspot.unlocated_because == "no terrain data along the ray"
    assert pipeline.terrain_missing


def test_without_a_lens_the_report_says_what_to_set(settings: OnboardSettings) -> None:
    bare = settings.model_copy(update={"camera": CameraSettings()})
    (report,) = feed(Pipeline(bare, ANCHOR, SEED), flight(3))
    assert report.hotspot.unlocated_because == (
        "lens unknown for 160 x 120 pixels: set camera.lens"
    )


@pytest.mark.parametrize(
    ("radiometry", "scale", "offset"),
    [
        (Radiometry.CENTIKELVIN, 100, 0.0),
        (Radiometry.KELVIN64, 64, 0.0),
        (Radiometry.CELSIUS, 1, 273.15),
    ],
)
def test_a_fire_at_the_cameras_ceiling_is_reported_as_at_least_that(
    settings: OnboardSettings, radiometry: Radiometry, scale: float, offset: float
) -> None:
    for kelvin in (460.15, 460.2, 650.15):
        inputs: list[Input | Frame] = []
        for n in range(3):
            values = np.minimum(picture(n) / 100, kelvin) - offset
            values[59:62, 99:102] = kelvin - offset
            kind = np.float32 if radiometry is Radiometry.CELSIUS else np.uint16
            pixels = np.round(values * scale, 2).astype(kind)
            ceiling = float(pixels.max())
            one = Frame(n / 10 + 0.05, n, pixels, radiometry, 0.001, "test", ceiling)
            inputs += [*pose(n / 10), one]
        (report,) = feed(Pipeline(settings, ANCHOR, SEED), [*inputs, *pose(0.3)])
        assert report.hotspot.saturated


def test_a_set_clock_moves_later_reports(settings: OnboardSettings) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    later = ClockAnchor(0.0, ANCHOR.unix_us + 3_600_000_000)
    feed(pipeline, [*flight(3), later])
    assert pipeline.utc(1.0).timestamp() == 1_777_781_378.0


def test_relative_frames_give_hotspots_without_temperature(settings: OnboardSettings) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    inputs: list[Input | Frame] = []
    for n in range(5):
        counts = picture(n)
        relative = Frame(n / 10 + 0.05, n, counts, Radiometry.COUNTS, 0.001, "counts")
        inputs += [*pose(n / 10), relative]
    reports = feed(pipeline, [*inputs, *pose(0.5)])
    assert pipeline.relative
    assert reports
    assert all(r.hotspot.peak_kelvin is None for r in reports)


def test_the_footprint_is_the_picture_on_the_ground(settings: OnboardSettings) -> None:
    pipeline = Pipeline(settings, ANCHOR, SEED)
    assert pipeline.footprint() is None
    feed(pipeline, flight(3))
    outline = pipeline.footprint()
    assert outline is not None
    east_m = (np.ptp([lon for lon, _ in outline])) * 111_320 * math.cos(math.radians(LAT_DEG))
    assert east_m == pytest.approx(2 * 80 * math.tan(math.radians(25)), rel=0.02)


@dataclass
class Kept:
    inputs: list[Input | Frame] = field(default_factory=list)

    def frame(self, frame: Frame) -> None:
        self.inputs.append(frame)

    def event(self, time_s: float, event: Input) -> None:
        self.inputs.append(event)


def test_every_input_is_recorded_in_the_order_it_was_consumed(settings: OnboardSettings) -> None:
    kept = Kept()
    inputs = [*flight(5), frame(99, 0.9)]
    pipeline = Pipeline(settings, ANCHOR, SEED, kept)
    first = feed(pipeline, inputs) + pipeline.finish()
    assert kept.inputs[:-1] == inputs
    assert isinstance(kept.inputs[-1], Tick)
    again = Pipeline(settings, ANCHOR, SEED)
    assert feed(again, kept.inputs) + again.finish() == first


def test_another_seed_gives_other_ids(settings: OnboardSettings) -> None:
    ids = {
        feed(Pipeline(settings, ANCHOR, seed), flight(3))[0].hotspot.hotspot_id
        for seed in (bytes(16), bytes(15) + b"\1")
    }
    assert len(ids) == 2


def test_a_picture_is_not_sent_again_for_every_revision(
    settings: OnboardSettings,
) -> None:
    reports = feed(Pipeline(settings, ANCHOR, SEED), flight(150))
    assert len(reports) > 3
    assert sum(report.picture is not None for report in reports) == 1
