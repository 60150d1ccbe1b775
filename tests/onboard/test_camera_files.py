"""Stills, clips and videos as a camera: content decides, faults are named, the rest goes on."""

import gzip
import struct
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from firmware_bridge.errors import CameraError
from onboard.camera import Camera, CameraOptions, EndOfFrames, Frame, Radiometry, open_camera


def drain(camera: Camera) -> list[Frame]:
    frames = []
    try:
        while (frame := camera.read(1.0)) is not None:
            frames.append(frame)
    except EndOfFrames:
        camera.close()
    return frames


def write_tiff(path: Path, pixels: np.ndarray) -> Path:
    assert cv2.imwrite(str(path), pixels)
    return path


def scene(celsius: float = 20.0) -> np.ndarray:
    ramp = np.linspace(-2, 2, 12 * 16, dtype=np.float32).reshape(12, 16)
    return ramp + np.float32(celsius)


def write_clip(path: Path, pixels: list[np.ndarray]) -> Path:
    from cptv import CPTVWriter
    from cptv import Frame as Clipped

    with path.open("wb") as file:
        writer = CPTVWriter(file)
        for count, picture in enumerate(pixels):
            on = timedelta(seconds=10 + count * 0.2)
            writer.write_frame(Clipped(picture, on, timedelta(seconds=1), 20.0, 20.0))
        writer.close()
    return path


def test_a_folder_of_tiff_gives_frames_at_the_callers_times(tmp_path: Path) -> None:
    for name, celsius in (("b.tif", 21.0), ("a.tiff", 20.0), ("c.tif", 22.0)):
        write_tiff(tmp_path / name, scene(celsius))
    frames = drain(open_camera(str(tmp_path), CameraOptions(fps=4.0, start_s=100.0)))
    assert [frame.time_s for frame in frames] == pytest.approx([100.0, 100.25, 100.5])
    assert [frame.sequence for frame in frames] == [0, 1, 2]
    assert [float(np.median(frame.pixels)) for frame in frames] == pytest.approx([20, 21, 22])
    assert frames[0].radiometry is Radiometry.CELSIUS
    assert frames[0].pixels.dtype == np.float32


def test_sixteen_bit_tiff_is_centikelvin_or_counts_by_range(tmp_path: Path) -> None:
    warm = write_tiff(tmp_path / "warm.tif", np.full((12, 16), 29315, np.uint16))
    raw = write_tiff(tmp_path / "raw.tif", np.full((12, 16), 8000, np.uint16))
    kinds = [frame.radiometry for frame in drain(open_camera([warm, raw]))]
    assert kinds == [Radiometry.CENTIKELVIN, Radiometry.COUNTS]
    (told,) = drain(open_camera(raw, CameraOptions(radiometry=Radiometry.KELVIN64)))
    assert told.radiometry is Radiometry.KELVIN64


