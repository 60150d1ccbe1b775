"""The parameters clients look for, with ArduCopter's names, types and defaults.

A real one has 1400; these are the ones that concern what is simulated here.
"""

from typing import NamedTuple

INT8, INT16, INT32, REAL32 = 2, 4, 6, 9


class Parameter(NamedTuple):
    """One row; `kind` is MAV_PARAM_TYPE."""

    name: str
    value: float
    kind: int


def defaults(
    system_id: int, speed_m_s: float, battery_mah: float, stream_hz: int
) -> list[Parameter]:
    """The table of one vehicle."""
    streams = (
        *(("RAW_SENS", 0), ("EXT_STAT", stream_hz), ("RC_CHAN", 0), ("RAW_CTRL", 0)),
        *(("POSITION", stream_hz), ("EXTRA1", stream_hz), ("EXTRA2", stream_hz)),
        *(("EXTRA3", stream_hz), ("PARAMS", 0), ("ADSB", 0)),
    )
    return [
        Parameter("FORMAT_VERSION", 120, INT16),
        Parameter("SYSID_THISMAV", system_id, INT16),
        Parameter("SYSID_MYGCS", 255, INT16),
        Parameter("SYSID_ENFORCE", 0, INT8),
        Parameter("FRAME_CLASS", 1, INT8),
        Parameter("FRAME_TYPE", 0, INT8),
        Parameter("SERIAL0_BAUD", 115, INT32),
        Parameter("SERIAL0_PROTOCOL", 2, INT8),
        Parameter("SERIAL1_PROTOCOL", 2, INT8),
        Parameter("SERIAL1_BAUD", 57, INT32),
        Parameter("SERIAL2_PROTOCOL", 2, INT8),
        Parameter("SERIAL2_BAUD", 57, INT32),
        *(Parameter(f"SR0_{name}", 0, INT16) for name, _ in streams),
        *(Parameter(f"SR1_{name}", rate, INT16) for name, rate in streams),
        Parameter("WPNAV_SPEED", speed_m_s * 100, REAL32),
        Parameter("WPNAV_RADIUS", 200, REAL32),
        Parameter("WPNAV_SPEED_UP", 250, REAL32),
        Parameter("WPNAV_SPEED_DN", 150, REAL32),
        Parameter("WPNAV_ACCEL", 250, REAL32),
        Parameter("WPNAV_ACCEL_Z", 100, REAL32),
        Parameter("WP_YAW_BEHAVIOR", 2, INT8),
        Parameter("ANGLE_MAX", 3000, INT16),
        Parameter("RTL_ALT", 1500, INT32),
        Parameter("RTL_SPEED", 0, INT16),
        Parameter("LAND_SPEED", 50, INT16),
        Parameter("FS_THR_ENABLE", 1, INT8),
        Parameter("FS_GCS_ENABLE", 0, INT8),
        Parameter("FS_EKF_ACTION", 1, INT8),
        Parameter("FENCE_ENABLE", 0, INT8),
        *(Parameter(f"FLTMODE{i}", m, INT8) for i, m in enumerate((7, 9, 6, 3, 5, 0), start=1)),
        Parameter("FLTMODE_CH", 5, INT8),
        Parameter("ARMING_CHECK", 1, INT32),
        Parameter("GPS_TYPE", 1, INT8),
        Parameter("BATT_MONITOR", 4, INT8),
        Parameter("BATT_CAPACITY", battery_mah, INT32),
        Parameter("BATT_LOW_VOLT", 10.5, REAL32),
        Parameter("MNT1_TYPE", 1, INT8),
        Parameter("MNT1_DEFLT_MODE", 3, INT8),
        Parameter("MNT1_PITCH_MIN", -90, INT16),
        Parameter("MNT1_PITCH_MAX", 20, INT16),
        Parameter("MNT1_YAW_MIN", -90, INT16),
        Parameter("MNT1_YAW_MAX", 90, INT16),
        Parameter("CAM1_TYPE", 1, INT8),
        Parameter("EK3_DRAG_BCOEF_X", 16.288, REAL32),
        Parameter("EK3_DRAG_BCOEF_Y", 16.288, REAL32),
        Parameter("EK3_DRAG_MCOEF", 0.209, REAL32),
        Parameter("TERRAIN_ENABLE", 1, INT8),
        Parameter("TERRAIN_SPACING", 100, INT16),
        Parameter("MIS_TOTAL", 0, INT16),
        Parameter("MIS_RESTART", 0, INT8),
        Parameter("STAT_BOOTCNT", 1, INT16),
        Parameter("STAT_RUNTIME", 0, INT32),
    ]
