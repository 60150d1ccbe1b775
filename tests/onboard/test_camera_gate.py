"""The gate: closed shutters and hung cameras stay out, saturated frames pass and are counted."""

import numpy as np
import pytest

from onboard.camera.frame import Ffc, Frame, Radiometry
from onboard.camera.gate import CameraGate, Dropped


def frame(sequence: int, seed: int | None = None, **changes: object) -> Frame:
    noise = np.random.default_rng(sequence if seed is None else seed)
    pixels = (29315 + noise.normal(0, 2, (12, 16))).astype(np.uint16)
    fields = {"pixels": pixels, "ffc": Ffc.IDLE, "saturation": None} | changes
    return Frame(
        time_s=sequence / 9,
        sequence=sequence,
        radiometry=Radiometry.CENTIKELVIN,
        clock_sigma_s=0.01,
        camera="Lepton",
        **fields,  # type: ignore[arg-type]  # built for brevity
    )


def test_noisy_frames_pass() -> None:
    gate = CameraGate()
    assert [gate.check(frame(count)) for count in range(20)] == [None] * 20
    assert not gate.dropped
    assert gate.lost == 0


def test_ffc_running_is_dropped_and_imminent_passes() -> None:
    gate = CameraGate()
    states = [Ffc.IDLE, Ffc.IMMINENT, Ffc.RUNNING, Ffc.RUNNING, Ffc.IDLE]
    verdicts = [gate.check(frame(count, ffc=state)) for count, state in enumerate(states)]
    assert verdicts == [None, None, Dropped.FFC, Dropped.FFC, None]
    assert gate.dropped == {Dropped.FFC: 2}


def test_doubles_are_no_new_evidence_and_told_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """A Lepton's 9 Hz on a wire of 27 Hz: one picture must not vote three times."""
    gate = CameraGate()
    with caplog.at_level("INFO"):
        verdicts = [gate.check(frame(count, seed=count // 3)) for count in range(30)]
    assert verdicts == [None, Dropped.REPEATED, Dropped.REPEATED] * 10
    assert not gate.frozen
    assert not caplog.text


def test_a_frozen_picture_is_dropped_and_named() -> None:
    gate = CameraGate()
    verdicts = [gate.check(frame(count, seed=1)) for count in range(5)]
    assert verdicts == [None, *[Dropped.REPEATED] * 2, *[Dropped.FROZEN] * 2]
    assert gate.frozen
    assert gate.check(frame(5)) is None
    assert not gate.frozen
    assert gate.dropped == {Dropped.REPEATED: 2, Dropped.FROZEN: 2}


def test_one_living_pixel_is_no_frozen_picture() -> None:
    gate = CameraGate()
    for count in range(10):
        pixels = frame(0).pixels.copy()
        pixels[3, 3] += count % 2
        assert gate.check(frame(count, pixels=pixels)) is None


def test_a_blank_picture_is_dropped_at_once() -> None:
    gate = CameraGate()
    blank = np.full((12, 16), 29315, np.uint16)
    assert gate.check(frame(0, pixels=blank)) is Dropped.BLANK


def test_gaps_in_the_sequence_are_counted_and_a_restart_is_none() -> None:
    gate = CameraGate()
    for sequence in (1, 2, 5, 6, 0, 1):
        gate.check(frame(sequence))
    assert gate.lost == 2


def test_a_saturated_frame_passes_is_counted_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gate = CameraGate()
    with caplog.at_level("INFO"):
        for count in range(4):
            pixels = frame(count).pixels.copy()
            if count in (1, 2):
                pixels[2, 2:5] = 45985  # 186.7 C: a Lepton in high gain
            assert gate.check(frame(count, pixels=pixels, saturation=45900.0)) is None
    assert gate.saturated == 2
    assert caplog.text.count("3 pixels at its ceiling") == 1
    assert caplog.text.count("no longer at its ceiling") == 1
