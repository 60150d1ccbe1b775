"""A vehicle's pose at any instant, out of the telemetry any MAVLink autopilot sends.

Messages and arrival times in, poses out; no I/O. Positions, attitudes and the gimbal's attitude
come at different instants of the autopilot's clock since boot; each is interpolated between its
two neighbours. The boot clock is laid against the host's by a TIMESYNC answer that is fresh and
had a short way, or, from an autopilot that does not answer, by the message that was under way the
least.
"""

import math
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from typing import Any

from sim.flight.gimbal import YAW_IN_EARTH_FRAME, Mount
from sim.flight.quadcopter import State
from sim.rotation import Quaternion, from_euler, wrap_pi

KEPT = 400
"""Samples of each kind: 8 s at 50 a second."""
GAP_S = 1.0
"""Across a longer gap nothing is interpolated."""
TIMESYNC_KEPT = 16
ROUND_TRIP_S = 0.5
"""A longer one says nothing."""
AGE_COSTS = 0.05
"""Seconds of round trip that a second of age is worth: the clock of a simulator that cannot keep
up with the wall slips by much more than any crystal."""
RESTART_S = 1.0
"""A boot clock that falls back by more has started again."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Of vehicle and mount."""

    state: State
    mount: Mount


Sample = tuple[float, ...]
"""Boot seconds, then the values."""


class BootClock:
    """Host monotonic seconds to the autopilot's seconds since boot."""

    def __init__(self) -> None:
        self._answers: deque[tuple[float, float, float]] = deque(maxlen=TIMESYNC_KEPT)
        self._least_delay: float | None = None

    def answered(self, sent_s: float, arrived_s: float, boot_s: float) -> None:
        """A TIMESYNC answer to what was sent then."""
        way_s = arrived_s - sent_s
        if 0 <= way_s < ROUND_TRIP_S:
            # Of two answers the older one loses AGE_COSTS a second: the sum does not depend on now.
            worth = way_s - AGE_COSTS * arrived_s
            self._answers.append((worth, arrived_s, boot_s - (sent_s + arrived_s) / 2))

    def heard(self, boot_s: float, arrived_s: float) -> None:
        """A stamped message: it cannot have come before it was sent."""
        offset = boot_s - arrived_s
        if self._least_delay is None or offset > self._least_delay:
            self._least_delay = offset

    def boot_s(self, host_s: float) -> float | None:
        """None before anything was heard."""
        if self._answers:
            return host_s + min(self._answers)[2]
        return None if self._least_delay is None else host_s + self._least_delay


class Telemetry:
    """Keeps the last seconds of one vehicle."""

    def __init__(self, fallback: Quaternion) -> None:
        """`fallback`: the mount in the vehicle's heading frame, where no gimbal reports."""
        self.clock = BootClock()
        self._fallback = fallback
        self._positions: deque[Sample] = deque(maxlen=KEPT)
        self._attitudes: deque[Sample] = deque(maxlen=KEPT)
        self._mounts: deque[Sample] = deque(maxlen=KEPT)

    def hear(self, message: Any, arrived_s: float) -> None:
        """One message of the vehicle; those of other kinds are nothing to us."""
        kind = message.get_type()
        if kind not in ("GLOBAL_POSITION_INT", "ATTITUDE", "GIMBAL_DEVICE_ATTITUDE_STATUS"):
            return
        boot_s = message.time_boot_ms / 1000
        self._forget_a_former_life(boot_s)
        self.clock.heard(boot_s, arrived_s)
        if kind == "GLOBAL_POSITION_INT":
            m = message
            place = m.lat / 1e7, m.lon / 1e7, m.alt / 1e3
            _keep(self._positions, (boot_s, *place, m.vx / 100, m.vy / 100, m.vz / 100))
        elif kind == "ATTITUDE":
            _keep(self._attitudes, (boot_s, message.roll, message.pitch, message.yaw))
        else:
            _keep(self._mounts, (boot_s, *message.q, message.flags))

    def may_know(self, boot_s: float) -> bool:
        """Whether the pose then may yet come: none does from before the first samples."""
        kept = self._positions, self._attitudes
        return all(kept) and boot_s >= max(samples[0][0] for samples in kept)

    def at(self, boot_s: float) -> Pose | None:
        """The pose then; None while the samples around that instant are not there."""
        place, attitude = _between(self._positions, boot_s), _between(self._attitudes, boot_s)
        if place is None or attitude is None:
            return None
        (p0, p1, f), (a0, a1, g) = place, attitude
        lat, lon, alt, north, east, down = (_mix(p0[k], p1[k], f) for k in range(1, 7))
        roll, pitch, yaw = (a0[k] + wrap_pi(a1[k] - a0[k]) * g for k in (1, 2, 3))
        state = State(
            time_s=boot_s, lat_deg=lat, lon_deg=lon, alt_amsl_m=alt, yaw_rad=wrap_pi(yaw),
            north_m_s=north, east_m_s=east, down_m_s=down, roll_rad=roll, pitch_rad=pitch,
        )  # fmt: skip
        mount = self._mount(boot_s, yaw)
        return None if mount is None else Pose(state, mount)

    def _mount(self, boot_s: float, yaw_rad: float) -> Mount | None:
        heading = from_euler(0.0, 0.0, yaw_rad)
        if not self._mounts:
            return Mount(product(heading, self._fallback), self._fallback, 0)
        found = _between(self._mounts, boot_s)
        if found is None:
            return None
        a, b, f = found
        flags = int(b[5])
        reported = _nlerp((a[1], a[2], a[3], a[4]), (b[1], b[2], b[3], b[4]), f)
        q = reported if flags & YAW_IN_EARTH_FRAME else product(heading, reported)
        return Mount(q, reported, flags)

    def _forget_a_former_life(self, boot_s: float) -> None:
        newest = max((kept[-1][0] for kept in self._all() if kept), default=boot_s)
        if boot_s < newest - RESTART_S:
            for kept in self._all():
                kept.clear()
            self.clock = BootClock()

    def _all(self) -> tuple[deque[Sample], ...]:
        return self._positions, self._attitudes, self._mounts


def product(a: Quaternion, b: Quaternion) -> Quaternion:
    """First b, then a (Hamilton)."""
    (aw, ax, ay, az), (bw, bx, by, bz) = a, b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def _nlerp(a: Quaternion, b: Quaternion, share: float) -> Quaternion:
    sign = 1.0 if sum(x * y for x, y in zip(a, b, strict=True)) >= 0 else -1.0
    w, x, y, z = (p + (sign * q - p) * share for p, q in zip(a, b, strict=True))
    length = math.sqrt(w * w + x * x + y * y + z * z) or 1.0
    return w / length, x / length, y / length, z / length


def _mix(a: float, b: float, share: float) -> float:
    return a + (b - a) * share


def _keep(kept: deque[Sample], sample: Sample) -> None:
    """In order; a repeated or late one says nothing new."""
    if not kept or sample[0] > kept[-1][0]:
        kept.append(sample)


def _between(kept: deque[Sample], boot_s: float) -> tuple[Sample, Sample, float] | None:
    """The samples before and after, and how far between them."""
    at = bisect_left(kept, boot_s, key=lambda sample: sample[0])
    if at == 0 or at == len(kept):
        exact = at < len(kept) and kept[at][0] == boot_s
        return (kept[at], kept[at], 0.0) if exact else None
    before, after = kept[at - 1], kept[at]
    gap = after[0] - before[0]
    return None if gap > GAP_S else (before, after, (boot_s - before[0]) / gap)
