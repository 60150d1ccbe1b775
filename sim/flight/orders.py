"""What others ask of the vehicle, and what they are told of it.

Result codes are MAV_RESULT, frames are MAV_FRAME (source: MAVLink, common.xml).
"""

from dataclasses import dataclass

from sim.rotation import Quaternion

ACCEPTED, TEMPORARILY_REJECTED, DENIED, UNSUPPORTED, FAILED = 0, 1, 2, 3, 4
EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO = range(7)
"""MAV_SEVERITY."""
Text = tuple[int, str]
"""Severity and words of a STATUSTEXT."""
Place = tuple[float, float, float]
"""Latitude and longitude in degrees, height AMSL in metres."""
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to an order."""

    result: int
    """MAV_RESULT."""
    texts: tuple[Text, ...] = ()
    """Said to whoever gave the order; what everybody shall hear is in `Copter.texts`."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a client wants of GUIDED; None is "not given", as the type masks say."""

    frame: int = 6
    """MAV_FRAME of position and velocity: 0, 3, 10 and their _INT twins 5, 6, 11 with degrees in
    `position`; 1, 7, 8, 9 with metres north (or forward), east (right), down."""
    position: Triple | None = None
    """Latitude, longitude, height; or three metres: as `frame` says."""
    velocity_m_s: Triple | None = None
    acceleration_m_s2: Triple | None = None
    yaw_rad: float | None = None
    yaw_rate_rad_s: float | None = None
    attitude: Quaternion | None = None
    """Body to NED, of SET_ATTITUDE_TARGET."""
    thrust: float | None = None
    """0..1 of SET_ATTITUDE_TARGET: climb rate around 0.5, or throttle, as GUID_OPTIONS says."""


@dataclass(frozen=True, slots=True)
class CameraShot:
    """One release of the shutter, as CAMERA_FEEDBACK tells it: what the vehicle believes."""

    index: int
    """Counts from 1 since boot."""
    time_s: float
    """Simulated seconds."""
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float
    height_above_home_m: float
    roll_deg: float
    pitch_deg: float
    yaw_deg: float
    """Of the body, 0..360."""
