"""The camera protocol of a camera that is only a shutter on a servo (CAM1_TYPE 1).

It takes pictures and knows nothing else of itself: no sizes, no zoom, no video, no tracking.
Source: ArduPilot's AP_Camera of 4.5; results as recorded from 4.5.6.
"""

from collections.abc import Callable

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.commands import NAN, Answer, Order
from sim.autopilot.messages import Message
from sim.autopilot.snapshot import Builder, Snapshot
from sim.flight.copter import Copter
from sim.flight.orders import FAILED, UNSUPPORTED, CameraShot


def _information(s: Snapshot) -> Message:
    can = dialect.CAMERA_CAP_FLAGS_CAPTURE_IMAGE
    return dialect.MAVLink_camera_information_message(
        s.boot_ms, [0] * 32, [0] * 32, 0, NAN, NAN, NAN, 0, 0, 0, can, 0, b"", 1
    )


def _settings(s: Snapshot) -> Message:
    return dialect.MAVLink_camera_settings_message(s.boot_ms, 0, NAN, NAN)


def _capture_status(s: Snapshot) -> Message:
    return dialect.MAVLink_camera_capture_status_message(s.boot_ms, 0, 0, 0.0, 0, NAN, s.images)


def feedback(shot: CameraShot, unix_us: int) -> Message:
    """CAMERA_FEEDBACK; the attitude is the body's, not the gimbal's."""
    return dialect.MAVLink_camera_feedback_message(
        max(unix_us, 0),
        0,
        0,
        shot.index & 0xFFFF,
        round(shot.lat_deg * 1e7),
        round(shot.lon_deg * 1e7),
        shot.alt_amsl_m,
        shot.height_above_home_m,
        shot.roll_deg,
        shot.pitch_deg,
        shot.yaw_deg,
        0.0,
        dialect.CAMERA_FEEDBACK_PHOTO,
        shot.index & 0xFFFF,
    )


def on_digicam_control(copter: Copter, message: Message) -> None:
    """DIGICAM_CONTROL: the command's message of before."""
    m = message
    params = (m.session, m.zoom_pos, m.zoom_step, m.focus_lock, m.shot, m.command_id, 0)
    a, b, c, d, e, f, g = (float(value) for value in params)
    copter.command(dialect.MAV_CMD_DO_DIGICAM_CONTROL, (a, b, c, d, e, f, g), 0)


def _cannot(_: Order) -> Answer:
    return Answer(UNSUPPORTED)


def _fails(_: Order) -> Answer:
    return Answer(FAILED)


BUILDERS: dict[int, Builder] = {259: _information, 260: _settings, 262: _capture_status}
COMMANDS: dict[int, Callable[[Order], Answer]] = {
    dialect.MAV_CMD_SET_CAMERA_ZOOM: _cannot,
    dialect.MAV_CMD_SET_CAMERA_FOCUS: _cannot,
    dialect.MAV_CMD_CAMERA_TRACK_POINT: _cannot,
    dialect.MAV_CMD_CAMERA_TRACK_RECTANGLE: _cannot,
    dialect.MAV_CMD_CAMERA_STOP_TRACKING: _cannot,
    dialect.MAV_CMD_VIDEO_START_CAPTURE: _fails,
    dialect.MAV_CMD_VIDEO_STOP_CAPTURE: _fails,
}
