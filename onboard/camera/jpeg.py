"""Segments of a JPEG file and the camera's model from its EXIF; pixels are not touched here.

Sources: ITU-T T.81 annex B (markers and segments), CIPA DC-008 (EXIF: TIFF directory in APP1).
"""

import struct
from collections.abc import Iterator

from firmware_bridge.errors import CameraError

SOI = b"\xff\xd8"
SOS, EOI = 0xDA, 0xD9
STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
MAX_SEGMENTS = 2000
MODEL_TAG = 0x0110
ASCII = 2


def segments(data: bytes, name: str) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, body) of each segment before the picture data.

    Raises CameraError naming the file and offset where the chain breaks.
    """
    if data[:2] != SOI:
        raise CameraError(f"{name}: not a JPEG file")
    at = 2
    for _ in range(MAX_SEGMENTS):
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        if at + 4 > len(data):
            raise CameraError(f"{name}: truncated: ends at {len(data)} before any picture data")
        if data[at] != 0xFF:
            raise CameraError(f"{name}: offset {at}: {data[at]:#04x} where a JPEG marker must be")
        marker = data[at + 1]
        if marker in (SOS, EOI):
            return
        if marker in STANDALONE:
            at += 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data) or end < at + 4:
            raise CameraError(f"{name}: truncated: segment at {at} reaches to {end} of {len(data)}")
        yield marker, data[at + 4 : end]
        at = end
    raise CameraError(f"{name}: over {MAX_SEGMENTS} JPEG segments")


def exif_model(app1: bytes) -> str | None:
    """Model (tag 0x0110) of an APP1 body, or None where it holds none."""
    tiff = app1[6:]
    if app1[:6] != b"Exif\0\0" or tiff[:2] not in (b"II", b"MM"):
        return None
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, directory)
        for entry in range(min(count, 200)):
            at = directory + 2 + 12 * entry
            tag, kind, length, offset = struct.unpack_from(order + "HHII", tiff, at)
            if tag == MODEL_TAG and kind == ASCII:
                start = offset if length > 4 else at + 8
                text = tiff[start : start + min(length, 64)]
                return text.split(b"\0")[0].decode("ascii", "replace").strip() or None
    except struct.error:
        return None
    return None
