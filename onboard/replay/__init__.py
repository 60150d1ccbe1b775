"""A flight again: our own recording bit for bit, or foreign pictures with a log's telemetry.

A recording carries what its run was started with (settings, seed of the ids, clock), so that the
same pipeline fed the same inputs gives the same hotspots. Pictures have no times worth believing:
they are laid along the telemetry log from a chosen moment, or from 1970 on without one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from firmware_bridge.autopilot.tlog import pose_events
from firmware_bridge.errors import ProtocolError
from firmware_bridge.messages import (
    AttitudeSample,
    GimbalSample,
    HeatKind,
    PositionSample,
)
from firmware_bridge.settings import load_settings
from onboard.camera import Camera, CameraOptions, EndOfFrames, Frame
from onboard.clock import ClockAnchor
from onboard.config import OnboardSettings
from onboard.inputs import INPUT_TYPES
from onboard.pipeline import Pipeline, Report
from onboard.recording import (
    Damage,
    Kind,
    Record,
    decode_event,
    decode_frame,
    decode_json,
    read_recording,
)
from onboard.replay.outcome import FrameLine, Outcome

__all__ = [
    "Outcome",
    "Sample",
    "flight_start_s",
    "picture_options",
    "replay_pictures",
    "replay_recording",
    "run_header",
    "samples_from",
]

Sample = AttitudeSample | GimbalSample | PositionSample
MOST_PER_FRAME = 1000
IN_FLIGHT_M = 20.0
_SEED = b"replay of pictures"
_LATER_S = 2.0
"""Telemetry after the last frame that may still decide its pose."""


def run_header(settings: OnboardSettings, anchor: ClockAnchor, id_seed: bytes) -> dict[str, Any]:
    """What a recording must carry for `replay_recording`; no keys of the ground in it."""
    return {
        "program": "kedrovka-onboard",
        "name": settings.name,
        "seed": id_seed.hex(),
        "anchor": {"time_s": anchor.time_s, "unix_us": anchor.unix_us},
        "settings": settings.model_dump(mode="json", exclude={"uplink"}),
    }


def replay_recording(
    folder: Path, overrides: Mapping[str, Any] | None = None, outcome: Outcome | None = None
) -> Iterator[Report]:
    """Give the reports of every run in a recording, exactly; `overrides` of its settings end that.

    Raises ProtocolError for a recording that does not tell how its run was started.
    """
    result = outcome if outcome is not None else Outcome()
    damage: list[Damage] = []
    pipeline: Pipeline | None = None
    run: int | None = None
    for record in read_recording(folder, damage):
        if record.kind is Kind.HEADER:
            header = decode_json(record.payload)
            if pipeline is None or header.get("run") != run:
                if pipeline is not None:
                    yield from _finish(pipeline, result)
                run = header.get("run")
                pipeline = _pipeline_of(header, folder, overrides or {}, result)
                _note_beginning(header, result)
        elif pipeline is not None:
            yield from _feed(pipeline, record, result)
    if pipeline is None:
        raise ProtocolError(f"{folder}: holds no run of kedrovka-onboard")
    yield from _finish(pipeline, result)
    for lost in damage:
        result.problem(str(lost))


def replay_pictures(
    camera: Camera, settings: OnboardSettings, samples: Iterator[Sample], outcome: Outcome
) -> Iterator[Report]:
    """Give the reports of a file camera's frames, with telemetry on the same clock.

    Raises CameraError when the camera gives no frame at all.
    """
    pipeline = Pipeline(settings, ClockAnchor(0.0, 0), _SEED)
    ahead = next(samples, None)
    last_s = 0.0
    try:
        while (frame := camera.read(timeout_s=1.0)) is not None:
            while ahead is not None and ahead.time_s <= frame.time_s:
                yield from _told(pipeline.telemetry(ahead), outcome)
                ahead = next(samples, None)
            yield from _frame(pipeline, frame, outcome)
            last_s = frame.time_s
    except EndOfFrames:
        pass
    while ahead is not None and ahead.time_s < last_s + _LATER_S:
        yield from _told(pipeline.telemetry(ahead), outcome)
        ahead = next(samples, None)
    yield from _finish(pipeline, outcome)
    for text in getattr(camera, "problems", []):
        outcome.problem(text)


def flight_start_s(tlog: Path) -> float:
    """Unix time at which a log's vehicle is first 20 m up; of its first sample if it never is."""
    first_s: float | None = None
    for sample in pose_events(tlog):
        first_s = sample.time_s if first_s is None else first_s
        if isinstance(sample, PositionSample) and sample.height_above_home_m >= IN_FLIGHT_M:
            return sample.time_s
    if first_s is None:
        raise ProtocolError(f"{tlog}: holds no attitude, gimbal or position of an autopilot")
    return first_s


