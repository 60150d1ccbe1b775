"""Is it really a picture? Signature, declared size and a full decode; never the sender's word.

Sources: PNG specification (ISO/IEC 15948), sections 5.2 and 11.2.2; JPEG (ITU-T T.81), annex B.
"""

import struct

import cv2
import numpy as np

from firmware_bridge.errors import ProtocolError

MAX_SIDE_PX = 4096
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
_JPEG_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def media_type_of(content: bytes) -> str:
    """`image/png` or `image/jpeg`; ProtocolError when it is neither, huge, or does not decode."""
    if content.startswith(PNG_SIGNATURE):
        media_type, size = "image/png", _png_size(content)
    elif content.startswith(b"\xff\xd8\xff"):
        media_type, size = "image/jpeg", _jpeg_size(content)
    else:
        raise ProtocolError("thumbnail is neither PNG nor JPEG")
    if not all(0 < side <= MAX_SIDE_PX for side in size):
        raise ProtocolError(f"thumbnail of {size[0]} x {size[1]} pixels, at most {MAX_SIDE_PX}")
    if cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8) is None:
        raise ProtocolError(f"thumbnail does not decode as {media_type}")
    return media_type


def _png_size(content: bytes) -> tuple[int, int]:
    if content[12:16] != b"IHDR" or len(content) < 24:
        raise ProtocolError("thumbnail is a PNG without header")
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Width and height from the frame header, walking the segments before it."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF or marker in _JPEG_WITHOUT_LENGTH:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        at += 2 + int(struct.unpack_from(">H", content, at + 2)[0])
    raise ProtocolError("thumbnail is a JPEG without frame header")
