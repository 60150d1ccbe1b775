"""Pieces of text that several formats share."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.tracks import NO_TIME_US
from groundstation.dock.cleanup import Mark
from groundstation.store.raid_ways import WayPart

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_ASIDE = np.uint8(Mark.OUTLIER | Mark.NO_POSITION)


def xml(text: str) -> str:
    """For an element or an attribute in double quotes; what XML has no room for becomes `?`."""
    return _NOT_XML.sub("?", text).translate(_ESCAPES)


def utc_text(time_utc: datetime) -> str:
    """ISO 8601 with Z, whole seconds unless there is more."""
    return time_utc.astimezone(UTC).isoformat().replace("+00:00", "Z")


def local(time_utc: datetime, utc_offset_s: int) -> datetime:
    """The wall clock's reading, naive."""
    return (time_utc.astimezone(UTC) + timedelta(seconds=utc_offset_s)).replace(tzinfo=None)


def on_way(part: WayPart) -> NDArray[np.intp]:
    """(N,) indices of the points that go out: with a place, and no outliers."""
    return np.flatnonzero((part.marks & _ASIDE) == 0)


def times(part: WayPart, chosen: NDArray[np.intp]) -> list[str | None]:
    """ISO 8601 with Z of the chosen points."""
    time_us = part.time_us[chosen]
    known = time_us != NO_TIME_US
    texts = np.datetime_as_string(np.where(known, time_us, 0).astype("datetime64[us]"), "s")
    return [f"{text}Z" if yes else None for text, yes in zip(texts.tolist(), known, strict=True)]


def places(part: WayPart, chosen: NDArray[np.intp]) -> Iterator[tuple[float, float, float | None]]:
    """Longitude, latitude to 8 decimals (1 mm), height to centimetres where it is known."""
    alt = part.alt_amsl_m[chosen]
    heights = [a if yes else None for a, yes in zip(np.round(alt, 2).tolist(), np.isfinite(alt))]  # noqa: B905
    yield from zip(
        np.round(part.lon_deg[chosen], 8).tolist(),
        np.round(part.lat_deg[chosen], 8).tolist(),
        heights,
        strict=True,
    )
