"""Flight modes with ArduCopter's numbers, names and rules of entry.

A mode is entered by `enter`, which answers with the reason for a refusal, and then runs fifty
times a second. Source: ArduCopter 4.5, mode numbers of its parameter FLTMODE1; which modes need a
position, and which may be armed in, from its documentation and the recordings.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sim.flight.copter import Copter

DT_S = 0.02
"""Between two runs of a mode."""


class Mode(IntEnum):
    """Those that fly here; any other number is refused."""

    STABILIZE = 0
    ALT_HOLD = 2
    AUTO = 3
    GUIDED = 4
    LOITER = 5
    RTL = 6
    LAND = 9
    BRAKE = 17


NEEDS_POSITION = frozenset({Mode.AUTO, Mode.GUIDED, Mode.LOITER, Mode.RTL, Mode.BRAKE})
MANUAL_THROTTLE = frozenset({Mode.STABILIZE})
ARMABLE = frozenset({Mode.STABILIZE, Mode.ALT_HOLD, Mode.LOITER, Mode.GUIDED})
"""AUTO too, when AUTO_OPTIONS allows it."""
PILOTED = frozenset({Mode.STABILIZE, Mode.ALT_HOLD, Mode.LOITER})


class Flown(Protocol):
    """What every mode is made of."""

    def enter(self) -> str | None:
        """Begins; or says why it cannot."""

    def run(self) -> None:
        """`DT_S` of it."""


def hold_here(copter: Copter) -> None:
    """Stops, and stays where that is."""
    p, plane = copter.parameters, copter.control.plane
    accel, jerk = p["WPNAV_ACCEL"] / 100, p["PSC_JERK_XY"]
    plane.to_speed(0.0, 0.0, accel, jerk, DT_S)


def hold_height(copter: Copter, climb_m_s: float) -> None:
    """Climbs at a rate; keeps the height at 0."""
    p = copter.parameters
    accel = p["PILOT_ACCEL_Z"] / 100
    copter.control.height.to_speed(climb_m_s, accel, p["PSC_JERK_Z"], DT_S)
