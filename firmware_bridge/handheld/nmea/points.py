"""What the sentences of each epoch say of its point, a column a value.

Taken: RMC (position, speed, course), GGA (position, height, satellites, HDOP), GNS (position), GSA
(fix, dilutions), VTG (speed, course), and GLL (position) where no other sentence has one.

Source: u-blox 8 "Receiver description including protocol specification" (NMEA standard messages).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.handheld.nmea import columns
from firmware_bridge.units import KMH_M_S

KNOT_M_S = 1852 / 3600

Fields = list[bytes]
Sentences = Sequence[tuple[int, Fields]]
"""Of one kind: the epoch of each, and its fields, the name first."""
Rows = dict[bytes, list[tuple[int, Fields]]]
"""Sentences by kind."""


def read(rows: Rows, count: int) -> tuple[dict[str, columns.Floats], NDArray[np.bool_]]:
    """The columns, each (count,) with NaN where unknown, and which epochs have no fix."""
    points, no_fix = _Points(count), np.zeros(count, bool)
    for kind, read_positions in (
        (b"RMC", _read_rmc),
        (b"GGA", _read_gga),
        (b"GNS", _read_gns),
        (b"GLL", _read_gll),
    ):
        if rows[kind]:
            read_positions(rows[kind], points, no_fix)
    _read_gsa(rows[b"GSA"], points)
    _read_vtg(rows[b"VTG"], points)
    return points.floats, no_fix


def field_of(rows: Sentences, field: int) -> list[bytes]:
    """One field of all of them."""
    return [fields[field] for _, fields in rows]


def epochs_of(rows: Sentences) -> NDArray[np.int64]:
    """(N,) the epoch of each."""
    return np.array([epoch for epoch, _ in rows], dtype=np.int64)


class _Points:
    """Columns in the making: the first sentence of an epoch that knows a value sets it."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.floats: dict[str, columns.Floats] = {}

    def offer(self, name: str, epochs: NDArray[np.int64], values: columns.Floats) -> None:
        """Set `name` at `epochs` where it is not yet known."""
        known = ~np.isnan(values)
        if not known.any():
            return
        column = self.floats.setdefault(name, np.full(self.count, np.nan))
        epochs, values = epochs[known][::-1], values[known][::-1]
        free = np.isnan(column[epochs])
        column[epochs[free]] = values[free]


def _read_rmc(rows: Sentences, points: _Points, no_fix: NDArray[np.bool_]) -> None:
    epochs = epochs_of(rows)
    no_fix[epochs] |= np.array([fields[2] == b"V" for _, fields in rows])
    _offer_position(rows, epochs, points, 3)
    points.offer("speed_m_s", epochs, columns.numbers(field_of(rows, 7)) * KNOT_M_S)
    points.offer("course_deg", epochs, columns.numbers(field_of(rows, 8)))


def _read_gga(rows: Sentences, points: _Points, no_fix: NDArray[np.bool_]) -> None:
    epochs = epochs_of(rows)
    no_fix[epochs] |= np.array([fields[6] == b"0" for _, fields in rows])
    _offer_position(rows, epochs, points, 2)
    points.offer("fix_quality", epochs, columns.numbers(field_of(rows, 6)))
    points.offer("satellites", epochs, columns.numbers(field_of(rows, 7)))
    points.offer("hdop", epochs, columns.numbers(field_of(rows, 8)))
    points.offer("alt_amsl_m", epochs, columns.numbers(field_of(rows, 9)))
    points.offer("geoid_m", epochs, columns.numbers(field_of(rows, 11)))


def _read_gns(rows: Sentences, points: _Points, no_fix: NDArray[np.bool_]) -> None:
    epochs = epochs_of(rows)
    no_fix[epochs] |= np.array([bool(f[6]) and not f[6].strip(b"N") for _, f in rows])
    _offer_position(rows, epochs, points, 2)
    points.offer("satellites", epochs, columns.numbers(field_of(rows, 7)))
    points.offer("hdop", epochs, columns.numbers(field_of(rows, 8)))
    points.offer("alt_amsl_m", epochs, columns.numbers(field_of(rows, 9)))
    points.offer("geoid_m", epochs, columns.numbers(field_of(rows, 10)))


def _read_gll(rows: Sentences, points: _Points, no_fix: NDArray[np.bool_]) -> None:
    epochs = epochs_of(rows)
    no_fix[epochs] |= np.array([fields[6] == b"V" for _, fields in rows])
    _offer_position(rows, epochs, points, 1)


def _offer_position(
    rows: Sentences, epochs: NDArray[np.int64], points: _Points, field: int
) -> None:
    lat_deg = columns.degrees(field_of(rows, field), field_of(rows, field + 1), 90.0)
    lon_deg = columns.degrees(field_of(rows, field + 2), field_of(rows, field + 3), 180.0)
    whole = ~(np.isnan(lat_deg) | np.isnan(lon_deg))
    points.offer("lat_deg", epochs, np.where(whole, lat_deg, np.nan))
    points.offer("lon_deg", epochs, np.where(whole, lon_deg, np.nan))


def _read_gsa(rows: Sentences, points: _Points) -> None:
    epochs = epochs_of(rows)
    for name, field in (("fix_dimension", 2), ("pdop", 15), ("hdop", 16), ("vdop", 17)):
        points.offer(name, epochs, columns.numbers(field_of(rows, field)))


def _read_vtg(rows: Sentences, points: _Points) -> None:
    epochs = epochs_of(rows)
    points.offer("speed_m_s", epochs, columns.numbers(field_of(rows, 7)) * KMH_M_S)
    points.offer("course_deg", epochs, columns.numbers(field_of(rows, 1)))
