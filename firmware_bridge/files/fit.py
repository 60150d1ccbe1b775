"""Garmin FIT activities and courses, whole or damaged; fitdecode reads the wire format.

A record without a position (the receiver had no fix yet) is no track point: it stays, with all
its fields, in the track's extra `records_without_position`. Laps are waypoints at their end, as
gpsbabel has them. Every field of a record that has no column stays as JSON in `raw_extensions`;
sessions, events and devices stay as JSON in the track's extras.

Sources: Garmin FIT Protocol (file header, CRC) and the global profile that fitdecode carries.
"""

import io
import json
import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import fitdecode
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.files.source import Flaws, read_bytes
from firmware_bridge.tracks import NO_TIME_US, Contents, Segment, Track, UnitIdentity, Waypoint
from firmware_bridge.units import unix_us_from_utc

log = logging.getLogger(__name__)

Fields = dict[str, Any]
COLUMNS = {
    "distance": "distance_m",
    "speed": "speed_m_s",
    "enhanced_speed": "speed_m_s",
    "vertical_speed": "vertical_speed_m_s",
    "heart_rate": "heart_rate_bpm",
    "cadence": "cadence_rpm",
    "power": "power_w",
    "temperature": "temperature_celsius",
    "gps_accuracy": "position_error_m",
    "depth": "depth_m",
    "grade": "grade_percent",
}
_PLACE = ("timestamp", "position_lat", "position_long", "altitude", "enhanced_altitude")
_STORY = ("session", "event", "activity", "device_info", "sport", "file_creator", "course")
MAX_MESSAGES = 4_000_000
MAX_STORY = 1000
"""Messages of one kind kept as text."""


def is_fit(head: bytes) -> bool:
    """`.FIT` at byte 8 of a header of 12 or more bytes."""
    return head[8:12] == b".FIT" and head[0] >= 12


def read_fit(path: Path) -> Contents:
    """What is whole in the file. Raises FileUnreadable."""
    flaws = Flaws()
    return decode_fit(read_bytes(path, flaws), flaws)


def decode_fit(data: bytes, flaws: Flaws | None = None) -> Contents:
    """What is whole in FIT bytes; never raises on what they contain."""
    reading = _Reading(flaws or Flaws())
    reading.read(_with_length(data, reading.flaws))
    return reading.contents()


def _with_length(data: bytes, flaws: Flaws) -> bytes:
    """The file of a unit that died before it wrote the length, with the length."""
    if len(data) < 12 or data[4:8] != b"\0\0\0\0" or len(data) <= data[0] + 2:
        return data
    flaws.add(4, "the header gives no length: the file was never closed")
    size = (len(data) - data[0]).to_bytes(4, "little")
    # A header's CRC of zero means that there is none.
    return data[:4] + size + data[8:12] + (b"\0\0" + data[14:] if data[0] >= 14 else data[12:])


