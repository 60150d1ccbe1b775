"""The frame stream of docs/wires.md, parsed without I/O.

```
0       4     magic "KFS1"
4       4     n, length of the header, u32
8       4     m, length of the payload, u32
12      n     header, UTF-8 JSON object
12+n    m     pixels, row-major
12+n+m  4     CRC-32 (zlib's) over header and payload, u32
```
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from firmware_bridge.errors import CameraError, ProtocolError
from onboard.camera.frame import Ffc, Pixels, Radiometry
from onboard.camera.plausible import check_shape

MAGIC = b"KFS1"
PREFIX = struct.Struct("<4sII")
MAX_HEADER = 4096
MAX_PAYLOAD = 8 << 20

T = TypeVar("T")

DTYPES: dict[str, np.dtype[np.uint16] | np.dtype[np.uint8]] = {
    "uint16": np.dtype(np.uint16),
    "uint8": np.dtype(np.uint8),
}
STREAM_RADIOMETRY = {
    "centikelvin": Radiometry.CENTIKELVIN,
    "kelvin64": Radiometry.KELVIN64,
    "counts": Radiometry.COUNTS,
    "agc": Radiometry.AGC,
}


@dataclass(frozen=True, slots=True, eq=False)
class StreamRecord:
    """One record as sent, times still on the camera's clock."""

    sequence: int
    camera_time_ns: int
    exposure_ns: int
    pixels: Pixels
    radiometry: Radiometry
    saturation: float | None
    ffc: Ffc
    camera: str


class FrameStreamParser:
    """Cuts bytes into records; skips what belongs to none, counts it, and goes on."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.bytes_dropped = 0
        self.records = 0
        self.bad_records = 0
        self.last_error: str | None = None

    def feed(self, data: bytes) -> list[StreamRecord]:
        """Take bytes as they came, return the records they complete. Never raises."""
        self._buffer += data
        found: list[StreamRecord] = []
        while (body := self._next_body()) is not None:
            try:
                found.append(parse_record(*body))
                self.records += 1
            except ProtocolError as error:
                self.bad_records += 1
                self.last_error = str(error)
        return found

    def _next_body(self) -> tuple[bytes, bytes] | None:
        """Header and payload of the next record whose CRC holds, or None: more bytes wanted."""
        while self._seek_magic() and len(self._buffer) >= PREFIX.size:
            _, n, m = PREFIX.unpack_from(self._buffer)
            if n > MAX_HEADER or m > MAX_PAYLOAD:
                self._drop(1, f"record of {n} + {m} bytes is over the bound")
                continue
            end = PREFIX.size + n + m
            if len(self._buffer) < end + 4:
                return None
            body = bytes(self._buffer[PREFIX.size : end])
            if zlib.crc32(body) != int.from_bytes(self._buffer[end : end + 4], "little"):
                self._drop(1, f"CRC of a record of {n} + {m} bytes is wrong")
                continue
            del self._buffer[: end + 4]
            return body[:n], body[n:]
        return None

    def _seek_magic(self) -> bool:
        """Bring the next magic, or a possible beginning of one, to the front."""
        at = self._buffer.find(MAGIC)
        if at < 0:
            at = max(0, len(self._buffer) - len(MAGIC) + 1)
            self._drop(at, "bytes without the magic KFS1")
            return False
        self._drop(at, "bytes without the magic KFS1")
        return True

    def _drop(self, count: int, why: str) -> None:
        if count:
            del self._buffer[:count]
            self.bytes_dropped += count
            self.last_error = why


def parse_record(header: bytes, payload: bytes) -> StreamRecord:
    """Build a record from header and payload, or raise ProtocolError naming the key."""
    try:
        fields = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"frame header is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ProtocolError("frame header is not a JSON object")
    saturation = fields.get("saturation")
    if saturation is not None:
        saturation = float(_integer(fields, "saturation", 65536))
    return StreamRecord(
        sequence=_integer(fields, "sequence", 1 << 63),
        camera_time_ns=_integer(fields, "camera_time_ns", 1 << 63),
        exposure_ns=_integer(fields, "exposure_ns", 10_000_000_000),
        pixels=_pixels(fields, payload),
        radiometry=_one_of(fields, "radiometry", STREAM_RADIOMETRY),
        saturation=saturation,
        ffc=_one_of(fields, "ffc", {state.value: state for state in Ffc}),
        camera=str(fields.get("camera", "unnamed"))[:200],
    )


def _integer(fields: dict[str, object], key: str, limit: int) -> int:
    value = fields.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < limit:
        raise ProtocolError(f"frame header: {key} is {value!r:.80}, not an integer below {limit}")
    return value


def _one_of(fields: dict[str, object], key: str, table: Mapping[str, T]) -> T:
    value = fields.get(key)
    if not isinstance(value, str) or value not in table:
        raise ProtocolError(f"frame header: {key} is {value!r:.80}, not one of {', '.join(table)}")
    return table[value]


def _pixels(fields: dict[str, object], payload: bytes) -> Pixels:
    width, height = _integer(fields, "width", 65536), _integer(fields, "height", 65536)
    dtype = _one_of(fields, "dtype", DTYPES)
    try:
        check_shape(width, height, "frame header")
    except CameraError as error:
        raise ProtocolError(str(error)) from error
    if len(payload) != width * height * dtype.itemsize:
        raise ProtocolError(f"frame of {width}x{height} {dtype}: payload is {len(payload)} bytes")
    if dtype == np.uint8:
        return np.frombuffer(payload, np.uint8).reshape(height, width)
    return np.frombuffer(payload, "<u2").astype(np.uint16, copy=False).reshape(height, width)
