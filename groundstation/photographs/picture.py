"""What a picture says of itself, and its small version for the page.

Nothing here fails on what a file contains: what cannot be read is a flaw, and the bytes are kept.

Sources: Exif 2.32 (CIPA DC-008), tags 9003 DateTimeOriginal, 9011 OffsetTimeOriginal, 0112
Orientation, 8825 GPS; ISO/IEC 23008-12 (HEIF), brands in `ftyp`.
"""

import math
import re
import threading
import warnings
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import ExifTags, Image

from groundstation.photographs.strip import JPEG_START, PNG_START, CannotStrip, stripped

JPEG, PNG, HEIC, OTHER = "image/jpeg", "image/png", "image/heic", "application/octet-stream"
SHOWN = frozenset({JPEG, PNG})
SMALL_SIDE_PX = 1280
SMALL_QUALITY = 80
MOST_PIXELS = {JPEG: 120_000_000, PNG: 50_000_000}
"""A PNG of a few kilobytes may unfold into gigabytes; a JPEG is decoded at a fraction."""
_JPEG_END = b"\xff\xd9"
"""With it the decoder shows what there is of a picture cut short; behind one it is passed over."""
_REDUCED = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
}
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
# What a broken file makes Pillow raise, as its own documentation and its history have it.
_BROKEN = (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, ZeroDivisionError,
           OverflowError, EOFError, AttributeError, Image.DecompressionBombError)  # fmt: skip
_one_at_a_time = threading.Lock()
"""Decoding may take a few hundred megabytes."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a file says."""

    media_type: str
    taken_local: datetime | None = None
    """By the camera's clock, without zone."""
    utc_offset: timedelta | None = None
    """Of that clock, where the camera says it."""
    lat_deg: float | None = None
    lon_deg: float | None = None
    camera: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    orientation: int = 1
    flaws: tuple[str, ...] = ()


def media_type_of(content: bytes) -> str:
    """By how it begins; OTHER for what is never shown."""
    if content.startswith(JPEG_START):
        return JPEG
    if content.startswith(PNG_START):
        return PNG
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return HEIC
    return OTHER


def look(path: Path) -> Look:
    """Read a kept file; raises OSError where that cannot be done."""
    content = path.read_bytes()
    kind = media_type_of(content)
    if kind not in SHOWN:
        return Look(kind, flaws=() if kind == HEIC else ("not_a_picture",))
    flaws = () if _whole(content) else ("damaged_picture",)
    try:
        with _opened(path) as image:
            return replace(_looked(kind, image.size, image.getexif()), flaws=flaws)
    except _BROKEN:
        return Look(kind, flaws=("damaged_picture",))


def small(path: Path) -> bytes | None:
    """JPEG of at most SMALL_SIDE_PX, upright, without metadata; None when it cannot be shown.

    Of a picture that was cut short, what there is.
    """
    try:
        with _opened(path) as image:
            kind, side_px = JPEG if image.format == "JPEG" else PNG, max(image.size)
            pixels = math.prod(image.size)
    except _BROKEN:
        return None
    if pixels > MOST_PIXELS[kind]:
        return None
    with _one_at_a_time:
        content = np.frombuffer(path.read_bytes() + _JPEG_END, np.uint8)
        decoded = cv2.imdecode(content, _reduction(side_px))
        if decoded is None:
            return None
        scale = min(1.0, SMALL_SIDE_PX / max(decoded.shape))
        if scale < 1:
            decoded = cv2.resize(decoded, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        _, encoded = cv2.imencode(".jpg", decoded, (cv2.IMWRITE_JPEG_QUALITY, SMALL_QUALITY))
    return encoded.tobytes()


def _reduction(side_px: int) -> int:
    """How coarsely the decoder may work and still give SMALL_SIDE_PX."""
    for factor, flag in _REDUCED.items():
        if side_px >= factor * SMALL_SIDE_PX:
            return flag
    return cv2.IMREAD_COLOR


def _whole(content: bytes) -> bool:
    try:
        stripped(content)
    except CannotStrip:
        return False
    return True


def _opened(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # we count ourselves
        return Image.open(path, formats=("JPEG", "PNG"))


def _looked(kind: str, size: tuple[int, int], exif: Image.Exif) -> Look:
    detail = exif.get_ifd(ExifTags.IFD.Exif)
    place = _place(exif.get_ifd(ExifTags.IFD.GPSInfo))
    said = (_text(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    turned = exif.get(ExifTags.Base.Orientation)
    return Look(
        kind,
        taken_local=_local(detail.get(ExifTags.Base.DateTimeOriginal)),
        utc_offset=_offset(detail.get(ExifTags.Base.OffsetTimeOriginal)),
        lat_deg=place[0] if place else None,
        lon_deg=place[1] if place else None,
        camera=" ".join(text for text in said if text) or None,
        width_px=size[0],
        height_px=size[1],
        orientation=turned if isinstance(turned, int) and 1 <= turned <= 8 else 1,
    )


def _text(value: Any) -> str | None:
    return value.replace("\0", "").strip()[:80] if isinstance(value, str) else None


def _local(value: Any) -> datetime | None:
    """`2026:05:01 12:03:04`; None for a camera whose clock was never set."""
    try:
        return datetime.strptime(_text(value) or "", "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _offset(value: Any) -> timedelta | None:
    found = _OFFSET.fullmatch(_text(value) or "")
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return (-offset if found[1] == "-" else offset) if offset <= timedelta(hours=14) else None


def _place(gps: dict[int, Any]) -> tuple[float, float] | None:
    """Degrees north and east; None where the camera had no fix: phones write 0, 0 then."""
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    if lat is None or lon is None or (lat == 0 and lon == 0) or abs(lat) > 90 or abs(lon) > 180:
        return None
    return lat, lon


def _degrees(parts: Any, hemisphere: Any, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or _text(hemisphere) is None:
        return None
    return -value if _text(hemisphere) == negative else value
