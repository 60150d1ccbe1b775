"""What is sent unasked, in which stream, in which order and when.

ArduPilot sends all messages of one interval together, in one fixed order; a message that joins
an interval waits for its next turn (source: GCS_Common.cpp and ap_message.h of ArduCopter 4.5;
order and membership as recorded from 4.5.6 at MAVProxy's and at QGroundControl's rates).
"""

from collections.abc import Mapping

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.messages import CLOCK_GRAIN_S

HEARTBEAT = 0
HEARTBEAT_S = 1.0
SHORTEST_S = 0.005
"""One pass of the simulator's loop; the real one's is 0.0025."""
LONGEST_S = 65.535
"""ArduPilot counts milliseconds in 16 bits."""

STREAMS: dict[int, tuple[int, ...]] = {
    dialect.MAV_DATA_STREAM_RAW_SENSORS: (27, 116, 129, 29, 137),
    dialect.MAV_DATA_STREAM_EXTENDED_STATUS: (1, 125, 152, 62, 42, 24, 162, 87),
    dialect.MAV_DATA_STREAM_RC_CHANNELS: (36, 65, 35),
    dialect.MAV_DATA_STREAM_RAW_CONTROLLER: (),
    dialect.MAV_DATA_STREAM_POSITION: (33, 32),
    dialect.MAV_DATA_STREAM_EXTRA1: (30, 164, 178),
    dialect.MAV_DATA_STREAM_EXTRA2: (74,),
    dialect.MAV_DATA_STREAM_EXTRA3: (2, 163, 168, 136, 285, 193, 241, 147, 11030),
    13: (246,),
}
"""By MAV_DATA_STREAM; 13 is ADS-B traffic, which has no name there."""
RATES: dict[int, str] = {
    dialect.MAV_DATA_STREAM_RAW_SENSORS: "RAW_SENS",
    dialect.MAV_DATA_STREAM_EXTENDED_STATUS: "EXT_STAT",
    dialect.MAV_DATA_STREAM_RC_CHANNELS: "RC_CHAN",
    dialect.MAV_DATA_STREAM_RAW_CONTROLLER: "RAW_CTRL",
    dialect.MAV_DATA_STREAM_POSITION: "POSITION",
    dialect.MAV_DATA_STREAM_EXTRA1: "EXTRA1",
    dialect.MAV_DATA_STREAM_EXTRA2: "EXTRA2",
    dialect.MAV_DATA_STREAM_EXTRA3: "EXTRA3",
    13: "ADSB",
}
"""The SRn_ parameter of each stream, hertz."""
STREAM_OF = {number: stream for stream, ids in STREAMS.items() for number in ids}
ORDER = (
    30, 31, 33, 1, 125, 152, 62, 42, 74, 36, 65, 35, 27, 116, 129, 29, 137, 24, 2, 162, 163, 164,
    178, 168, 136, 285, 193, 32, 241, 87, 246, 147, 11030, 49, 242, 245, 148,
)  # fmt: skip
_PLACE = {number: place for place, number in enumerate(ORDER)}


def rate_hz(parameters: Mapping[str, float], port: int, stream: int) -> float:
    """What the SRn_ parameters of a serial port make it send unasked."""
    return parameters.get(f"SR{port}_{RATES[stream]}", 0.0)


class Schedule:
    """The intervals of one link. Times are simulated seconds."""

    def __init__(self, now_s: float) -> None:
        self._interval_s: dict[int, float] = {HEARTBEAT: HEARTBEAT_S}
        self._rounds: dict[float, tuple[int, ...]] = {}
        self._due_s: dict[float, float] = {}
        self._heartbeat_s = now_s
        self._next_s = now_s

    def set(self, number: int, interval_s: float, now_s: float) -> None:
        """Zero or less stops the message."""
        if interval_s > 0:
            interval_s = min(max(round(interval_s, 3), SHORTEST_S), LONGEST_S)
        if self._interval_s.get(number, 0.0) == max(interval_s, 0.0):
            return
        self._interval_s.pop(number, None)
        if interval_s > 0:
            self._interval_s[number] = interval_s
            self._due_s.setdefault(interval_s, now_s + interval_s)
        if number == HEARTBEAT:
            self._heartbeat_s = now_s + interval_s if interval_s > 0 else float("inf")
        self._arrange()

    def interval_us(self, number: int) -> int:
        """As MESSAGE_INTERVAL tells it: -1 when it is not sent."""
        interval_s = self._interval_s.get(number)
        return -1 if interval_s is None else round(interval_s * 1e6)

    def due(self, now_s: float) -> tuple[int, ...]:
        """Messages whose time has come, in order; turns that were missed are not caught up."""
        if now_s < self._next_s - CLOCK_GRAIN_S:
            return ()
        ready: tuple[int, ...] = ()
        if now_s >= self._heartbeat_s - CLOCK_GRAIN_S:
            ready = (HEARTBEAT,)
            self._heartbeat_s = _after(self._heartbeat_s, self._interval_s[HEARTBEAT], now_s)
        for interval_s, due_s in self._due_s.items():
            if now_s >= due_s - CLOCK_GRAIN_S:
                ready += self._rounds[interval_s]
                self._due_s[interval_s] = _after(due_s, interval_s, now_s)
        self._next_s = min(self._heartbeat_s, *self._due_s.values(), float("inf"))
        return ready

    def _arrange(self) -> None:
        rounds: dict[float, list[int]] = {}
        for number, interval_s in self._interval_s.items():
            if number != HEARTBEAT:
                rounds.setdefault(interval_s, []).append(number)
        self._rounds = {s: tuple(sorted(ids, key=_place)) for s, ids in rounds.items()}
        self._due_s = {s: due_s for s, due_s in self._due_s.items() if s in rounds}
        self._next_s = min(self._heartbeat_s, *self._due_s.values(), float("inf"))


def _after(due_s: float, interval_s: float, now_s: float) -> float:
    return due_s + interval_s * (int((now_s - due_s + CLOCK_GRAIN_S) / interval_s) + 1)


def _place(number: int) -> int:
    return _PLACE.get(number, len(ORDER))
