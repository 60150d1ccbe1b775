"""What the vehicle says it is: an ArduCopter 4.5.6, but for the name and number of the build."""

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.messages import Message
from sim.autopilot.snapshot import Snapshot

CAPABILITIES = 64495
"""MAV_PROTOCOL_CAPABILITY of ArduCopter 4.5.6 with MAVFTP, fences and rally points."""
VERSION_NUMBER = 4 << 24 | 5 << 16 | 6 << 8 | 255
VERSION_NAME = b"kedrovka"
UNIT = b"kedrovka-sim-0001"
BANNER = (
    f"ArduCopter V4.5.6 ({VERSION_NAME.decode()})",
    UNIT.hex()[-32:],
    "Frame: QUAD/PLUS",
)
"""Said to whoever asks for all parameters."""


def version(_: Snapshot) -> Message:
    """AUTOPILOT_VERSION."""
    return dialect.MAVLink_autopilot_version_message(
        CAPABILITIES,
        VERSION_NUMBER,
        0,
        0,
        0,
        list(VERSION_NAME),
        [0] * 8,
        [0] * 8,
        0,
        0,
        0,
        [*UNIT, 0],
    )
