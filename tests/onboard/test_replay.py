"""Replays: bit for bit after a run on threads, salvage of a cut recording, honest notes."""

import threading
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from firmware_bridge.errors import ProtocolError
from firmware_bridge.messages import Hotspot
from onboard.camera import CameraOptions, open_camera
from onboard.clock import ClockAnchor
from onboard.config import CameraSettings, LensSettings, OnboardSettings
from onboard.pipeline import Pipeline
from onboard.recording.recorder import Recorder
from onboard.replay import (
    Outcome,
    flight_start_s,
    replay_pictures,
    replay_recording,
    run_header,
    samples_from,
)
from tests.onboard.peers import CameraPeer
from tests.onboard.test_pipeline import ANCHOR, SEED, feed, flight, frame, pose, settings

__all__ = ["settings"]

HOTSPOT = TypeAdapter(Hotspot)


def record(folder: Path, settings: OnboardSettings, inputs: list[object]) -> list[bytes]:
    """The reports of a run that was recorded, as JSON."""
    recorder = Recorder(folder, 50_000_000, run_header(settings, ANCHOR, SEED))
    pipeline = Pipeline(settings, ANCHOR, SEED, recorder)
    reports = feed(pipeline, inputs) + pipeline.finish()  # type: ignore[arg-type]
    recorder.close()
    return [HOTSPOT.dump_json(report.hotspot) for report in reports]


def replayed(folder: Path, outcome: Outcome | None = None) -> list[bytes]:
    return [HOTSPOT.dump_json(r.hotspot) for r in replay_recording(folder, None, outcome)]


def test_a_recording_gives_the_same_reports_byte_for_byte(
    tmp_path: Path, settings: OnboardSettings
) -> None:
    inputs = [*flight(40), ClockAnchor(4.0, ANCHOR.unix_us + 99_000_000), *pose(6.0)]
    inputs += [frame(50 + n, 6.1 + n / 10) for n in range(5)]
    told = record(tmp_path / "r", settings, inputs)
    outcome = Outcome()
    assert replayed(tmp_path / "r", outcome) == told
    assert len(told) >= 3
    assert (outcome.frames, outcome.searched) == (45, 45)
    assert outcome.problems == []


def test_two_runs_in_one_folder_are_two_flights(tmp_path: Path, settings: OnboardSettings) -> None:
    first = record(tmp_path, settings, flight(5))
    second = record(tmp_path, settings, flight(9))
    assert replayed(tmp_path) == first + second


def test_a_cut_recording_gives_what_is_whole(tmp_path: Path, settings: OnboardSettings) -> None:
    told = record(tmp_path, settings, flight(30))
    (segment,) = tmp_path.glob("*.krec")
    data = segment.read_bytes()
    segment.write_bytes(data[: len(data) * 2 // 3])
    outcome = Outcome()
    assert replayed(tmp_path, outcome)[0] == told[0]
    assert 0 < outcome.frames < 30
    assert "no whole record" in outcome.problems[-1]


def test_the_key_to_the_ground_is_not_recorded(tmp_path: Path, settings: OnboardSettings) -> None:
    record(tmp_path, settings, flight(1))
    assert b"uplink" not in b"".join(path.read_bytes() for path in tmp_path.glob("*.krec"))


def test_options_stand_above_the_recorded_settings(
    tmp_path: Path, settings: OnboardSettings
) -> None:
    record(tmp_path, settings, flight(3))
    wider = {"camera": {"lens": {"horizontal_fov_deg": 80.0}}, "terrain": {"folder": "/absent"}}
    outcome = Outcome()
    (report,) = replay_recording(tmp_path, wider, outcome)
    assert report.hotspot.unlocated_because == "no terrain data along the ray"
    assert outcome.problems == [
        "the flight's terrain /absent is not here: give the folder by --dem"
    ]


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    Recorder(tmp_path, 1_000_000, {"program": "another"}).close()
    (tmp_path / "00000002.krec").write_bytes(b"")
    with pytest.raises(ProtocolError, match=str(tmp_path)):
        replayed(tmp_path)


def test_live_threads_and_their_replay_agree(tmp_path: Path, settings: OnboardSettings) -> None:
    """A stream camera and telemetry race; the recorded order is the truth."""
    recorder = Recorder(tmp_path, 50_000_000, run_header(settings, ANCHOR, SEED))
    pipeline = Pipeline(settings, ANCHOR, SEED, recorder)
    lock, stop, told = threading.Lock(), threading.Event(), []

    with CameraPeer() as peer:
        camera = open_camera(peer.url)
        first = camera.read(5.0)
        assert first is not None

        def telemetry() -> None:
            tick = 0
            while not stop.wait(0.02):
                tick += 1
                with lock:
                    told.extend(feed(pipeline, pose(first.time_s + tick / 50)))

        thread = threading.Thread(target=telemetry)
        thread.start()
        for _ in range(12):
            taken = camera.read(5.0)
            assert taken is not None
            with lock:
                told.extend(pipeline.frame(taken))
        stop.set()
        thread.join(5)
        camera.close()
    told.extend(pipeline.finish())
    recorder.close()
    assert told
    assert replayed(tmp_path) == [HOTSPOT.dump_json(report.hotspot) for report in told]


def test_real_burns_along_a_real_flight_are_fires_without_terrain_and_say_so(shared: Path) -> None:
    tlog = shared / "data/mavlink/survey_mavproxy_rates.tlog"
    burns = sorted((shared / "data/thermal/flame3").glob("Wilamette_0000?.TIFF"))
    outcome = Outcome()
    start_s = flight_start_s(tlog)
    settings = OnboardSettings().model_copy(
        update={"camera": CameraSettings(lens=LensSettings(horizontal_fov_deg=32))}
    )
    camera = open_camera(burns, CameraOptions(start_s=start_s))
    reports = list(replay_pictures(camera, settings, samples_from(tlog, start_s), outcome))
    assert (outcome.frames, outcome.searched, outcome.located) == (5, 5, 5)
    assert all(line.fires for line in outcome.per_frame)
    assert reports
    hottest = max(report.hotspot.peak_kelvin or 0 for report in reports)
    assert hottest == pytest.approx(773.15, abs=1)
    assert {r.hotspot.unlocated_because for r in reports} == {"no terrain data along the ray"}
