"""How a record in an MTK logger's flash is laid out: one bit of the format register per field.

    bit  field        size            bit  field        size
    0    UTC          u32 s           10   HDOP         u16 /100
    1    VALID        u16             11   VDOP         u16 /100
    2    LATITUDE     f64 degrees     12   NSAT         u8 in view, u8 used
    3    LONGITUDE    f64             13   SID          u8 id, u8 used, u16 in view; each satellite
    4    HEIGHT       f32 m           14   ELEVATION    i16 each     (only with SID and when at
    5    SPEED        f32 km/h        15   AZIMUTH      u16 each      least one is in view)
    6    HEADING      f32 degrees     16   SNR          u16 each
    7    DSTA         u16             17   RCR          u16 why logged: 1 time, 2 speed,
    8    DAGE         f32 s [K]                             4 distance, 8 button
    9    PDOP         u16 /100        18   MILLISECOND  u16
                                      19   DISTANCE     f64 m

A record ends with `*` and the XOR of its bytes. Holux has its own: positions as f32, height as
the upper three bytes of a f32, no `*`; the GR-245 swaps height and speed (i32 cm/s) [K: no
recording of a Holux was at hand].

Sources: MediaTek, "MTK GPS Logger Library User Manual" 1.2 (2006); the format table of the BT747
project; checked against a dump of an iBlue 747.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np

SID_BIT = 1 << 13
_SATELLITE_BITS = (1 << 14, 1 << 15, 1 << 16)
KNOWN_BITS = (1 << 20) - 1
HOLUX_LOW_PRECISION = 1 << 31
GR245_BIT = 1 << 27
STAR = 0x2A

_FIELDS: dict[int, tuple[str, str]] = {
    0: ("utc", "<u4"),
    1: ("valid", "<u2"),
    2: ("lat", "<f8"),
    3: ("lon", "<f8"),
    4: ("height", "<f4"),
    5: ("speed", "<f4"),
    6: ("heading", "<f4"),
    7: ("dsta", "<u2"),
    8: ("dage", "<f4"),
    9: ("pdop", "<u2"),
    10: ("hdop", "<u2"),
    11: ("vdop", "<u2"),
    12: ("nsat", "(2,)u1"),
    17: ("rcr", "<u2"),
    18: ("millisecond", "<u2"),
    19: ("distance", "<f8"),
}


class Variant(Enum):
    """Whose firmware wrote the log; the value is what differs from `_FIELDS`."""

    STANDARD = ()
    HOLUX_M241 = ((2, ("lat", "<f4")), (3, ("lon", "<f4")), (4, ("height3", "(3,)u1")))
    HOLUX_GR245 = (
        (2, ("lat", "<f4")),
        (3, ("lon", "<f4")),
        (4, ("speed_cm_s", "<i4")),
        (5, ("height3", "(3,)u1")),
    )


@dataclass(frozen=True)
class Layout:
    """Records of one format register on one make of logger."""

    mask: int
    variant: Variant

    @classmethod
    def of(cls, mask: int, variant: Variant) -> "Layout":
        """Without the bits Holux uses for itself."""
        if variant is not Variant.STANDARD:
            mask &= ~HOLUX_LOW_PRECISION
        if variant is Variant.HOLUX_GR245:
            mask &= ~GR245_BIT
        return cls(mask, variant)

    @property
    def readable(self) -> bool:
        """Whether all its fields are known and a record says anything at all."""
        return bool(self.mask & KNOWN_BITS) and not self.mask & ~KNOWN_BITS

    @property
    def has_satellites(self) -> bool:
        """Records have a list of satellites, so their length varies."""
        return bool(self.mask & SID_BIT)

    @property
    def tail_bytes(self) -> int:
        """Behind the fields: `*` and checksum, or the checksum alone."""
        return 2 if self.variant is Variant.STANDARD else 1

    @property
    def satellite_extra_bytes(self) -> int:
        """Per satellite in view, behind the four of SID."""
        return 2 * sum(bool(self.mask & bit) for bit in _SATELLITE_BITS)

    @cached_property
    def head(self) -> np.dtype[np.void]:
        """The fields in front of the satellites."""
        return self._dtype(range(13))

    @cached_property
    def rest(self) -> np.dtype[np.void]:
        """The fields behind the satellites."""
        return self._dtype(range(17, 20))

    @cached_property
    def record(self) -> np.dtype[np.void]:
        """All fields, where there are no satellites."""
        return self._dtype(range(20))

    @property
    def length(self) -> int:
        """Bytes of a record without satellites, its tail included."""
        return self.record.itemsize + self.tail_bytes

    def _dtype(self, bits: range) -> np.dtype[np.void]:
        fields = {**_FIELDS, **dict(self.variant.value)}
        return np.dtype([fields[b] for b in bits if b in fields and self.mask & 1 << b])
