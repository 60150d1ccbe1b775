"""All the autopilot knows at one instant, of which every message it sends is made."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.messages import Message
from sim.flight.estimate import Estimate
from sim.flight.gimbal import Mount
from sim.flight.orders import Place, Triple
from sim.flight.quadcopter import State

GOOD_POSITION = dialect.EKF_POS_HORIZ_ABS
GUIDED_MODES = frozenset({3, 4, 5, 6, 7, 16, 17, 21, 23})
"""Modes that fly by themselves as HEARTBEAT.base_mode sees it: LAND is not among them."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All the autopilot knows at one instant."""

    boot_ns: int
    unix_us: int
    """0 until a GPS has told it."""
    truth: State
    estimate: Estimate
    mount: Mount
    lat_deg: float
    """Reported, with the error of the day."""
    lon_deg: float
    gps_deg: tuple[float, float]
    """Latitude and longitude as the receiver has them, which may have jumped."""
    home: Place | None
    """None until known."""
    metres_per_degree: tuple[float, float]
    wind_from_deg: float
    """As WIND tells it: -180 and 0 while it is not estimated."""
    wind_m_s: float
    mode: int
    armed: bool
    """Propellers turn."""
    landed_state: int
    """MAV_LANDED_STATE: 1 on the ground, 2 in the air, 3 taking off, 4 landing."""
    mission_seq: int
    mission_total: int
    """Items, home included."""
    mission_state: int
    """MISSION_STATE: 1 none, 2 not started, 3 active, 4 paused, 5 complete."""
    origin: Place | None
    """Of the EKF; None until known."""
    gps_fix: int
    """GPS_FIX_TYPE."""
    satellites: int
    voltage_v: float
    current_a: float
    used_mah: float
    remaining: float
    """Of a full battery."""
    ekf_flags: int
    """EKF_STATUS_FLAGS."""
    ekf_variances: tuple[float, float, float, float]
    """Innovation ratios: velocity, horizontal and vertical position, compass."""
    wanted: Triple
    """Roll and pitch that the navigation asks for, radians, and its bearing, degrees."""
    leg: tuple[float, float, float, float]
    """Bearing of the target (degrees), distance, height error and cross-track error (metres)."""
    target: Place | None
    """Where it flies to by itself."""
    channels_us: tuple[int, ...]
    """Radio control."""
    motors_us: tuple[int, int, int, int]
    throttle: float
    """0..1."""
    force_m_s2: Triple
    """Specific force along forward, right and down: what an accelerometer feels."""
    ready_to_arm: bool
    """The pre-arm checks pass."""
    failsafe: bool
    images: int
    """Camera releases since boot."""

    @property
    def boot_ms(self) -> int:
        """As time_boot_ms goes out, wrapping after 49.7 days."""
        return (self.boot_ns // 1_000_000) & 0xFFFFFFFF

    @property
    def heading_cdeg(self) -> int:
        """0..35999."""
        return round(math.degrees(self.estimate.yaw_rad) * 100) % 36000

    @property
    def base_mode(self) -> int:
        """HEARTBEAT.base_mode."""
        return 81 | (8 if self.mode in GUIDED_MODES else 0) | (128 if self.armed else 0)

    @property
    def alt_amsl_m(self) -> float:
        """Believed. ArduPilot keeps centimetres."""
        return round(self.estimate.alt_amsl_m, 2)

    @property
    def has_position(self) -> bool:
        """The EKF uses the GPS."""
        return bool(self.ekf_flags & GOOD_POSITION)


Builder = Callable[[Snapshot], Message | None]
"""Makes one message; None while the real one has nothing to say."""
