"""Radiometric JPEG: the raw thermal picture DJI and FLIR cameras hide in a JPEG's segments.

DJI: the APP3 segments joined are the sensor's uint16, little endian, 640x512 or 1280x1024.
On some models the value is 64 x kelvin (measured on pictures of M3T, M30T, M2EA and H20N); on
the M4T and the H20T of 2022 that reading is wrong, so only known models are calibrated.
FLIR: APP1 segments "FLIR\\0" joined are an FFF block (`fff.py`).
"""

import cv2
import numpy as np

from firmware_bridge.errors import CameraError
from onboard.camera.fff import read_fff
from onboard.camera.frame import SCALE_KELVIN, Radiometry
from onboard.camera.jpeg import exif_model, segments
from onboard.camera.picture import Picture
from onboard.camera.plausible import in_scene_range

APP1, APP3 = 0xE1, 0xE3
DJI_SIZES = {640 * 512 * 2: (640, 512), 1280 * 1024 * 2: (1280, 1024)}
KELVIN64_MODELS = frozenset({"M3T", "M30T", "M2EA", "MAVIC2-ENTERPRISE-ADVANCED", "H20N", "ZH20N"})
"""EXIF models; the two long names are the makers' EXIF spelling as remembered, not seen here."""


def read_rjpeg(data: bytes, name: str, said: Radiometry | None = None) -> Picture:
    """Thermal picture of a radiometric JPEG; raises CameraError naming what was wrong."""
    model: str | None = None
    dji, flir = bytearray(), bytearray()
    for marker, body in segments(data, name):
        if marker == APP3:
            dji += body
        elif marker == APP1 and body[:5] == b"FLIR\0":
            flir += body[8:]
        elif marker == APP1 and model is None:
            model = exif_model(body)
    if flir:
        return read_fff(bytes(flir), name, said)
    if dji:
        return _dji(bytes(dji), model, name, said)
    if said is Radiometry.AGC:
        return read_grey(data, name)
    raise CameraError(
        f"{name}: a JPEG without radiometric data (no APP3 or FLIR segments): an 8-bit picture"
        ' cannot give temperatures (radiometry = "agc" takes it as a relative one)'
    )


def _dji(raw: bytes, model: str | None, name: str, said: Radiometry | None) -> Picture:
    if len(raw) not in DJI_SIZES:
        raise CameraError(
            f"{name}: APP3 segments hold {len(raw)} bytes, neither 640x512 nor 1280x1024 pixels"
        )
    width, height = DJI_SIZES[len(raw)]
    pixels = np.frombuffer(raw, "<u2").reshape(height, width)
    camera = model or "JPEG with APP3, no model"
    if said is not None:
        return Picture(pixels, said, camera, "the option says so")
    kelvin = float(np.median(pixels)) * SCALE_KELVIN[Radiometry.KELVIN64]
    if model not in KELVIN64_MODELS:
        return Picture(pixels, Radiometry.COUNTS, camera, "scale not known for this model")
    if not in_scene_range(kelvin):
        why = f"as 64 x kelvin the median would be {kelvin:.1f} K"
        return Picture(pixels, Radiometry.COUNTS, camera, why)
    return Picture(pixels, Radiometry.KELVIN64, camera, "model known to store 64 x kelvin")


def read_grey(data: bytes, name: str) -> Picture:
    """An ordinary 8-bit picture as a relative one; raises CameraError where it does not decode."""
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error as error:
        raise CameraError(f"{name}: does not decode: {error}") from error
    if pixels is None:
        raise CameraError(f"{name}: truncated or no picture: OpenCV does not decode it")
    return Picture(np.asarray(pixels, np.uint8), Radiometry.AGC, "8-bit picture", "as told")
