"""FLIR's FFF block (alone, or in the FLIR segments of a JPEG): raw counts and their calibration.

Layout as ExifTool documents it (FLIR tags, `FLIR.pm`), confirmed on the real files of seven
cameras; big or little endian, told by the version number 100 to 199:

```
0     4   "FFF\\0"
20    4   version
24    4   offset of the directory
28    4   n, its entries of 32 bytes: u16 type, u16 subtype, u32 version, u32 id,
          u32 offset, u32 length
```
Type 1, raw data (own byte order, told by its first word being 2): 2 u16 width, 4 u16 height,
32 pixels, or a PNG of them. Type 0x20, camera: f32 at 0x20 emissivity, 0x24 distance,
0x28 reflected, 0x2c air (kelvin), 0x3c humidity, 0x58 R1, 0x5c B, 0x60 F, 0x70 alpha 1 and 2,
0x78 beta 1 and 2, 0x80 X; 0xd4 model; 0x308 i32 O, 0x30c f32 R2.
"""

import math
import struct
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import CameraError
from firmware_bridge.units import ZERO_CELSIUS_KELVIN
from onboard.camera.frame import Radiometry
from onboard.camera.picture import Picture
from onboard.camera.planck import Atmosphere, Planck, Scene, kelvin_from_counts, object_signal
from onboard.camera.plausible import check_shape, in_scene_range

MAGIC = b"FFF\0"
RAW, CAMERA = 1, 0x20
MAX_ENTRIES = 256
PNG = b"\x89PNG"


class Calibration(NamedTuple):
    """What the camera record of a file says."""

    planck: Planck
    scene: Scene
    air: Atmosphere
    model: str


def read_fff(data: bytes, name: str, said: Radiometry | None = None) -> Picture:
    """Picture in Celsius by the file's own constants, or in counts where they are unusable."""
    records = _records(data, name)
    if RAW not in records:
        raise CameraError(f"{name}: FLIR data without a raw picture")
    counts = _raw_counts(records[RAW], name)
    camera = records.get(CAMERA, b"")
    if said is not None and said is not Radiometry.CELSIUS:
        return Picture(counts, said, _model(camera), "the option says so")
    try:
        calibration = _calibration(camera)
        celsius = _celsius(counts, calibration)
    except (CameraError, struct.error, ArithmeticError, ValueError) as error:
        return Picture(counts, Radiometry.COUNTS, _model(camera), f"no usable constants: {error}")
    return Picture(celsius, Radiometry.CELSIUS, calibration.model, "Planck constants in the file")


def _records(data: bytes, name: str) -> dict[int, bytes]:
    """First record of each type."""
    if data[:4] != MAGIC or len(data) < 32:
        raise CameraError(f"{name}: no FLIR data (magic FFF)")
    order = ">" if 100 <= int.from_bytes(data[20:24], "big") < 200 else "<"
    _, offset, count = struct.unpack_from(order + "III", data, 20)
    found: dict[int, bytes] = {}
    for entry in range(min(count, MAX_ENTRIES)):
        at = offset + 32 * entry
        if at + 32 > len(data):
            raise CameraError(f"{name}: truncated: FLIR directory entry at {at} of {len(data)}")
        kind, _, _, _, start, length = struct.unpack_from(order + "HHIIII", data, at)
        if kind in (RAW, CAMERA) and start + length > len(data):
            end = start + length
            raise CameraError(f"{name}: truncated: FLIR record reaches to {end} of {len(data)}")
        found.setdefault(kind, data[start : start + length])
    return found


def _raw_counts(record: bytes, name: str) -> NDArray[np.uint16]:
    if len(record) < 34:
        raise CameraError(f"{name}: FLIR raw record of {len(record)} bytes")
    order = "<" if record[:2] == b"\x02\0" else ">"
    width, height = struct.unpack_from(order + "HH", record, 2)
    check_shape(width, height, name)
    pixels = record[32:]
    if pixels[:4] == PNG:
        return _png_counts(pixels, width, height, name)
    if len(pixels) < 2 * width * height:
        raise CameraError(f"{name}: FLIR raw picture {width}x{height} in {len(pixels)} bytes")
    raw = np.frombuffer(pixels, order + "u2", width * height)
    return raw.reshape(height, width).astype(np.uint16)


def _png_counts(png: bytes, width: int, height: int, name: str) -> NDArray[np.uint16]:
    """Some cameras swap the bytes in their PNG: the smoother picture is the right one."""
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.dtype != np.uint16 or picture.shape != (height, width):
        raise CameraError(f"{name}: the PNG of the FLIR raw picture does not decode")
    counts = np.asarray(picture, np.uint16)
    swapped = counts.byteswap()
    return swapped if _roughness(swapped) < _roughness(counts) else counts


def _roughness(pixels: NDArray[np.uint16]) -> float:
    return float(np.abs(np.diff(pixels.astype(np.int32), axis=1)).mean())


def _model(camera: bytes) -> str:
    return camera[0xD4:0xF4].split(b"\0")[0].decode("ascii", "replace") or "FLIR"


def _calibration(camera: bytes) -> Calibration:
    """Constants of the camera record; raises struct.error where it is too short."""

    def f32(offset: int) -> float:
        return float(struct.unpack_from("<f", camera, offset)[0])

    (o,) = struct.unpack_from("<i", camera, 0x308)
    humidity = f32(0x3C)
    if humidity > 2:  # some writers put per cent
        humidity /= 100
    values = Calibration(
        Planck(r1=f32(0x58), r2=f32(0x30C), b_kelvin=f32(0x5C), f=f32(0x60), o=float(o)),
        Scene(f32(0x20), f32(0x24), f32(0x28), f32(0x2C), humidity),
        Atmosphere(f32(0x70), f32(0x74), f32(0x78), f32(0x7C), f32(0x80)),
        _model(camera),
    )
    planck = values.planck
    if not (math.isfinite(planck.r1) and planck.r1 > 0 and planck.r2 > 0 and planck.b_kelvin > 0):
        raise CameraError(f"impossible Planck constants {planck}")
    return values


def _celsius(counts: NDArray[np.uint16], calibration: Calibration) -> NDArray[np.float32]:
    """(H, W) float32; raises CameraError where the outcome is no scene's temperature."""
    scene, planck, air = calibration.scene, calibration.planck, calibration.air
    kelvin = kelvin_from_counts(object_signal(counts, planck, scene, air), planck)
    if not (np.isfinite(kelvin).all() and in_scene_range(float(np.median(kelvin)))):
        raise CameraError("the constants give no temperature an outdoor scene can have")
    return kelvin - np.float32(ZERO_CELSIUS_KELVIN)
