"""The recording on disk: append-only segments of checked records, and how to read them back.

A folder holds segments `00000001.krec`, `00000002.krec`, ...; a run of the process begins with a
new one. Each starts with the run's header record, so that it can be read alone. Little endian:

```
0     4   magic "KDR1"
4     1   kind, u8: 1 header, 2 frame, 3 event, 4 MAVLink bytes, 5 note
5     3   zero
8     8   time, host monotonic s, f64
16    4   n, length of the payload, u32
20    n   payload
20+n  4   CRC-32 (zlib's) of bytes 4 to 20+n, u32
```

| kind | payload |
|---|---|
| header | JSON object of the recorder's caller, with `format`, `run`, `segment` |
| frame | u32 length of a JSON object, the object, pixels compressed by `pack_pixels` |
| event | JSON `{"type": class name, "value": fields}` |
| MAVLink | u8 direction: 0 received, 1 sent; then the bytes of the port |
| note | UTF-8 text |

Records stand in the order in which the pipeline consumed them; reading them in that order makes
the same flight again bit for bit (floats travel as f64 or in Python's shortest exact decimals).
"""

import json
import logging
import mmap
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from firmware_bridge.errors import ProtocolError
from onboard.camera.frame import Ffc, Frame, Radiometry
from onboard.camera.plausible import check_shape
from onboard.recording.pixels import pack_pixels, unpack_pixels

log = logging.getLogger(__name__)

MAGIC = b"KDR1"
HEAD = struct.Struct("<4sB3xdI")
MAX_PAYLOAD = 32 << 20
FORMAT = 1
SUFFIX = ".krec"


class Kind(IntEnum):
    """What a record holds."""

    HEADER = 1
    FRAME = 2
    EVENT = 3
    MAVLINK = 4
    NOTE = 5


@dataclass(frozen=True, slots=True)
class Record:
    """One whole record with a valid CRC."""

    kind: Kind
    time_s: float
    payload: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a segment that belong to no whole record."""

    path: Path
    offset: int
    lost_bytes: int

    def __str__(self) -> str:
        return f"{self.path}: {self.lost_bytes} bytes at offset {self.offset} are no whole record"


def encode_record(kind: Kind, time_s: float, payload: bytes) -> bytes:
    """Bytes of one record."""
    body = HEAD.pack(MAGIC, kind, time_s, len(payload)) + payload
    return body + zlib.crc32(memoryview(body)[4:]).to_bytes(4, "little")


def read_recording(folder: Path, damage: list[Damage] | None = None) -> Iterator[Record]:
    """Yield the records of all segments in order; what is broken is logged, listed, skipped."""
    for path in segment_paths(folder):
        yield from read_segment(path, damage)


def segment_paths(folder: Path) -> list[Path]:
    """Segments of a recording, oldest first."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.stem.isdecimal())


def read_segment(path: Path, damage: list[Damage] | None = None) -> Iterator[Record]:
    """Yield the whole records of one segment, salvaging what stands behind a broken one."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for found in parse_records(data):
                if isinstance(found, Record):
                    yield found
                    continue
                lost = Damage(path, *found)
                log.warning("%s", lost)
                if damage is not None:
                    damage.append(lost)


def parse_records(data: bytes | mmap.mmap) -> Iterator[Record | tuple[int, int]]:
    """Yield each whole record, and (offset, length) of each stretch that holds none."""
    at = good_end = 0
    while (at := data.find(MAGIC, at)) >= 0:
        record = _record_at(data, at)
        if record is None:
            at += 1
            continue
        if at > good_end:
            yield good_end, at - good_end
        yield record
        at = good_end = at + HEAD.size + len(record.payload) + 4
    if good_end < len(data):
        yield good_end, len(data) - good_end


def _record_at(data: bytes | mmap.mmap, at: int) -> Record | None:
    if at + HEAD.size + 4 > len(data):
        return None
    _, kind, time_s, length = HEAD.unpack_from(data, at)
    end = at + HEAD.size + length
    if length > MAX_PAYLOAD or end + 4 > len(data) or kind not in set(Kind):
        return None
    if zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4], "little"):
        return None
    return Record(Kind(kind), time_s, bytes(data[at + HEAD.size : end]))


def encode_json(value: Mapping[str, Any]) -> bytes:
    """Compact UTF-8 JSON; floats survive exactly."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def decode_json(payload: bytes) -> dict[str, Any]:
    """Object of a header; raises ProtocolError."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"recorded JSON does not parse: {error}") from error
    if not isinstance(value, dict):
        raise ProtocolError(f"recorded JSON is a {type(value).__name__}, not an object")
    return value


def encode_event(event: Any) -> bytes:
    """Payload of a pipeline input: any dataclass of plain values."""
    return encode_json({"type": type(event).__name__, "value": asdict(event)})


def decode_event(payload: bytes, types: Mapping[str, type]) -> Any:
    """The event again, of the class `types` has under its name; raises ProtocolError."""
    value = decode_json(payload)
    cls = types.get(str(value.get("type")))
    if cls is None:
        raise ProtocolError(f"recorded event of unknown type {value.get('type')!r:.80}")
    try:
        return _adapter(cls).validate_python(value.get("value"))
    except ValueError as error:
        raise ProtocolError(f"recorded {cls.__name__}: {error}") from error


@cache
def _adapter(cls: type) -> TypeAdapter[Any]:
    """Built once per class: it takes milliseconds."""
    return TypeAdapter(cls)


def encode_mavlink(sent: bool, data: bytes) -> bytes:
    """Payload of bytes seen at the autopilot's port."""
    return bytes([sent]) + data


def decode_mavlink(payload: bytes) -> tuple[bool, bytes]:
    """(sent, bytes) of a MAVLink record."""
    return payload[:1] == b"\x01", payload[1:]


def encode_frame(frame: Frame) -> bytes:
    """Payload of a frame, pixels compressed without loss."""
    height, width = frame.pixels.shape
    head = encode_json(
        {
            "sequence": frame.sequence,
            "width": width,
            "height": height,
            "dtype": frame.pixels.dtype.name,
            "radiometry": frame.radiometry,
            "saturation": frame.saturation,
            "clock_sigma_s": frame.clock_sigma_s,
            "camera": frame.camera,
            "ffc": frame.ffc,
        }
    )
    return len(head).to_bytes(4, "little") + head + pack_pixels(frame.pixels)


def decode_frame(record: Record) -> Frame:
    """The frame as it was recorded; raises ProtocolError."""
    length = int.from_bytes(record.payload[:4], "little")
    head = decode_json(record.payload[4 : 4 + length])
    try:
        width, height, dtype = int(head["width"]), int(head["height"]), str(head["dtype"])
        check_shape(width, height, "recorded frame")
        return Frame(
            time_s=record.time_s,
            sequence=int(head["sequence"]),
            pixels=unpack_pixels(record.payload[4 + length :], width, height, dtype),
            radiometry=Radiometry(head["radiometry"]),
            clock_sigma_s=float(head["clock_sigma_s"]),
            camera=str(head["camera"]),
            saturation=None if head["saturation"] is None else float(head["saturation"]),
            ffc=Ffc(head["ffc"]),
        )
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"recorded frame at {record.time_s:.3f} s: {error!r}") from error
