"""What a command does to the flight, whoever gives it: a client or the mission (MAV_CMD).

Results are those recorded from ArduCopter 4.5.6 where there is a recording: a take-off that is
not armed and a reposition without a position FAIL, a mission item that is not there is DENIED.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.flight.gimbal import (
    MOUNT_GPS,
    MOUNT_HOME,
    MOUNT_NEUTRAL,
    MOUNT_RC,
    MOUNT_RETRACT,
    MOUNT_TARGETING,
    YAW_LOCK,
)
from sim.flight.modes import Mode
from sim.flight.orders import ACCEPTED, DENIED, FAILED, UNSUPPORTED, Target, Verdict

if TYPE_CHECKING:
    from sim.flight.copter import Copter

Params = tuple[float, float, float, float, float, float, float]
OK, NO, NEVER = Verdict(ACCEPTED), Verdict(FAILED), Verdict(DENIED)
GLOBAL, RELATIVE, TERRAIN = (0, 5), (3, 6), (10, 11)
FORCE = frozenset({2989, 21196})
SERVOS = 16
HIGHEST_M = 100_000.0
"""Of a home: more is a mistake, and does not fit into HOME_POSITION."""


def execute(copter: Copter, command: int, params: Params, frame: int) -> Verdict:
    """The verdict; UNSUPPORTED for what does not concern the flight."""
    handler = TABLE.get(command)
    return handler(copter, params, frame) if handler else Verdict(UNSUPPORTED)


def _given(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _takeoff(c: Copter, p: Params, _: int) -> Verdict:
    return c.takeoff(_given(p[6]))


def _mode(mode: Mode) -> Callable[[Copter, Params, int], Verdict]:
    def change(c: Copter, _: Params, __: int) -> Verdict:
        return Verdict(c.set_mode(mode).result)

    return change


def _set_mode(c: Copter, p: Params, _: int) -> Verdict:
    return c.set_mode(int(_given(p[1])))


def _arm(c: Copter, p: Params, _: int) -> Verdict:
    force = _given(p[1]) in FORCE
    if _given(p[0]) == 1:
        return c.arm(force)
    return c.disarm(force) if _given(p[0]) == 0 else Verdict(UNSUPPORTED)


def _prearm(c: Copter, _: Params, __: int) -> Verdict:
    if c.armed:
        return Verdict(1)
    c.say_why_not_ready()
    return OK


def _start(c: Copter, _: Params, __: int) -> Verdict:
    if c.set_mode(Mode.AUTO).result != ACCEPTED:
        return NO
    return OK


def _jump(c: Copter, p: Params, _: int) -> Verdict:
    return c.set_current(int(_given(p[0])))


def _speed(c: Copter, p: Params, _: int) -> Verdict:
    """Over the ground."""
    speed = _given(p[1])
    if speed <= 0:
        return NO if speed != -1 else OK
    if int(_given(p[0])) in (0, 1):
        c.route.set_speed(speed)
        c.guided_mode.set_speed(speed)
        return OK
    # Climb rates are the parameters' alone here.
    return NO


def _yaw(c: Copter, p: Params, _: int) -> Verdict:
    """Degrees p1, rate p2 (not used), direction p3, relative p4."""
    angle = math.radians(_given(p[0]))
    if _given(p[3]) == 1:
        way = -1.0 if _given(p[2]) < 0 else 1.0
        c.heading.fix(c.control.yaw_rad + way * angle)
    else:
        c.heading.fix(angle)
    return OK


def _home(c: Copter, p: Params, frame: int) -> Verdict:
    if _given(p[0]) == 1 or (_given(p[4]) == 0 and _given(p[5]) == 0):
        here = c.believed()
        if here is None or not c.position_ok:
            return NO
        c.home = here
        return OK
    lat, lon, alt = _given(p[4]), _given(p[5]), _given(p[6])
    if not (-90 <= lat <= 90 and -180 <= lon <= 180) or c.origin is None:
        return NO
    if frame in RELATIVE and c.home is not None:
        alt += c.home[2]
    if abs(alt) > HIGHEST_M:
        return NO
    c.home = lat, lon, alt
    return OK


def _reposition(c: Copter, p: Params, frame: int) -> Verdict:
    lat, lon = _given(p[4]), _given(p[5])
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return NEVER
    changes = int(_given(p[1])) & 1
    if c.mode is not Mode.GUIDED and not changes:
        return NEVER
    if not c.position_ok or c.set_mode(Mode.GUIDED).result != ACCEPTED:
        return NO
    here = c.believed()
    if here is None:
        return NO
    place = (lat, lon, _given(p[6]))
    if lat == 0 and lon == 0:
        place = (here[0], here[1], place[2])
    c.guided(Target(frame=frame, position=place))
    return OK


def _roi(c: Copter, p: Params, frame: int) -> Verdict:
    lat, lon = _given(p[4]), _given(p[5])
    if lat == 0 and lon == 0:
        return _no_roi(c, p, frame)
    north, east = c.world.map_point(lat, lon)
    base = 0.0
    if frame in RELATIVE and c.home is not None:
        base = c.home[2]
    elif frame in TERRAIN:
        base = c.terrain_m(north, east)
    c.gimbal.look_at((north, east, _given(p[6]) + base))
    c.heading.look_at((north, east))
    return OK


def _no_roi(c: Copter, _: Params, __: int) -> Verdict:
    c.gimbal.point_as_set()
    c.heading.look_at(None)
    return OK


def _mount(c: Copter, p: Params, frame: int) -> Verdict:
    """Pitch p1, yaw p3 in degrees; mode p7."""
    mode = int(_given(p[6]))
    if mode == MOUNT_TARGETING:
        c.gimbal.aim(math.radians(_given(p[0])), math.radians(_given(p[2])), earth=False)
    elif mode in (MOUNT_RETRACT, MOUNT_NEUTRAL, MOUNT_RC):
        c.gimbal.point_as_set()
    elif mode == MOUNT_HOME and c.home is not None:
        c.gimbal.look_at((*c.world.map_point(c.home[0], c.home[1]), c.home[2]))
    elif mode == MOUNT_GPS:
        return _roi(c, (0.0, 0.0, 0.0, 0.0, p[4], p[5], p[3]), frame)
    else:
        return NO
    return OK


def _gimbal(c: Copter, p: Params, _: int) -> Verdict:
    """Pitch p1, yaw p2 in degrees or their rates p3, p4; flags p5: yaw from north or the nose."""
    earth = bool(int(_given(p[4])) & YAW_LOCK)
    if math.isfinite(p[0]) and math.isfinite(p[1]):
        c.gimbal.aim(math.radians(p[0]), math.radians(p[1]), earth)
        return OK
    if math.isfinite(p[2]) and math.isfinite(p[3]):
        c.gimbal.turn(math.radians(p[2]), math.radians(p[3]), earth)
        return OK
    return NO


def _digicam(c: Copter, p: Params, _: int) -> Verdict:
    if _given(p[4]) == 1:
        c.shutter.once()
    return OK


def _by_distance(c: Copter, p: Params, _: int) -> Verdict:
    c.shutter.by_distance(_given(p[0]), at_once=_given(p[2]) == 1)
    return OK


def _capture(c: Copter, p: Params, _: int) -> Verdict:
    c.shutter.by_interval(_given(p[1]), int(_given(p[2])), c.now_s)
    return OK


def _stop_capture(c: Copter, _: Params, __: int) -> Verdict:
    c.shutter.stop()
    return OK


def _servo(c: Copter, p: Params, _: int) -> Verdict:
    number = int(_given(p[0]))
    if not 1 <= number <= SERVOS or c.parameters.get(f"SERVO{number}_FUNCTION", 0) not in (0, 1):
        return NO
    c.servos[number] = int(_given(p[1]))
    return OK


def _relay(c: Copter, p: Params, _: int) -> Verdict:
    number = int(_given(p[0]))
    if c.parameters.get(f"RELAY{number + 1}_FUNCTION", 0) != 1:
        return NO
    c.relays[number] = _given(p[1]) > 0
    return OK


def _fence(c: Copter, p: Params, _: int) -> Verdict:
    if _given(p[0]) not in (0, 1, 2):
        return NO
    c.fence.enabled = _given(p[0]) == 1
    return OK


def _pause(c: Copter, p: Params, _: int) -> Verdict:
    """0 stops on the way, 1 goes on: in AUTO and GUIDED."""
    if c.mode not in (Mode.AUTO, Mode.GUIDED) or _given(p[0]) not in (0, 1):
        return NO
    c.route.paused = _given(p[0]) == 0
    return OK


def _land_start(c: Copter, _: Params, __: int) -> Verdict:
    """A mark for whoever looks for it; as a command, a jump there."""
    for seq, item in enumerate(c.plan.mission):
        if item.command == 189 and c.mode is not Mode.AUTO:
            c.mission.set_current(seq)
            return Verdict(c.set_mode(Mode.AUTO).result)
    return OK if c.mode is Mode.AUTO else NO


def _terminate(c: Copter, p: Params, _: int) -> Verdict:
    return c.disarm(force=True) if _given(p[0]) > 0.5 else NO


TABLE: dict[int, Callable[[Copter, Params, int], Verdict]] = {
    17: _mode(Mode.LOITER),
    20: _mode(Mode.RTL),
    21: _mode(Mode.LAND),
    22: _takeoff,
    115: _yaw,
    176: _set_mode,
    178: _speed,
    179: _home,
    181: _relay,
    183: _servo,
    185: _terminate,
    189: _land_start,
    192: _reposition,
    193: _pause,
    195: _roi,
    197: _no_roi,
    201: _roi,
    203: _digicam,
    205: _mount,
    206: _by_distance,
    207: _fence,
    224: _jump,
    300: _start,
    400: _arm,
    401: _prearm,
    1000: _gimbal,
    2000: _capture,
    2001: _stop_capture,
}
