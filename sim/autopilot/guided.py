"""What a client steers by itself: targets for GUIDED, sticks, mode and home without a command.

Type masks from MAVLink's common.xml (POSITION_TARGET_TYPEMASK, ATTITUDE_TARGET_TYPEMASK): a set
bit means "ignore". A number that is not finite spoils the whole message, as in ArduCopter.
"""

import math
from collections.abc import Callable

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.messages import Message
from sim.flight.copter import Copter
from sim.flight.orders import Target, Triple

NO_POSITION, NO_VELOCITY, NO_ACCELERATION = 0b111, 0b111 << 3, 0b111 << 6
NO_YAW, NO_YAW_RATE = 1 << 10, 1 << 11
NO_ATTITUDE, NO_THRUST = 1 << 7, 1 << 6
NO_BODY_YAW_RATE = 1 << 2
STICKS = 18
GIVEN_BACK, LEFT_ALONE = 0, 65535
STICK_MANUAL_US = (1500, 0.5)
"""Centre, and microseconds by thousandth of a MANUAL_CONTROL axis."""
UNUSED_AXIS = 32767


def on_local(copter: Copter, message: Message) -> None:
    """SET_POSITION_TARGET_LOCAL_NED."""
    _steer(copter, message, (message.x, message.y, message.z))


def on_global(copter: Copter, message: Message) -> None:
    """SET_POSITION_TARGET_GLOBAL_INT."""
    _steer(copter, message, (message.lat_int * 1e-7, message.lon_int * 1e-7, message.alt))


def _steer(copter: Copter, m: Message, place: Triple) -> None:
    mask = m.type_mask
    target = Target(
        frame=m.coordinate_frame,
        position=None if mask & NO_POSITION else place,
        velocity_m_s=None if mask & NO_VELOCITY else (m.vx, m.vy, m.vz),
        acceleration_m_s2=None if mask & NO_ACCELERATION else (m.afx, m.afy, m.afz),
        yaw_rad=None if mask & NO_YAW else m.yaw,
        yaw_rate_rad_s=None if mask & NO_YAW_RATE else m.yaw_rate,
    )
    if _is_finite(target):
        copter.guided(target)


def on_attitude(copter: Copter, m: Message) -> None:
    """SET_ATTITUDE_TARGET."""
    norm = math.hypot(*m.q)
    wanted = not m.type_mask & NO_ATTITUDE and 0.5 < norm < 2.0
    w, x, y, z = (value / norm for value in m.q) if wanted else (1.0, 0.0, 0.0, 0.0)
    target = Target(
        attitude=(w, x, y, z) if wanted else None,
        yaw_rate_rad_s=None if m.type_mask & NO_BODY_YAW_RATE else m.body_yaw_rate,
        thrust=None if m.type_mask & NO_THRUST else m.thrust,
    )
    if _is_finite(target):
        copter.guided(target)


def _is_finite(t: Target) -> bool:
    vectors = (t.position, t.velocity_m_s, t.acceleration_m_s2, t.attitude)
    numbers = [t.yaw_rad, t.yaw_rate_rad_s, t.thrust]
    for vector in vectors:
        numbers += vector or ()
    return all(math.isfinite(number) for number in numbers if number is not None)


def on_rc_override(copter: Copter, message: Message) -> None:
    """RC_CHANNELS_OVERRIDE; from the ninth channel on 0 leaves alone, as extensions do."""
    first = [getattr(message, f"chan{i}_raw") for i in range(1, 9)]
    more = [getattr(message, f"chan{i}_raw") or LEFT_ALONE for i in range(9, STICKS + 1)]
    copter.rc_override((*first, *more))


def on_manual_control(copter: Copter, message: Message) -> None:
    """MANUAL_CONTROL: x is pitch, y roll, z throttle (0..1000), r yaw."""
    centre, scale = STICK_MANUAL_US
    axes = (message.y, -message.x, 2 * message.z - 1000, message.r)
    unused = (message.y, message.x, message.z, message.r)
    copter.rc_override(tuple(
        LEFT_ALONE if raw == UNUSED_AXIS else round(centre + scale * min(max(axis, -1000), 1000))
        for axis, raw in zip(axes, unused, strict=True)
    ))  # fmt: skip


def on_home(copter: Copter, message: Message) -> None:
    """SET_HOME_POSITION."""
    place = message.latitude * 1e-7, message.longitude * 1e-7, message.altitude * 1e-3
    copter.command(dialect.MAV_CMD_DO_SET_HOME, (0.0, 0.0, 0.0, 0.0, *place), 0)


HANDLERS: dict[str, Callable[[Copter, Message], None]] = {
    "SET_POSITION_TARGET_LOCAL_NED": on_local,
    "SET_POSITION_TARGET_GLOBAL_INT": on_global,
    "SET_ATTITUDE_TARGET": on_attitude,
    "SET_HOME_POSITION": on_home,
}
STICK_HANDLERS: dict[str, Callable[[Copter, Message], None]] = {
    "RC_CHANNELS_OVERRIDE": on_rc_override,
    "MANUAL_CONTROL": on_manual_control,
}
"""Only the own ground station (SYSID_MYGCS) may move the sticks."""
