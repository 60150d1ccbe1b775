"""Clips of Cacophony's thermal cameras (CPTV): Lepton 3 counts or Lepton 3.5 centikelvin.

The package `cptv` (extra `clips`) reads them frame by frame. Its reader trusts the file: sizes
are bounded here, and whatever it raises on a broken file becomes a CameraError. Version 1 clips
tell no times; then the caller's rate counts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from firmware_bridge.errors import CameraError
from onboard.camera.frame import Radiometry
from onboard.camera.picture import Picture
from onboard.camera.plausible import check_shape, choose

log = logging.getLogger(__name__)

MAX_READ = 8 << 20


def read_clip(path: Path, said: Radiometry | None = None) -> Iterator[Picture]:
    """Yield the pictures of a clip; a cut tail ends it with a CameraError naming the place."""
    try:
        from cptv import CPTVReader
    except ImportError as error:
        raise CameraError(
            f"{path}: CPTV clips need the extra `clips`: pip install 'kedrovka[clips]'"
        ) from error
    with path.open("rb") as file:
        reader = _guarded(path, "header", lambda: CPTVReader(file))
        check_shape(reader.x_resolution, reader.y_resolution, str(path))
        reader.s = _Bounded(reader.s)
        yield from _pictures(path, reader, said)


def _pictures(path: Path, reader: Any, said: Radiometry | None) -> Iterator[Picture]:
    camera = f"{_text(reader.brand)} {_text(reader.model)}".strip() or "Lepton (CPTV)"
    frames = iter(reader)
    choice = first_on_s = None
    count = 0
    while (frame := _guarded(path, f"frame {count}", lambda: next(frames, None))) is not None:
        count += 1
        if frame.background_frame:  # an average the recorder made, no picture of a moment
            continue
        choice = choice or choose(frame.pix, said)
        on_s = frame.time_on.total_seconds() if frame.time_on else None
        first_on_s = on_s if first_on_s is None else first_on_s
        after_s = None if on_s is None or first_on_s is None else on_s - first_on_s
        pixels = np.asarray(frame.pix, np.uint16)
        yield Picture(pixels, choice.radiometry, camera, choice.why, None, after_s)


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _guarded(path: Path, where: str, step: Any) -> Any:
    """Run one step of the foreign reader; it raises nearly anything on broken bytes."""
    try:
        return step()
    except (OSError, EOFError, ValueError, LookupError, ArithmeticError, TypeError) as error:
        raise CameraError(f"{path}: {where}: truncated or no CPTV clip: {error}") from error
    except Exception as error:  # struct.error and zlib.error have no common root
        if type(error).__module__ not in ("struct", "zlib"):
            raise
        raise CameraError(f"{path}: {where}: truncated or no CPTV clip: {error}") from error


class _Bounded:
    """The reader's unpacked stream with a bound on one read: sizes come from the file."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        if not 0 <= size <= MAX_READ:
            raise ValueError(f"a frame of {size} bytes")
        return bytes(self._stream.read(size))

    def seek(self, offset: int) -> int:
        return int(self._stream.seek(offset))
