"""The frame stream of docs/wires.md: a parser without I/O, and the TCP client around it.

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
import logging
import socket
import struct
import zlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from firmware_bridge.errors import CameraError, ProtocolError
from onboard.camera.clock import CameraClock
from onboard.camera.frame import CameraOptions, Ffc, Frame, Pixels, Radiometry
from onboard.camera.plausible import check_shape

log = logging.getLogger(__name__)

MAGIC = b"KFS1"
PREFIX = struct.Struct("<4sII")
MAX_HEADER = 4096
MAX_PAYLOAD = 8 << 20
FOREIGN_BYTES = 1 << 20
"""So many bytes without one whole record: whatever talks there is no frame stream."""

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


class StreamCamera:
    """Client of a frame stream; the server's clock is mapped to ours."""

    live = True

    def __init__(self, url: str, host: str, port: int, options: CameraOptions) -> None:
        self.url = url
        self._options = options
        self.parser = FrameStreamParser()
        self.clock = CameraClock()
        self._ready: deque[tuple[StreamRecord, float]] = deque()
        self._heard_s = options.now_s()
        try:
            self._socket = socket.create_connection((host, port), options.open_timeout_s)
        except OSError as error:
            raise CameraError(f"{url}: cannot connect: {error}") from error

    def read(self, timeout_s: float) -> Frame | None:
        """Next frame or None; raises CameraError when the server closed, hung or is foreign."""
        deadline_s = self._options.now_s() + timeout_s
        while not self._ready:
            left_s = deadline_s - self._options.now_s()
            if left_s <= 0 or not self._receive(left_s):
                self._check_alive()
                return None
        return self._frame(*self._ready.popleft())

    def _receive(self, timeout_s: float) -> bool:
        """Feed what arrives within the time; False: nothing did."""
        try:
            self._socket.settimeout(max(timeout_s, 1e-3))
            data = self._socket.recv(1 << 18)
        except TimeoutError:
            return False
        except OSError as error:
            raise CameraError(f"{self.url}: {error}") from error
        if not data:
            raise CameraError(f"{self.url}: the camera server closed the connection")
        self._heard_s = arrival_s = self._options.now_s()
        self._ready.extend((record, arrival_s) for record in self.parser.feed(data))
        if not self.parser.records and self.parser.bytes_dropped > FOREIGN_BYTES:
            dropped, why = self.parser.bytes_dropped, self.parser.last_error
            raise CameraError(f"{self.url}: not a frame stream: {dropped} foreign bytes ({why})")
        return True

    def _check_alive(self) -> None:
        silent_s = self._options.now_s() - self._heard_s
        if silent_s > self._options.read_timeout_s:
            raise CameraError(f"{self.url}: silent for {silent_s:.1f} s")

    def _frame(self, record: StreamRecord, arrival_s: float) -> Frame:
        """A frame on the host's clock; a record cannot leave before its exposure ends."""
        start_s, exposure_s = record.camera_time_ns / 1e9, record.exposure_ns / 1e9
        offset_s, sigma_s = self.clock.offset(start_s + exposure_s, arrival_s)
        said_s = self._options.clock_sigma_s
        saturation = self._options.saturation
        return Frame(
            time_s=start_s + exposure_s / 2 + offset_s - self._options.latency_s,
            sequence=record.sequence,
            pixels=record.pixels,
            radiometry=self._options.radiometry or record.radiometry,
            clock_sigma_s=sigma_s if said_s is None else said_s,
            camera=record.camera,
            saturation=record.saturation if saturation is None else saturation,
            ffc=record.ffc,
        )

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def open_stream(url: str, address: str, options: CameraOptions) -> StreamCamera:
    """Connect to `tcp:HOST:PORT`; raises CameraError naming the URL."""
    scheme, _, rest = address.partition(":")
    host, _, port = rest.rpartition(":")
    if scheme != "tcp" or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CameraError(f"{url}: a frame stream is stream:tcp:HOST:PORT")
    return StreamCamera(url, host.strip("[]"), int(port), options)
