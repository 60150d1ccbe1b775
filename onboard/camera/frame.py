"""What a camera gives: one frame, how its pixels mean heat, and the shape every source has.

`Frame` is what all cameras, files and recordings end in; `docs/wires.md` holds the same words
for the frame stream. Pixels are never written to after the frame was made, so that detector and
recorder may share them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import BridgeError

Pixels = NDArray[np.uint16] | NDArray[np.uint8] | NDArray[np.float32]

MAX_PIXELS = 2048 * 2048
"""Largest picture accepted from any source; the largest known sensor has 1280 x 1024."""


class Radiometry(StrEnum):
    """What a pixel value says about temperature."""

    CENTIKELVIN = "centikelvin"
    """uint16, 100 x kelvin (Lepton TLinear at high resolution, Boson TLinear)."""
    KELVIN64 = "kelvin64"
    """uint16, 64 x kelvin (TC001, P2 Pro, some DJI)."""
    CELSIUS = "celsius"
    """float32, degrees Celsius (exported TIFF, pictures calibrated by constants of their own)."""
    COUNTS = "counts"
    """Grows with radiance; no calibration, no temperature."""
    AGC = "agc"
    """8-bit picture after gain control: not even comparable between two frames."""


CALIBRATED = frozenset({Radiometry.CENTIKELVIN, Radiometry.KELVIN64, Radiometry.CELSIUS})

SCALE_KELVIN = {Radiometry.CENTIKELVIN: 1 / 100, Radiometry.KELVIN64: 1 / 64}
"""Kelvin per count."""


class Ffc(StrEnum):
    """State of the flat-field correction; pixels of a running one mean nothing."""

    IDLE = "idle"
    IMMINENT = "imminent"
    RUNNING = "running"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture with the host's monotonic time of the middle of its exposure."""

    time_s: float
    sequence: int
    """Grows by one a frame at the source; a gap is a lost frame."""
    pixels: Pixels
    """(H, W) uint16, uint8 or float32; what they mean says `radiometry`."""
    radiometry: Radiometry
    clock_sigma_s: float
    """How well `time_s` is known, one sigma."""
    camera: str
    """Model and serial, or the file, for people."""
    saturation: float | None = None
    """Pixel value at and above which the true temperature is unknown; None: not known."""
    ffc: Ffc = Ffc.IDLE

    @property
    def relative(self) -> bool:
        """True where no temperature can be had from this camera."""
        return self.radiometry not in CALIBRATED


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """What a caller may say about a source; None lets the source decide and log what it chose."""

    radiometry: Radiometry | None = None
    """Overrides whatever the source would conclude from its numbers."""
    saturation: float | None = None
    fps: float | None = None
    """Frames per second of stills (9 where None) and of files that do not tell theirs."""
    start_s: float = 0.0
    """Time of the first frame of a file source. Dates in files are not believed."""
    width: int | None = None
    height: int | None = None
    latency_s: float = 0.0
    """Live devices: from the middle of the exposure to arrival, as measured by the operator."""
    clock_sigma_s: float | None = None
    """Overrides the source's own estimate."""
    open_timeout_s: float = 5.0
    read_timeout_s: float = 3.0
    """A live device silent for so long is taken for gone."""
    now_s: Callable[[], float] = monotonic


class EndOfFrames(BridgeError):
    """A file source has given all it holds; not a fault."""


class Camera(Protocol):
    """A source of frames. One thread reads it; any may close it."""

    url: str
    live: bool
    """False for files: frames come as fast as they are read, at times of their own."""

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame, or None when none came in time.

        Raises CameraError naming the thing that failed (reopen with back-off), EndOfFrames
        after the last frame of a file.
        """

    def close(self) -> None:
        """Let the device go; reading afterwards raises CameraError."""


PathLike = str | Path
