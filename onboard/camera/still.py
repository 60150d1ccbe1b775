"""Radiometric stills: TIFF of temperatures or counts, R-JPEG, FFF."""

from pathlib import Path

import cv2
import numpy as np

from firmware_bridge.errors import CameraError
from onboard.camera import fff
from onboard.camera.frame import Radiometry
from onboard.camera.jpeg import SOI
from onboard.camera.picture import Picture
from onboard.camera.plausible import as_celsius, check_shape, choose
from onboard.camera.rjpeg import read_grey, read_rjpeg

TIFF_MAGICS = (b"II*\0", b"MM\0*")
PNG_MAGIC = b"\x89PNG"
MAX_FILE = 64 << 20


def is_still(start: bytes) -> bool:
    """Whether a file that begins so is one picture."""
    return start[:4] in (*TIFF_MAGICS, PNG_MAGIC, fff.MAGIC) or start[:2] == SOI


def read_still(path: Path, said: Radiometry | None = None) -> Picture:
    """Picture of one file, by its content; raises CameraError naming file and fault."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise CameraError(f"{path}: {path.stat().st_size} bytes are no single picture")
        data = path.read_bytes()
    except OSError as error:
        raise CameraError(f"{path}: {error.strerror}") from error
    if data[:2] == SOI:
        return read_rjpeg(data, str(path), said)
    if data[:4] == fff.MAGIC:
        return fff.read_fff(data, str(path), said)
    if data[:4] in TIFF_MAGICS or data[:4] == PNG_MAGIC:
        return read_sampled(data, str(path), said)
    raise CameraError(f"{path}: begins with {data[:4]!r}: no TIFF, PNG, JPEG or FFF")


def read_sampled(data: bytes, name: str, said: Radiometry | None) -> Picture:
    """Picture of a TIFF or PNG whose samples are the measurement itself."""
    pixels = _decode(data, name)
    if pixels.ndim != 2:
        raise CameraError(f"{name}: a colour picture {pixels.shape}: cannot give temperatures")
    check_shape(pixels.shape[1], pixels.shape[0], name)
    if pixels.dtype == np.uint8:
        if said is Radiometry.AGC:
            return read_grey(data, name)
        raise CameraError(f"{name}: an 8-bit picture: cannot give temperatures")
    if pixels.dtype in (np.float32, np.float64):
        if said is not None:
            return Picture(pixels.astype(np.float32), said, "TIFF", "the option says so")
        celsius = as_celsius(pixels, name)
        why = f"floating point with median {float(np.median(celsius)):.1f} C"
        return Picture(celsius, Radiometry.CELSIUS, "TIFF", why)
    if pixels.dtype != np.uint16:
        raise CameraError(f"{name}: samples of {pixels.dtype}: not float32 nor uint16")
    choice = choose(pixels.astype(np.uint16), said)
    return Picture(pixels.astype(np.uint16), choice.radiometry, "TIFF", choice.why)


def _decode(data: bytes, name: str) -> np.ndarray:
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise CameraError(f"{name}: does not decode: {str(error).strip()}") from error
    if pixels is None:
        raise CameraError(f"{name}: truncated or foreign: {len(data)} bytes do not decode")
    return pixels
