"""Flight modes by ArduCopter's numbers (source: ArduCopter 4.5, parameter FLTMODE1)."""

from enum import IntEnum


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
