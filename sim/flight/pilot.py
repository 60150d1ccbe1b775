"""The pilot's sticks: the transmitter, what overrides it, and what the firmware makes of both.

Channels in microseconds, roll pitch throttle yaw first (source: ArduCopter, RCMAP_*). Untouched,
the transmitter rests as recorded: sticks centred, throttle down, the mode switch at its sixth.
"""

from collections.abc import Mapping, Sequence

CHANNELS = 16
REST = (1500, 1500, 1000, 1500, 1800, 1000, 1000, 1800) + (0,) * 8
LEAVE, RELEASE, LEAVE_HIGH = 65535, 0, 65534
DEAD_ZONE_US, THROTTLE_DEAD_ZONE_US = 20, 30
MODE_LIMITS_US = (1231, 1361, 1491, 1621, 1750)
LOST_THROTTLE_US = 950


class Pilot:
    """Sticks now; times are simulated seconds."""

    def __init__(self) -> None:
        self._overrides: dict[int, tuple[int, float]] = {}
        self.lost = False
        """The receiver has lost the transmitter: a fault."""
        self.now: list[int] = list(REST)
        self.switch = 5
        """Position of the mode switch, 0..5."""

    def override(self, channels: Sequence[int], now_s: float) -> None:
        """RC_CHANNELS_OVERRIDE: 65535 leaves a channel, 0 gives it back to the transmitter.

        From the ninth channel on, 0 leaves it and 65534 gives it back (source: common.xml).
        """
        for index, value in enumerate(channels[:CHANNELS]):
            release = RELEASE if index < 8 else LEAVE_HIGH
            leave = (LEAVE,) if index < 8 else (LEAVE, RELEASE)
            if value == release:
                self._overrides.pop(index, None)
            elif value not in leave:
                self._overrides[index] = (value, now_s)

    def step(self, now_s: float, hold_s: float) -> None:
        """Reads all channels; an override not renewed for `hold_s` (RC_OVERRIDE_TIME) ends."""
        now = list(REST)
        if self.lost:
            now[2] = LOST_THROTTLE_US
        for index, (value, at_s) in list(self._overrides.items()):
            if 0 <= hold_s < now_s - at_s:
                del self._overrides[index]
            else:
                now[index] = value
        self.now = now

    @property
    def has_signal(self) -> bool:
        """A transmitter is heard, or somebody overrides the throttle."""
        return not self.lost or 2 in self._overrides

    def moved_switch(self, parameters: Mapping[str, float]) -> int | None:
        """The number of the mode that the switch has just been moved to."""
        index = int(parameters["FLTMODE_CH"]) - 1
        if not 0 <= index < CHANNELS or self.lost or not 900 < self.now[index] < 2200:
            return None
        position = sum(self.now[index] >= limit for limit in MODE_LIMITS_US)
        if position == self.switch:
            return None
        self.switch = position
        return int(parameters[f"FLTMODE{position + 1}"])

    def roll(self) -> float:
        """-1..1, right is positive."""
        return _centred(self.now[0])

    def pitch(self) -> float:
        """-1..1, stick forward (nose down) is negative."""
        return _centred(self.now[1])

    def yaw(self) -> float:
        """-1..1, clockwise is positive."""
        return _centred(self.now[3])

    def throttle(self) -> float:
        """0..1."""
        value = (self.now[2] - 1000 - THROTTLE_DEAD_ZONE_US) / (1000 - THROTTLE_DEAD_ZONE_US)
        return min(max(value, 0.0), 1.0)

    def climb(self, parameters: Mapping[str, float]) -> float:
        """Climb rate that the throttle stick asks for in modes that hold height, m/s."""
        up = parameters["PILOT_SPEED_UP"] / 100
        down = parameters["PILOT_SPEED_DN"] / 100 or up
        dead = parameters["THR_DZ"] / 1000
        stick = (self.now[2] - 1000) / 1000
        if stick > 0.5 + dead:
            return up * min((stick - 0.5 - dead) / (0.5 - dead), 1.0)
        if stick < 0.5 - dead:
            return -down * min((0.5 - dead - stick) / (0.5 - dead), 1.0)
        return 0.0


def _centred(value_us: int) -> float:
    off = value_us - 1500
    if abs(off) <= DEAD_ZONE_US:
        return 0.0
    wide = 500 - DEAD_ZONE_US
    return max(min((off - DEAD_ZONE_US if off > 0 else off + DEAD_ZONE_US) / wide, 1.0), -1.0)
