"""Track points as one small blob: column by column, packed without losing a bit.

    zlib of
    u32  n, little endian
    n    JSON: {"lengths": [points a segment], "continues": [bool a segment],
                "columns": [{"name", "kind", "bytes", "in": [segments that have it]}]}
    ...  the columns one after the other

Kinds: `time` int64 as differences; `semicircle` and `decimal7` int64 as differences, from which
the float comes back exactly; `f4` floats that fit a single; `text` JSON list; else numpy's own
name of the type. Bytes of a column are transposed (all first bytes, then all second ones), which
makes them compress. What does not come back bit for bit is kept as it is.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.tracks import NO_TIME_US, Segment

Column = NDArray[Any]
BASE = ("time_us", "lat_deg", "lon_deg", "alt_amsl_m")
UNKNOWN = NO_TIME_US
"""Stands for NaN among integers."""
LEVEL = 6


def pack(segments: Sequence[Segment], continues: Sequence[bool]) -> bytes:
    """Blob of the segments; `continues` says which ones go on where stored points ended."""
    names = dict.fromkeys((*BASE, *(name for s in segments for name in s.extras)))
    described: list[dict[str, Any]] = []
    bodies: list[bytes] = []
    for name in names:
        inside = [i for i, s in enumerate(segments) if name in BASE or name in s.extras]
        parts = [_column(segments[i], name) for i in inside]
        whole = np.concatenate(parts) if parts else np.zeros(0)
        kind, body = _encode(whole)
        described.append({"name": name, "kind": kind, "bytes": len(body), "in": inside})
        bodies.append(body)
    head = json.dumps(
        {
            "lengths": [len(s) for s in segments],
            "continues": [bool(value) for value in continues],
            "columns": described,
        },
        separators=(",", ":"),
    ).encode()
    return zlib.compress(b"".join((len(head).to_bytes(4, "little"), head, *bodies)), LEVEL)


def unpack(blob: bytes) -> tuple[list[Segment], list[bool]]:
    """The segments of a blob, and which of them continue stored points."""
    head, data = _opened(blob)
    lengths: list[int] = head["lengths"]
    found: list[dict[str, Column]] = [{} for _ in lengths]
    for column, count, body in _bodies(head, data):
        inside: list[int] = column["in"]
        ends = np.cumsum([lengths[i] for i in inside])[:-1]
        for i, part in zip(
            inside, np.split(_decode(column["kind"], body, count), ends), strict=False
        ):
            found[i][column["name"]] = part
    return [_segment(columns) for columns in found], head["continues"]


def unpack_only(blob: bytes, *names: str) -> list[Column]:
    """Those of the columns in BASE, over all segments; the others are not decoded."""
    head, data = _opened(blob)
    found = {
        column["name"]: _decode(column["kind"], body, count)
        for column, count, body in _bodies(head, data)
        if column["name"] in names
    }
    return [found[name] for name in names]


def _opened(blob: bytes) -> tuple[dict[str, Any], memoryview]:
    data = memoryview(zlib.decompress(blob))
    at = 4 + int.from_bytes(data[:4], "little")
    return json.loads(bytes(data[4:at])), data[at:]


def _bodies(
    head: dict[str, Any], data: memoryview
) -> Iterator[tuple[dict[str, Any], int, memoryview]]:
    """Each column's description, number of values and bytes."""
    at = 0
    for column in head["columns"]:
        count = sum(head["lengths"][i] for i in column["in"])
        yield column, count, data[at : at + column["bytes"]]
        at += column["bytes"]


def _column(segment: Segment, name: str) -> Column:
    column: Column = getattr(segment, name) if name in BASE else segment.extras[name]
    return column


def _segment(columns: dict[str, Column]) -> Segment:
    base = {name: columns.pop(name) for name in BASE}
    return Segment(**base, extras=columns)


def _encode(values: Column) -> tuple[str, bytes]:
    if values.dtype.kind in "OUS":
        texts = [None if v is None else str(v) for v in values.tolist()]
        return "text", json.dumps(texts, ensure_ascii=False).encode()
    if values.dtype == np.int64:
        return "time", _differences(values)
    if values.dtype == np.float64:
        for kind, (whole, back) in _SCALES.items():
            integers = _as_integers(values, whole)
            if integers is not None and _same(values, _as_floats(integers, back)):
                return kind, _differences(integers)
        with np.errstate(over="ignore"):
            single = values.astype(np.float32)
        if _same(values, single.astype(np.float64)):
            return "f4", _transposed(single)
    return values.dtype.str, _transposed(values)


def _decode(kind: str, body: memoryview, count: int) -> Column:
    if kind == "text":
        texts = np.empty(count, object)
        texts[:] = json.loads(bytes(body))
        return texts
    if kind == "time":
        return _summed(body)
    if kind in _SCALES:
        return _as_floats(_summed(body), _SCALES[kind][1])
    if kind == "f4":
        return _straight(body, "<f4").astype(np.float64)
    return _straight(body, kind)


def _to_semicircles(degrees: Column) -> Column:
    return degrees * (2**31 / 180)


def _from_semicircles(values: Column) -> Column:
    return values * (180 / 2**31)


def _to_decimal7(values: Column) -> Column:
    return values * 1e7


def _from_decimal7(values: Column) -> Column:
    return values / 1e7


_Scale = Callable[[Column], Column]
_SCALES: dict[str, tuple[_Scale, _Scale]] = {
    "semicircle": (_to_semicircles, _from_semicircles),
    "decimal7": (_to_decimal7, _from_decimal7),
}


def _as_integers(values: Column, scale: _Scale) -> NDArray[np.int64] | None:
    with np.errstate(all="ignore"):
        scaled = np.rint(scale(values))
    known = ~np.isnan(values)
    if not np.all(np.abs(scaled[known]) < 2**52):
        return None
    integers = np.full(len(values), UNKNOWN, np.int64)
    integers[known] = scaled[known].astype(np.int64)
    return integers


def _as_floats(integers: NDArray[np.int64], scale: _Scale) -> Column:
    return np.where(integers == UNKNOWN, np.nan, scale(integers.astype(np.float64)))


def _same(one: Column, other: Column) -> bool:
    """Bit for bit, except that any NaN is NaN."""
    unknown = np.isnan(one)
    if not np.array_equal(unknown, np.isnan(other)):
        return False
    return np.array_equal(one[~unknown].view(np.int64), other[~unknown].view(np.int64))


def _differences(values: NDArray[np.int64]) -> bytes:
    """Wrapping differences: the sum wraps back."""
    steps = values.view(np.uint64).copy()
    steps[1:] -= values.view(np.uint64)[:-1]
    return _transposed(steps)


def _summed(body: memoryview) -> NDArray[np.int64]:
    return np.cumsum(_straight(body, "<u8"), dtype=np.uint64).view(np.int64)


def _transposed(values: Column) -> bytes:
    size = values.dtype.itemsize
    return np.ascontiguousarray(values).view(np.uint8).reshape(-1, size).T.tobytes()


def _straight(body: memoryview, kind: str) -> Column:
    size = np.dtype(kind).itemsize
    table = np.frombuffer(body, np.uint8).reshape(size, -1)
    return np.ascontiguousarray(table.T).view(kind).reshape(-1)
