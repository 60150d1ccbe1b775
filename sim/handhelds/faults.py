"""What goes wrong, as settings: on the wire at one packet, or in what the unit holds.

`NAME` strikes in the middle of the bulk transfer (track points, memory blocks, log entries),
`NAME@N` at its packet number N, counted from 1. A struck packet is struck once: what the unit
sends again arrives.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from firmware_bridge.errors import ConfigError
from sim.handhelds import units
from sim.handhelds.units import Holding

WEEKS_1024_S = 1024 * 7 * 86400


class Strike(StrEnum):
    """What happens to one packet on its way to the host."""

    CORRUPT = "corrupt"
    LOST_ANSWER = "lost_answer"
    """Garmin: the host's acknowledgement never arrives. Others: the unit's answer never does."""
    TWICE = "twice"
    STALL = "stall"
    UNPLUG = "unplug"
    REBOOT = "reboot"


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table."""

    title: str
    strike: Strike | None = None
    change: Callable[[Holding], Holding] | None = None
    """What it does to the memory."""
    noise: bool = False
    """Bytes of nonsense stand before every answer."""
    full: bool = False
    """The memory has gone round: the oldest points are overwritten."""
    at: int | None = None
    """Bulk packet from 1; None for the middle."""


FAULTS: dict[str, Fault] = {
    "none": Fault("a unit in good order"),
    "corrupt_byte": Fault("one byte of one packet arrives changed", Strike.CORRUPT),
    "lost_ack": Fault("one acknowledgement or answer is lost", Strike.LOST_ANSWER),
    "duplicate": Fault("one packet arrives twice", Strike.TWICE),
    "stall": Fault("the unit falls silent for 3 s", Strike.STALL),
    "unplug": Fault("the cable is pulled inside a packet", Strike.UNPLUG),
    "reboot": Fault("the unit restarts inside a packet and forgets the exchange", Strike.REBOOT),
    "memory_full": Fault("the log has gone round and begins inside a segment", full=True),
    "clock_1024_weeks": Fault(
        "the receiver's week counter rolled over",
        change=lambda holding: units.shifted(holding, -WEEKS_1024_S),
    ),
    "cyrillic_names": Fault("names in Windows-1251", change=units.with_cyrillic),
    "no_time": Fault("no point and no place has a time", change=units.without_times),
    "unknown_positions": Fault("points without position or height", change=units.with_unknowns),
    "noise_before": Fault("nonsense before every answer", noise=True),
}


def fault_named(text: str) -> Fault:
    """The fault `NAME` or `NAME@N`; raises ConfigError."""
    name, mark, number = text.partition("@")
    if name not in FAULTS:
        raise ConfigError(f"--fault {text}: must be one of {', '.join(FAULTS)}")
    fault = FAULTS[name]
    if not mark:
        return fault
    if fault.strike is None or not number.isdecimal() or int(number) < 1:
        raise ConfigError(f"--fault {text}: @N is a packet from 1, for {_struck()}")
    return replace(fault, at=int(number))


def _struck() -> str:
    return ", ".join(name for name, fault in FAULTS.items() if fault.strike)