def test_the_option_stands_above_what_floats_look_like(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", scene(29315.0))
    with pytest.raises(CameraError, match="neither Celsius nor kelvin"):
        drain(open_camera(path))
    (told,) = drain(open_camera(path, CameraOptions(radiometry=Radiometry.CENTIKELVIN)))
    assert float(np.median(told.pixels)) == pytest.approx(29315.0)


def test_clips_and_stills_share_one_line_of_time(tmp_path: Path) -> None:
    clip = write_clip(
        tmp_path / "1.cptv", [np.full((120, 160), 3000 + i, np.uint16) for i in (0, 1)]
    )
    stills = [write_tiff(tmp_path / f"{i}.tif", scene()) for i in (2, 3)]
    frames = drain(open_camera([clip, *stills, clip], CameraOptions(fps=10.0, start_s=5.0)))
    assert [frame.time_s for frame in frames] == pytest.approx([5.0, 5.2, 5.3, 5.4, 5.5, 5.7])
    assert [frame.sequence for frame in frames] == list(range(6))


def test_the_choice_is_logged_with_its_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    raw = write_tiff(tmp_path / "raw.tif", np.full((12, 16), 8000, np.uint16))
    with caplog.at_level("INFO"):
        drain(open_camera(raw))
    assert "counts (the median 8000 is no scene's in centikelvin)" in caplog.text


def test_broken_and_foreign_files_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = write_tiff(tmp_path / "1.tif", scene()).read_bytes()
    (tmp_path / "2.tif").write_bytes(good[: len(good) // 2])
    (tmp_path / "3.jpg").write_bytes(cv2.imencode(".jpg", np.zeros((9, 9), np.uint8))[1].tobytes())
    (tmp_path / "4.txt").write_text("notes of the day")
    (tmp_path / "5.tif").write_bytes(b"")
    write_tiff(tmp_path / "6.tif", np.zeros((12, 16, 3), np.uint8))
    write_tiff(tmp_path / "7.tif", scene(25.0))
    camera = open_camera(tmp_path)
    assert len(drain(camera)) == 2
    problems = camera.problems  # type: ignore[attr-defined]  # of this source
    assert [problem.split(":")[0].split("/")[-1] for problem in problems] == [
        "2.tif",
        "3.jpg",
        "4.txt",
        "5.tif",
        "6.tif",
    ]
    for problem, words in zip(
        problems, ("decode", "no APP3 or FLIR", "OpenCV can open", "empty", "colour"), strict=True
    ):
        assert words in problem


def test_a_file_nobody_can_use_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "X.jpg"
    path.write_bytes(cv2.imencode(".jpg", np.zeros((9, 9), np.uint8))[1].tobytes())
    with pytest.raises(CameraError, match=r"X\.jpg: a JPEG without radiometric data"):
        drain(open_camera(path))
    (relative,) = drain(open_camera(path, CameraOptions(radiometry=Radiometry.AGC)))
    assert relative.relative


@pytest.mark.parametrize("url", ["/no/such/folder", "camera0", "stream", "gopher://x/y"])
def test_what_is_not_there_is_named(url: str) -> None:
    with pytest.raises(CameraError, match=url):
        open_camera(url)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="holds no files"):
        open_camera(tmp_path)


def test_a_clip_gives_its_own_intervals_and_lepton_35_is_centikelvin(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    pixels = [random.integers(28000, 30500, (120, 160)).astype(np.uint16) for _ in range(3)]
    clip = write_clip(tmp_path / "fox.cptv", pixels)
    frames = drain(open_camera(clip, CameraOptions(start_s=50.0)))
    assert [frame.time_s for frame in frames] == pytest.approx([50.0, 50.2, 50.4])
    assert frames[0].radiometry is Radiometry.CENTIKELVIN
    for frame, original in zip(frames, pixels, strict=True):
        np.testing.assert_array_equal(frame.pixels, original)


def test_lepton_3_counts_are_relative(tmp_path: Path) -> None:
    pixels = [np.arange(2800, 2800 + 19200, dtype=np.uint16).reshape(120, 160) % 300 + 2800]
    (frame,) = drain(open_camera(write_clip(tmp_path / "a.cptv", pixels)))
    assert frame.radiometry is Radiometry.COUNTS


def test_a_clip_cut_short_gives_what_is_whole_and_is_named(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    pixels = [random.integers(28000, 30500, (120, 160)).astype(np.uint16) for _ in range(5)]
    clip = write_clip(tmp_path / "cut.cptv", pixels)
    whole = clip.read_bytes()
    clip.write_bytes(whole[: len(whole) * 3 // 5])
    camera = open_camera(clip)
    frames = drain(camera)
    assert 1 <= len(frames) < 5
    (problem,) = camera.problems  # type: ignore[attr-defined]  # of this source
    assert "cut.cptv: frame" in problem
    assert "truncated" in problem


def test_a_clip_that_lies_about_sizes_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    head = b"CPTV\x02H\x04" + struct.pack("<BcB", 1, b"C", 1) + struct.pack("<BcQ", 8, b"T", 0)
    head += struct.pack("<BcI", 4, b"X", 1 << 31) + struct.pack("<BcI", 4, b"Y", 1 << 31)
    path = tmp_path / "bomb.cptv"
    path.write_bytes(gzip.compress(head))
    with pytest.raises(CameraError, match=r"bomb\.cptv: 2147483648x2147483648"):
        drain(open_camera(path))


def test_a_clip_without_the_extra_says_which_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = write_clip(tmp_path / "a.cptv", [np.full((120, 160), 3000, np.uint16)])
    monkeypatch.setitem(sys.modules, "cptv", None)  # as where it is not installed
    with pytest.raises(CameraError, match=r"kedrovka\[clips\]"):
        drain(open_camera(clip))


def write_video(path: Path, count: int) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5.0, (64, 48))
    assert writer.isOpened()
    for number in range(count):
        picture = np.full((48, 64, 3), 40, np.uint8)
        picture[10:20, number : number + 10] = 220
        writer.write(picture)
    writer.release()
    return path


def test_a_video_is_relative_and_keeps_its_own_rate(tmp_path: Path) -> None:
    frames = drain(open_camera(write_video(tmp_path / "v.avi", 4)))
    assert [frame.time_s for frame in frames] == pytest.approx([0.0, 0.2, 0.4, 0.6])
    assert frames[0].radiometry is Radiometry.AGC
    assert frames[0].pixels.shape == (48, 64)
    assert frames[0].pixels[15, 5] > 200
    assert frames[0].pixels[40, 60] < 60


def test_a_video_cannot_be_declared_calibrated(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.avi", 2)
    with pytest.raises(CameraError, match="8-bit video cannot be kelvin64"):
        drain(open_camera(path, CameraOptions(radiometry=Radiometry.KELVIN64)))


def test_real_burns_are_celsius_and_their_clipping_is_seen(shared: Path) -> None:
    camera = open_camera(shared / "data/thermal/flame3")
    frames = drain(camera)
    assert len(frames) == 5
    assert {frame.saturation for frame in frames} == {500.0}
    assert [int((frame.pixels >= 500).sum()) for frame in frames] == [21, 22, 9, 29, 67]
    assert camera.skipped == 15  # type: ignore[attr-defined]  # masks and colour pictures


def test_real_lepton_clips_are_read_whole(shared: Path) -> None:
    frames = drain(open_camera(shared / "data/thermal/cacophony/animal"))
    assert len(frames) == 133 + 100 + 94 + 99 + 107
    assert {frame.radiometry for frame in frames} == {Radiometry.COUNTS}
    assert all(later.time_s > sooner.time_s for sooner, later in pairwise(frames))