class _Reading:
    """Messages of one file, or of several chained ones."""

    def __init__(self, flaws: Flaws) -> None:
        self.flaws = flaws
        self._tracks: list[Track] = []
        self._waypoints: list[Waypoint] = []
        self._segments: list[Segment] = []
        self._records: list[Fields] = []
        self._lost_fix: list[Fields] = []
        self._story: dict[str, list[Fields]] = {}
        self._unit: UnitIdentity | None = None
        self._counts: Counter[str] = Counter()
        self._stopped = False

    def read(self, data: bytes) -> None:
        """All messages up to the first damage that cannot be passed."""
        at = 0
        try:
            with fitdecode.FitReader(
                io.BytesIO(data),
                check_crc=fitdecode.CrcCheck.READONLY,
                error_handling=fitdecode.ErrorHandling.IGNORE,
                keep_raw_chunks=True,
            ) as frames:
                for frame in frames:
                    self._frame(frame)
                    at = frame.chunk.offset + len(frame.chunk.bytes)
                    if self._counts.total() > MAX_MESSAGES:
                        self.flaws.add(at, f"more than {MAX_MESSAGES} messages; the rest not read")
                        break
        # The library lets errors of many kinds out of damaged bytes; all mean the same: here the
        # messages end that can be read, and those before stand.
        except Exception as error:
            log.debug("FIT damaged at %d", at, exc_info=True)
            what = "cut off" if isinstance(error, fitdecode.FitEOFError) else "damaged"
            self.flaws.add(at, f"{what}, {len(data) - at} bytes not read: {error}")
        self._end_file()

    def _frame(self, frame: Any) -> None:
        kind = frame.frame_type
        if kind == fitdecode.FIT_FRAME_HEADER:
            self._end_file()
            if frame.crc_matched is False:
                self.flaws.add(frame.chunk.offset, "wrong CRC of the header")
        elif kind == fitdecode.FIT_FRAME_CRC:
            if not frame.matched:
                self.flaws.add(frame.chunk.offset, "wrong CRC: some value before is damaged")
        elif kind == fitdecode.FIT_FRAME_DATA:
            self._counts[frame.name] += 1
            fields = {f.name: f.value for f in frame.fields if f.value is not None}
            self._message(frame.name, fields, frame.chunk.offset)

    def _message(self, name: str, fields: Fields, offset: int) -> None:
        if name == "record":
            self._record(fields)
        elif name == "lap":
            self._lap(fields)
        elif name == "course_point":
            self._waypoints.append(_waypoint(fields, str(fields.pop("name", "")), "position"))
        elif name == "file_id":
            self._unit = _unit(fields)
        elif name in _STORY:
            kept = self._story.setdefault(name, [])
            if len(kept) < MAX_STORY:
                kept.append(fields)
            if name == "event" and fields.get("event") == "timer":
                self._timer(str(fields.get("event_type")))

    def _record(self, fields: Fields) -> None:
        if "position_lat" not in fields or "position_long" not in fields:
            self._lost_fix.append(fields)
            return
        self._records.append(fields)

    def _timer(self, event: str) -> None:
        """A stop and a start again are a break; points between belong to the part before."""
        if event.startswith("stop"):
            self._stopped = True
        elif event == "start" and self._stopped:
            self._end_segment()
            self._stopped = False

    def _lap(self, fields: Fields) -> None:
        if "end_position_lat" in fields or "start_position_lat" in fields:
            which = "end_position" if "end_position_lat" in fields else "start_position"
            laps = sum(1 for waypoint in self._waypoints if "lap" in waypoint.extras)
            self._waypoints.append(
                _waypoint({**fields, "lap": laps + 1}, f"LAP{laps + 1:03d}", which)
            )
        else:
            self._story.setdefault("lap_without_position", []).append(fields)

    def _end_segment(self) -> None:
        if self._records:
            self._segments.append(_segment(self._records))
        self._records = []

    def _end_file(self) -> None:
        self._end_segment()
        if self._lost_fix:
            self._story["records_without_position"] = self._lost_fix
        if self._segments or self._story:
            extras = {name: _json(kept) for name, kept in self._story.items()}
            self._tracks.append(Track(None, self._segments, extras))
        self._segments, self._lost_fix, self._story = [], [], {}

    def contents(self) -> Contents:
        """Everything read so far."""
        return Contents(
            "fit",
            self._unit,
            self._tracks,
            self._waypoints,
            self.flaws.listed(),
            received=dict(self._counts),
        )


def _unit(fields: Mapping[str, Any]) -> UnitIdentity:
    """Who wrote the file, from `file_id`."""
    serial = fields.get("serial_number")
    model = fields.get("garmin_product", fields.get("product"))
    return UnitIdentity(
        "storage",
        None if serial is None else str(serial),
        None if model is None else str(model),
        None,
        details={name: str(value) for name, value in fields.items()},
    )


def _semicircles_deg(value: Any, limit: float) -> float:
    """Degrees, NaN for what is no position."""
    degrees = value * 180 / 2**31 if isinstance(value, int) else np.nan
    return degrees if abs(degrees) <= limit else np.nan


def _time_us(fields: Mapping[str, Any]) -> int:
    time_utc = fields.get("timestamp")
    if not isinstance(time_utc, datetime) or time_utc.tzinfo is None:
        return int(NO_TIME_US)
    return unix_us_from_utc(time_utc)


def _waypoint(fields: Fields, name: str, place: str) -> Waypoint:
    lat_deg = _semicircles_deg(fields.pop(f"{place}_lat", None), 90)
    lon_deg = _semicircles_deg(fields.pop(f"{place}_long", None), 180)
    time_utc = fields.get("timestamp")
    return Waypoint(
        name,
        lat_deg,
        lon_deg,
        time_utc=time_utc if isinstance(time_utc, datetime) and time_utc.tzinfo else None,
        symbol=str(fields.pop("type")) if "type" in fields else None,
        extras={key: str(value) for key, value in fields.items()},
    )


def _segment(records: list[Fields]) -> Segment:
    """Records as columns; what is no number in its column, or has none, stays as JSON."""
    count = len(records)
    altitude = np.full(count, np.nan)
    extras: dict[str, NDArray[Any]] = {}
    raw = np.full(count, "", dtype=object)
    for row, fields in enumerate(records):
        left: Fields = {}
        for name, value in fields.items():
            column = COLUMNS.get(name)
            if name.removeprefix("enhanced_") == "altitude" and isinstance(value, (int, float)):
                altitude[row] = value
            elif column is not None and isinstance(value, (int, float)):
                if column not in extras:
                    extras[column] = np.full(count, np.nan)
                extras[column][row] = value
            elif name not in _PLACE:
                left[name] = value
        if left:
            raw[row] = _json(left)
    if any(raw):
        extras["raw_extensions"] = raw
    return Segment(
        np.array([_time_us(fields) for fields in records], dtype=np.int64),
        np.array([_semicircles_deg(fields["position_lat"], 90) for fields in records]),
        np.array([_semicircles_deg(fields["position_long"], 180) for fields in records]),
        altitude,
        extras,
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
