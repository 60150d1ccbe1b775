"""The virtual units by family, as the command line names them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.handhelds import garmin, magellan, mtk, nmea, skytraq, ublox, units
from sim.handhelds.faults import WEEKS_1024_S, Fault
from sim.handhelds.unit import VirtualUnit
from sim.handhelds.units import Holding


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    model: str
    points: int
    waypoints: int
    baud: int
    fault: Fault
    seed: int
    unit_id: int | None = None
    raid: Holding | None = None
    """Instead of the scripted one."""


@dataclass(frozen=True, slots=True)
class Family:
    """One row of the table."""

    baud: int
    models: Sequence[str]
    """The first is the default."""
    build: Callable[[Wanted], VirtualUnit]


def holding(wanted: Wanted) -> Holding:
    """The scripted raid, or the wanted one, with what the fault does to it."""
    overwritten = wanted.points // 3 + 1 if wanted.fault.full else 0
    raid = wanted.raid or units.scripted(wanted.points + overwritten, wanted.waypoints, wanted.seed)
    raid = units.kept(raid, overwritten)
    return raid if wanted.fault.change is None else wanted.fault.change(raid)


def _points(wanted: Wanted) -> int:
    return wanted.points if wanted.raid is None else len(wanted.raid.points)


def clock(wanted: Wanted) -> Callable[[float], float]:
    """UTC of a monotonic time by the unit's clock, which may be 1024 weeks behind."""
    behind_s = WEEKS_1024_S if wanted.fault.title.startswith("the receiver's week") else 0
    offset_s = time.time() - time.monotonic() - behind_s
    return lambda now_s: now_s + offset_s


def _garmin(wanted: Wanted) -> VirtualUnit:
    unit_id = wanted.unit_id or 3_300_000_000 + wanted.seed
    model = garmin.MODELS[wanted.model]
    return garmin.GarminUnit(
        holding(wanted), model, unit_id % 2**32, wanted.baud, wanted.fault, wanted.seed,
        clock(wanted),
    )  # fmt: skip


def _mtk(wanted: Wanted) -> VirtualUnit:
    marked = units.pressed(wanted.waypoints, _points(wanted))
    model = mtk.MODELS[wanted.model]
    return mtk.MtkUnit(holding(wanted), marked, model, wanted.baud, wanted.fault, wanted.seed)


def _skytraq(wanted: Wanted) -> VirtualUnit:
    marked = units.pressed(wanted.waypoints, _points(wanted))
    return skytraq.SkytraqUnit(holding(wanted), marked, wanted.baud, wanted.fault, wanted.seed)


def _magellan(wanted: Wanted) -> VirtualUnit:
    return magellan.MagellanUnit(
        holding(wanted), wanted.model, wanted.baud, wanted.fault, wanted.seed
    )


def _ublox(wanted: Wanted) -> VirtualUnit:
    unit_id = wanted.unit_id or 0x5_0000_0000 + wanted.seed
    return ublox.UbloxUnit(
        holding(wanted), wanted.model, unit_id, wanted.baud, wanted.fault, wanted.seed
    )


def _nmea(wanted: Wanted) -> VirtualUnit:
    period_s = nmea.MODELS[wanted.model]
    return nmea.NmeaUnit(holding(wanted), period_s, wanted.baud, wanted.fault, wanted.seed)


FAMILIES: dict[str, Family] = {
    "garmin": Family(9600, tuple(garmin.MODELS), _garmin),
    "mtk": Family(115200, tuple(mtk.MODELS), _mtk),
    "skytraq": Family(9600, skytraq.MODELS, _skytraq),
    "magellan": Family(4800, tuple(magellan.MODELS), _magellan),
    "ublox": Family(9600, tuple(ublox.MODELS), _ublox),
    "nmea": Family(4800, tuple(nmea.MODELS), _nmea),
}
