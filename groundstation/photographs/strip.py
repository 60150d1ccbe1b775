"""A picture without what it says of its maker: place, time, camera, thumbnail, comments.

JPEG (ITU-T T.81, annex B): segments FF xx, length; the scan runs until a marker that is neither
a stuffed FF 00 nor RSTn. Kept are JFIF (APP0), the colour profile (APP2 `ICC_PROFILE`) and Adobe's
colour transform (APP14); of Exif only which way is up. Everything behind the end of the image
goes: phones hide a film or a second picture, with its own Exif, there.

PNG (ISO/IEC 15948, 11.2, 11.3): chunks of length, type, data, CRC; those below are kept.
"""

import re
import struct
from collections.abc import Iterator

JPEG_START, PNG_START = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_SOS, _EOI, _APP0, _APP1, _APP2, _APP14 = 0xDA, 0xD9, 0xE0, 0xE1, 0xE2, 0xEE
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""Neither stuffed, nor fill, nor RSTn."""
_NAMING = {_APP1, *range(0xE3, 0xEE), 0xEF, 0xFE}
"""APPn but those above, and COM."""
_PNG_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS",
    b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"pHYs", b"bKGD",
}  # fmt: skip
_UPRIGHT = 1
_EXIF_OF_ORIENTATION = struct.Struct(">6s2sHIHHHIHHI")


class CannotStrip(ValueError):
    """Not a JPEG or PNG, or one whose parts do not follow each other: it must stay here."""


def stripped(content: bytes, orientation: int = _UPRIGHT) -> bytes:
    """The same pixels, bit for bit, without metadata.

    `orientation` is Exif's 1 to 8 and is put back, since the pixels of a phone's picture lie on
    their side. Raises CannotStrip: what cannot be stripped is not given away.
    """
    if content.startswith(JPEG_START):
        exif = b"" if orientation == _UPRIGHT else _exif_of(orientation)
        return b"\xff\xd8" + exif + b"".join(_jpeg_parts(content))
    if content.startswith(PNG_START):
        return PNG_START + b"".join(_png_parts(content))
    raise CannotStrip("neither JPEG nor PNG")


def _jpeg_parts(content: bytes) -> Iterator[bytes]:
    at = 2
    while True:
        while content[at : at + 2] == b"\xff\xff":
            at += 1  # fill bytes
        if len(content) < at + 2 or content[at] != 0xFF:
            raise CannotStrip(f"no marker at byte {at}")
        marker = content[at + 1]
        if marker == _EOI:
            yield content[at : at + 2]
            return
        if len(content) < at + 4:
            raise CannotStrip("cut short")
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == _SOS:
            end = _end_of_scan(content, end)
        body = content[at + 4 : at + 16]
        names = marker in _NAMING or (marker == _APP2 and not body.startswith(b"ICC_PROFILE\0"))
        if not names:
            yield content[at:end]
        at = end


def _end_of_scan(content: bytes, at: int) -> int:
    found = _MARKER.search(content, at)
    if found is None:
        raise CannotStrip("the image has no end")
    return found.start()


def _png_parts(content: bytes) -> Iterator[bytes]:
    at, kind = len(PNG_START), b""
    while kind != b"IEND":
        if len(content) < at + 12:
            raise CannotStrip("cut short")
        length, kind = struct.unpack_from(">I4s", content, at)
        if len(content) < at + 12 + length:
            raise CannotStrip("cut short")
        if kind in _PNG_KEPT:
            yield content[at : at + 12 + length]
        at += 12 + length


def _exif_of(orientation: int) -> bytes:
    """APP1 with a TIFF header and one entry, tag 0112, SHORT, and no further directory."""
    tiff = _EXIF_OF_ORIENTATION.pack(b"Exif\0\0", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(tiff) + 2) + tiff
