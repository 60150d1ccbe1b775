"""A virtual receiver that talks NMEA 0183 and listens to nothing: RMC, GGA and GSA of each fix.

It walks through the scripted raid, a fix a period, by the raid's own clock; at the end it stays
where it is. Source: NMEA 0183 2.3 as gpsd and gpsbabel read it.
"""

import time
from dataclasses import replace
from typing import Any

from sim.geodesy import WORLD_UNDULATION_M
from sim.handhelds import truth
from sim.handhelds.faults import Fault
from sim.handhelds.sentences import sentence
from sim.handhelds.unit import VirtualUnit
from sim.handhelds.units import Holding, Point

MODELS: dict[str, float] = {"1hz": 1.0, "5hz": 0.2, "10hz": 0.1}
KNOTS = 3600 / 1852


def minutes(degrees: float, width: int) -> str:
    """`DDMM.mmmm` of an absolute value."""
    small = round(abs(degrees) * 600_000)
    return f"{small // 600_000:0{width}d}{small % 600_000 / 10_000:07.4f}"


def rounded_degrees(degrees: float) -> float:
    """What `minutes` carries."""
    return round(degrees * 600_000) / 600_000


def burst(point: Point) -> list[bytes]:
    """The sentences of one fix."""
    clock, date = "", ""
    if point.unix_s is not None:
        at = time.gmtime(point.unix_s)
        clock = f"{at.tm_hour:02d}{at.tm_min:02d}{at.tm_sec:02d}.{_hundredths(point.unix_s):02d}"
        date = f"{at.tm_mday:02d}{at.tm_mon:02d}{at.tm_year % 100:02d}"
    if point.lat_deg is None or point.lon_deg is None:
        return [
            sentence(f"GPRMC,{clock},V,,,,,,,{date},,,N"),
            sentence(f"GPGGA,{clock},,,,,0,00,99.99,,M,,M,,"),
            sentence("GPGSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99"),
        ]
    north, east = "NS"[point.lat_deg < 0], "EW"[point.lon_deg < 0]
    where = f"{minutes(point.lat_deg, 2)},{north},{minutes(point.lon_deg, 3)},{east}"
    height = "" if point.alt_amsl_m is None else f"{point.alt_amsl_m:.1f}"
    motion = f"{point.speed_m_s * KNOTS:.2f},{point.course_deg:.1f}"
    return [
        sentence(f"GPRMC,{clock},A,{where},{motion},{date},,,A"),
        sentence(f"GPGGA,{clock},{where},1,08,1.1,{height},M,{WORLD_UNDULATION_M:.1f},M,,"),
        sentence("GPGSA,A,3,01,03,06,09,11,17,19,28,,,,,1.9,1.1,1.5"),
    ]


def _hundredths(unix_s: float) -> int:
    return int(round(unix_s % 1, 3) * 100) % 100


class NmeaUnit(VirtualUnit):
    """Talks by its own clock."""

    def __init__(
        self, holding: Holding, period_s: float, baud: int, fault: Fault, seed: int
    ) -> None:
        super().__init__(baud, fault, seed)
        self._holding, self._period_s = holding, period_s
        self._next = 0
        self._talk_s: float | None = 0.0
        self.arm(len(holding.points))

    def restart(self) -> None:
        """It goes on where it was: the raid does not wait."""

    def heard(self, data: bytes, now_s: float) -> None:
        """It does not listen."""

    @property
    def due_s(self) -> float | None:
        """The next fix."""
        return self._talk_s

    def tick(self, now_s: float) -> None:
        """One fix."""
        self._talk_s = now_s + self._period_s
        points = self._holding.points
        if not points:
            return
        point = points[min(self._next, len(points) - 1)]
        if self._next >= len(points) and point.unix_s is not None:
            after_s = (self._next - len(points) + 1) * self._period_s
            point = replace(point, unix_s=point.unix_s + after_s)
        self._next += 1
        self.say(b"".join(burst(point)), now_s, bulk=True)

    def truth(self) -> dict[str, Any]:
        """Live sentences have neither segments nor places."""
        carried = truth.rounded(
            self._holding, degrees=rounded_degrees, metres=lambda m: round(m, 1),
            seconds=lambda s: round(s, 2),
        )  # fmt: skip
        points = [replace(p, begins=i == 0) for i, p in enumerate(carried.points)]
        return truth.of(Holding("", points, []), "nmea", None, "NMEA talker")
