"""Raw buffers of UVC thermal cameras into pixels and telemetry; pure functions of bytes.

| camera | buffer | telemetry |
|---|---|---|
| Lepton 3.x, PureThermal | Y16 160x120 | 160x122: two rows below |
| Boson | Y16 640x512, 320x256 | 640x514, 320x258: two rows above |
| TC001, P2 Pro | YUYV 256x384: picture above, 64 x kelvin below | none |

Lepton telemetry: the rows hold packets of 80 words; row A's words 3 and 4 (low word first) are
the status, its bits 4 and 5 the FFC: 0 never commanded, 1 imminent, 2 running, 3 complete (FLIR
Lepton engineering datasheet, telemetry). Boson's rows are cut off; their FFC state is not read,
its place was not verified against a camera.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import CameraError
from onboard.camera.frame import Ffc, Radiometry

FFC_STATES = {0: Ffc.IDLE, 1: Ffc.IMMINENT, 2: Ffc.RUNNING, 3: Ffc.IDLE}

LEPTON_HIGH_GAIN_CEILING = 45900
"""Centikelvin: users see a Lepton in high gain stuck at 186.7 C (45985); the margin is ours."""


class Layout(NamedTuple):
    """Where pixels and telemetry stand in a buffer of one size."""

    camera: str
    width: int
    height: int
    rows_above: int = 0
    rows_below: int = 0
    radiometry: Radiometry | None = None
    """None: by plausible range."""
    saturation: float | None = None


LAYOUTS = {
    (160, 120): Layout("Lepton 160x120", 160, 120, saturation=LEPTON_HIGH_GAIN_CEILING),
    (160, 122): Layout("Lepton 160x120", 160, 120, 0, 2, saturation=LEPTON_HIGH_GAIN_CEILING),
    (640, 514): Layout("Boson 640x512", 640, 512, 2),
    (320, 258): Layout("Boson 320x256", 320, 256, 2),
    (256, 384): Layout("TC001 or P2 Pro 256x192", 256, 192, 192, 0, Radiometry.KELVIN64),
}
"""(width, rows) of the buffer."""


class Raw(NamedTuple):
    """One decoded buffer."""

    pixels: NDArray[np.uint16]
    layout: Layout
    ffc: Ffc


def decode_raw(buffer: np.ndarray, width: int, name: str) -> Raw:
    """Pixels of a raw 16-bit buffer `width` pixels wide, whatever shape OpenCV gave it.

    OpenCV 4.11 returned Y16 flattened to one row of bytes (opencv#27166), other versions
    (rows, width) uint16 or (rows, width, 2) uint8: only the bytes are trusted.
    Raises CameraError where they make no whole rows.
    """
    raw = np.ascontiguousarray(buffer).reshape(-1).view(np.uint8)
    rows, rest = divmod(raw.size, 2 * max(width, 1))
    if width < 2 or rest or rows < 2:
        raise CameraError(f"{name}: a buffer of {raw.size} bytes is no 16-bit picture {width} wide")
    words = raw.view("<u2").reshape(rows, width)
    layout = LAYOUTS.get((width, rows), Layout(f"{width}x{rows}", width, rows))
    pixels = words[layout.rows_above : layout.rows_above + layout.height]
    ffc = lepton_ffc(words[rows - 2 :]) if (width, rows) == (160, 122) else Ffc.IDLE
    return Raw(np.array(pixels, np.uint16), layout, ffc)


def lepton_ffc(telemetry: NDArray[np.uint16]) -> Ffc:
    """FFC state from (2, 160) words of telemetry, row A first."""
    status = int(telemetry.reshape(-1)[3])
    return FFC_STATES[status >> 4 & 0b11]