def samples_from(tlog: Path, start_s: float) -> Iterator[Sample]:
    """Samples of a log from a little before `start_s` on."""
    return (sample for sample in pose_events(tlog) if sample.time_s > start_s - _LATER_S)


def picture_options(settings: OnboardSettings, start_s: float, fps: float | None) -> CameraOptions:
    """For `open_camera` on files."""
    camera = settings.camera
    return CameraOptions(
        radiometry=camera.radiometry,
        saturation=camera.saturation,
        fps=fps or camera.fps,
        start_s=start_s,
        clock_sigma_s=camera.clock_sigma_s,
    )


def _pipeline_of(
    header: Mapping[str, Any], folder: Path, overrides: Mapping[str, Any], outcome: Outcome
) -> Pipeline:
    try:
        settings = _merged(header["settings"], overrides)
        anchor = ClockAnchor(header["anchor"]["time_s"], header["anchor"]["unix_us"])
        seed = bytes.fromhex(header["seed"])
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(
            f"{folder}: run {header.get('run')} does not tell how it was started: {error!r}"
        ) from error
    checked = load_settings(OnboardSettings, None, "onboard", settings)
    terrain = checked.terrain.folder
    if terrain is not None and not terrain.is_dir():
        outcome.problem(f"the flight's terrain {terrain} is not here: give the folder by --dem")
    return Pipeline(checked, anchor, seed)


def _merged(held: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with others above them, key by key down the tables."""
    merged = dict(held)
    for key, value in above.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            value = _merged(below, value)
        merged[key] = value
    return merged


def _note_beginning(header: Mapping[str, Any], outcome: Outcome) -> None:
    if header.get("segment") != header.get("run"):
        outcome.problem(
            f"run {header.get('run')} begins at segment {header.get('segment')}, what was before "
            "is deleted: hotspots and their ids differ from the flight's"
        )


def _feed(pipeline: Pipeline, record: Record, outcome: Outcome) -> Iterator[Report]:
    try:
        if record.kind is Kind.FRAME:
            yield from _frame(pipeline, decode_frame(record), outcome)
        elif record.kind is Kind.EVENT:
            event = decode_event(record.payload, INPUT_TYPES)
            yield from _told(pipeline.telemetry(event), outcome)
        elif record.kind is Kind.NOTE:
            outcome.problem(f"at {record.time_s:.3f} s: {record.payload.decode(errors='replace')}")
    except ProtocolError as error:
        outcome.problem(str(error))


def _frame(pipeline: Pipeline, frame: Frame, outcome: Outcome) -> Iterator[Report]:
    before = Counter(pipeline.gate.dropped)
    reports = pipeline.frame(frame)
    why = next(iter(pipeline.gate.dropped - before), None)
    outcome.relative = frame.relative
    found = [] if why else pipeline.newest
    kinds = Counter(one.kind for one in found)
    outcome.detections += kinds
    if len(outcome.per_frame) < MOST_PER_FRAME:
        peaks = [one.peak_kelvin for one in found if one.peak_kelvin is not None]
        line = FrameLine(
            sequence=frame.sequence,
            time_s=frame.time_s,
            fires=kinds[HeatKind.FIRE],
            signatures=kinds[HeatKind.SIGNATURE],
            peak_kelvin=max(peaks, default=None),
            dropped=why,
        )
        outcome.per_frame.append(line)
    yield from _told(reports, outcome)


def _told(reports: Sequence[Report], outcome: Outcome) -> Sequence[Report]:
    outcome.told(reports)
    return reports


def _finish(pipeline: Pipeline, outcome: Outcome) -> Iterator[Report]:
    yield from _told(pipeline.finish(), outcome)
    counts = pipeline.counts
    outcome.frames += counts.frames
    outcome.searched += counts.searched
    outcome.located += counts.located
    outcome.dropped += Counter({str(why): n for why, n in pipeline.gate.dropped.items()})
    outcome.without_pose += counts.without_pose
    outcome.people_unresolved |= pipeline.people_unresolved
