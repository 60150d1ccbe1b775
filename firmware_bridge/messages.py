"""The vocabulary of the house: frozen data types that cross package borders.

Frames: NED is local north-east-down; FRD is forward-right-down of a body or of a camera mount;
ENU is local east-north-up. Quaternions are Hamilton, (w, x, y, z), and rotate the first-named
frame into the second. Heights name their datum: AMSL is EGM96.

`time_s` is the onboard process's monotonic clock; `*_utc` is an aware datetime.

The annotations carry the ranges, so that pydantic's `TypeAdapter` checks the same types at the
wire that the rest of the program passes around.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

Quaternion = tuple[float, float, float, float]

Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
SystemId = Annotated[int, Field(ge=1, le=254)]


class HeatKind(StrEnum):
    """Which branch of the detector decided. Never a species: no honest training set exists."""

    FIRE = "fire"
    SIGNATURE = "signature"


class Problem(StrEnum):
    """What an onboard process can find wrong with itself; people's words for it are the page's.

    The order is fixed: a member's place is its bit in the radio's health report.
    """

    CAMERA_LOST = "camera_lost"
    CAMERA_FROZEN = "camera_frozen"
    CAMERA_RELATIVE = "camera_relative"
    AUTOPILOT_LOST = "autopilot_lost"
    CLOCK_UNSYNCED = "clock_unsynced"
    CLOCK_JUMPED = "clock_jumped"
    POSITION_LOST = "position_lost"
    GIMBAL_LOST = "gimbal_lost"
    TERRAIN_MISSING = "terrain_missing"
    DISK_LOW = "disk_low"
    DISK_FULL = "disk_full"
    RECORDER_STOPPED = "recorder_stopped"
    SPOOL_FULL = "spool_full"
    GROUND_SILENT = "ground_silent"
    BOARD_HOT = "board_hot"
    SUPPLY_LOW = "supply_low"


class YawFrame(StrEnum):
    """What a gimbal's yaw is measured from."""

    VEHICLE = "vehicle"
    EARTH = "earth"


@dataclass(frozen=True, slots=True)
class AttitudeSample:
    """Body attitude at one instant (ATTITUDE_QUATERNION)."""

    time_s: float
    q_ned_from_frd: Quaternion
    clock_sigma_s: float
    """How well `time_s` is known, one sigma."""


@dataclass(frozen=True, slots=True)
class GimbalSample:
    """Attitude of the camera mount (GIMBAL_DEVICE_ATTITUDE_STATUS).

    Roll and pitch are earth-referenced either way; only yaw depends on `yaw_frame`.
    """

    time_s: float
    q_from_frd: Quaternion
    """Camera mount FRD to NED when `yaw_frame` is EARTH; to NED turned by vehicle heading else."""
    yaw_frame: YawFrame
    clock_sigma_s: float


@dataclass(frozen=True, slots=True)
class PositionSample:
    """Position and velocity at one instant (GLOBAL_POSITION_INT)."""

    time_s: float
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    height_above_home_m: float
    velocity_ned_m_s: tuple[float, float, float]
    clock_sigma_s: float


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the vehicle and its camera mount were at one instant."""

    time_s: float
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    velocity_ned_m_s: tuple[float, float, float]
    q_ned_from_body: Quaternion
    q_ned_from_mount: Quaternion
    """Camera mount FRD to NED, yaw already referred to north."""
    clock_sigma_s: float


@dataclass(frozen=True, slots=True)
class Detection:
    """One warm region of one frame, in pixels. Pixel (0, 0) is the centre of the first pixel."""

    kind: HeatKind
    u_px: float
    v_px: float
    box_px: tuple[int, int, int, int]
    """x, y, width, height."""
    area_px: int
    score: float
    """Grows with confidence: kelvin over the background, or counts where `peak_kelvin` is None."""
    peak_kelvin: float | None
    """None where the camera gives no calibrated temperature."""
    contrast_kelvin: float | None
    """Peak over the median of the ring around it."""
    saturated: bool
    """The peak is the camera's ceiling: the true temperature is at least this."""


@dataclass(frozen=True, slots=True)
class GroundFix:
    """A point on the terrain with its horizontal covariance."""

    lat_deg: Latitude
    lon_deg: Longitude
    alt_amsl_m: Finite
    var_east_m2: NotNegative
    var_north_m2: NotNegative
    cov_east_north_m2: Finite
    ce90_m: NotNegative
    """Radius that holds the truth nine times in ten: 2.146 sqrt(trace / 2)."""


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A heat source confirmed over several frames: what the ground is told.

    Reports of one hotspot share `hotspot_id`; a higher `revision` replaces a lower one.
    """

    hotspot_id: UUID
    """UUIDv7 made onboard at confirmation."""
    revision: Annotated[int, Field(ge=1, le=65535)]
    system_id: SystemId
    """MAVLink system id of the vehicle that saw it."""
    kind: HeatKind
    first_seen_utc: AwareDatetime
    last_seen_utc: AwareDatetime
    views: Annotated[int, Field(ge=1, le=2**31 - 1)]
    """Frames in which it was seen."""
    fix: GroundFix | None
    """None when no valid pose, or no terrain, was at hand: it is never guessed."""
    unlocated_because: Annotated[str, Field(max_length=200)] | None
    peak_kelvin: NotNegative | None
    """None where the camera gives no calibrated temperature."""
    contrast_kelvin: Finite | None
    saturated: bool
    area_m2: NotNegative | None


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The autopilot link as live evidence, not as last set."""

    url: str
    connected: bool
    """A heartbeat of the chosen vehicle was heard within the time-out."""
    system_id: int | None
    component_id: int | None
    heartbeat_age_s: float | None
    clock_offset_s: float | None
    """Autopilot boot time = host monotonic + this."""
    clock_sigma_s: float | None
    bytes_per_s: float
    messages_lost: int
    """By gaps in the sequence numbers of the chosen component."""
    bytes_dropped: int
    """Bytes that belonged to no valid frame."""
    reboots: int
    reconnects: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Health:
    """What the onboard process sees of itself, told to the ground."""

    time_utc: AwareDatetime
    uptime_s: NotNegative
    camera_fps: NotNegative
    camera_age_s: NotNegative | None
    """Since the last good frame; None before the first."""
    frames_dropped: Annotated[int, Field(ge=0)]
    relative: bool
    """The camera has no calibration: temperatures are not given."""
    autopilot_connected: bool
    clock_sigma_s: NotNegative | None
    disk_free_mb: NotNegative
    spool_backlog: Annotated[int, Field(ge=0)]
    """Reports not yet acknowledged by any ground station."""
    board_celsius: Finite | None
    problems: Sequence[Problem]
    """In the order of `Problem`; empty when all is well."""


@dataclass(frozen=True, slots=True)
class VehicleState:
    """One vehicle as seen at one instant; what moves on the map."""

    system_id: SystemId
    time_utc: AwareDatetime
    lat_deg: Latitude
    lon_deg: Longitude
    alt_amsl_m: Finite
    height_above_home_m: Finite | None
    heading_deg: Annotated[float, Field(ge=0, le=360)] | None
    speed_m_s: NotNegative | None
    mode: Annotated[str, Field(max_length=20)] | None
    armed: bool | None
    battery_percent: Annotated[float, Field(ge=0, le=100)] | None
    footprint: Sequence[tuple[Longitude, Latitude]] | None
    """Corners of the camera's view on the ground, (lon, lat), clockwise; None when it has none."""
