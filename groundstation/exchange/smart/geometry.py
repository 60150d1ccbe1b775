"""A SMART track's geometry: hexadecimal EWKB, a MultiLineString whose Z is a time.

    u8   0 big endian, 1 little
    u32  5 | 0x80000000 (Z) | 0x40000000 (M) | 0x20000000 (an SRID follows)   or ISO's 1005, ...
    u32  number of lines; each a geometry of its own, 2 | 0x80000000:
         u8, u32, u32 number of points, points of 3 doubles: longitude, latitude, Z

SMART writes big endian and no SRID; the coordinates are WGS84 degrees. A lone LineString, M, ISO
types and either byte order are read as well. Source: PostGIS, "EWKB"; OGC 06-103r4, 8.2.
"""

import struct
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Line = NDArray[np.float64]
"""(N, 3) longitude, latitude in degrees, Z; NaN where the geometry has none."""

_Z, _M, _SRID = 0x8000_0000, 0x4000_0000, 0x2000_0000
_LINE, _LINES = 2, 5


class BrokenGeometry(ValueError):
    """Where the bytes stop making sense; `lines` are whole before that place."""

    def __init__(self, why: str, lines: Sequence[Line] = ()) -> None:
        super().__init__(why)
        self.lines = lines


def lines_of(text: str) -> list[Line]:
    """The lines of a hexadecimal geometry. Raises BrokenGeometry with those that are whole."""
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise BrokenGeometry(f"not hexadecimal: {error}") from error
    found: list[Line] = []
    try:
        for line in _Reader(data).lines():
            found.append(line)
    except (struct.error, ValueError) as error:
        raise BrokenGeometry(str(error), found) from error
    return found


def hex_of(lines: Sequence[Line]) -> str:
    """The lines as SMART writes them."""
    parts = [struct.pack(">BII", 0, _LINES | _Z, len(lines))]
    for line in lines:
        parts += [struct.pack(">BII", 0, _LINE | _Z, len(line)), line.astype(">f8").tobytes()]
    return b"".join(parts).hex()


class _Reader:
    """Reads geometries one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def lines(self) -> Iterator[Line]:
        order, kind, columns = self._head()
        if kind == _LINE:
            yield self._line(order, columns)
            return
        if kind != _LINES:
            raise ValueError(f"geometry type {kind} is no line")
        (count,) = self._take(f"{order}I")
        for _ in range(count):
            order, kind, columns = self._head()
            if kind != _LINE:
                raise ValueError(f"geometry type {kind} among lines")
            yield self._line(order, columns)

    def _take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return values

    def _head(self) -> tuple[str, int, int]:
        """Byte order, type, and how many columns a point has; Z stands in the third."""
        (mark,) = self._take("B")
        if mark > 1:
            raise ValueError(f"byte order {mark} at byte {self._at - 1}")
        order = "<" if mark else ">"
        (kind,) = self._take(f"{order}I")
        if kind & _SRID:
            self._take(f"{order}I")
        plain = kind & 0x1FFF_FFFF
        iso, plain = divmod(plain, 1000)
        if iso > 3:
            raise ValueError(f"geometry type {kind:#x}")
        has_z = bool(kind & _Z) or iso in (1, 3)
        has_m = bool(kind & _M) or iso in (2, 3)
        if has_m and not has_z:
            raise ValueError("a measure and no Z: SMART's time is a Z")
        return order, plain, 2 + has_z + has_m

    def _line(self, order: str, columns: int) -> Line:
        (count,) = self._take(f"{order}I")
        size = count * columns * 8
        if self._at + size > len(self._data):
            raise ValueError(f"{count} points announced, {len(self._data) - self._at} bytes left")
        flat = np.frombuffer(self._data, f"{order}f8", count * columns, self._at)
        self._at += size
        line = np.full((count, 3), np.nan)
        line[:, : min(columns, 3)] = flat.reshape(count, columns)[:, :3]
        return line
