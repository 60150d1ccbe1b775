"""The gimbal manager, protocol version 2, and the mount messages of before.

Who is in control is only told, not enforced, as in ArduPilot 4.5 (AP_Mount_Backend.cpp). What the
mount shall do is the vehicle's business: every message becomes the command that says the same.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.commands import NAN, Answer, Order, Params
from sim.autopilot.messages import Message
from sim.autopilot.parameters import Parameters
from sim.autopilot.snapshot import Builder, Snapshot
from sim.flight.copter import Copter
from sim.flight.gimbal import PITCH_LOCK, ROLL_LOCK, YAW_LOCK
from sim.flight.orders import ACCEPTED, FAILED

CAPABILITIES = 206847
"""GIMBAL_MANAGER_CAP_FLAGS of a servo mount of roll, pitch and yaw, as recorded."""
DEVICE = 1
UNCHANGED, TAKE, RELEASE = -1, -2, -3
LOCKS = ROLL_LOCK | PITCH_LOCK | YAW_LOCK
ANGLES_FROM_MAVLINK = 2
"""MAV_MOUNT_MODE_MAVLINK_TARGETING."""


@dataclass(slots=True)
class GimbalManager:
    """Answers for the one mount there is."""

    copter: Copter
    parameters: Parameters
    look: Callable[[], Snapshot]
    control: tuple[int, int] = (0, 0)
    """System and component in primary control."""

    @property
    def builders(self) -> dict[int, Builder]:
        """Its messages."""
        return {280: self._information, 281: self._status}

    def configure(self, order: Order) -> Answer:
        """DO_GIMBAL_MANAGER_CONFIGURE; a change of control is told to everybody who asks."""
        wanted = order.params[0], order.params[1]
        if not all(RELEASE <= value <= 255 for value in wanted):
            return Answer(FAILED)
        before = self.control
        system = int(wanted[0])
        if system == TAKE:
            self.control = order.sender
        elif system == RELEASE:
            self.control = (0, 0) if self.control == order.sender else self.control
        elif system != UNCHANGED:
            self.control = system, max(int(wanted[1]), 0)
        changed = self.control != before
        return Answer(ACCEPTED, after=(self._status(self.look()),) if changed else ())

    def on_pitch_yaw(self, message: Message) -> None:
        """GIMBAL_MANAGER_SET_PITCHYAW; radians and radians a second, NaN for "not given"."""
        pitch, yaw = _degrees(message.pitch), _degrees(message.yaw)
        rates = _degrees(message.pitch_rate), _degrees(message.yaw_rate)
        self._point(pitch, yaw, *rates, message.flags)

    def on_attitude(self, message: Message) -> None:
        """GIMBAL_MANAGER_SET_ATTITUDE; a quaternion of NaN leaves the rates."""
        rates = _degrees(message.angular_velocity_y), _degrees(message.angular_velocity_z)
        pitch, yaw = _pitch_yaw(tuple(message.q))
        self._point(pitch, yaw, *rates, message.flags)

    def on_mount_control(self, message: Message) -> None:
        """MOUNT_CONTROL: centidegrees of pitch, roll, yaw."""
        pitch, roll, yaw = (
            value / 100 for value in (message.input_a, message.input_b, message.input_c)
        )
        params = (pitch, roll, yaw, 0.0, 0.0, 0.0, float(ANGLES_FROM_MAVLINK))
        self.copter.command(dialect.MAV_CMD_DO_MOUNT_CONTROL, params, 0)

    def on_mount_configure(self, message: Message) -> None:
        """MOUNT_CONFIGURE."""
        params = (float(message.mount_mode), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        self.copter.command(dialect.MAV_CMD_DO_MOUNT_CONFIGURE, params, 0)

    def _point(
        self, pitch: float, yaw: float, pitch_rate: float, yaw_rate: float, flags: int
    ) -> None:
        params: Params = (pitch, yaw, pitch_rate, yaw_rate, float(flags), 0.0, 0.0)
        self.copter.command(dialect.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, params, 0)

    def _information(self, s: Snapshot) -> Message:
        limits = (
            math.radians(self.parameters.values[f"MNT1_{axis}_{end}"])
            for axis in ("ROLL", "PITCH", "YAW")
            for end in ("MIN", "MAX")
        )
        return dialect.MAVLink_gimbal_manager_information_message(
            s.boot_ms, CAPABILITIES, DEVICE, *limits
        )

    def _status(self, s: Snapshot) -> Message:
        return dialect.MAVLink_gimbal_manager_status_message(
            s.boot_ms, s.mount.flags & LOCKS, DEVICE, *self.control, 0, 0
        )


def _degrees(value_rad: float) -> float:
    return math.degrees(value_rad) if math.isfinite(value_rad) else NAN


def _pitch_yaw(q: tuple[float, ...]) -> tuple[float, float]:
    """Degrees of a quaternion; NaN of one that is none."""
    norm = math.hypot(*q)
    if not 0.5 < norm < 2.0:
        return NAN, NAN
    w, x, y, z = (value / norm for value in q)
    pitch = math.asin(max(-1.0, min(1.0, 2 * (w * y - z * x))))
    return math.degrees(pitch), math.degrees(
        math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    )
