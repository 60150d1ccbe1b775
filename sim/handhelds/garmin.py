"""A virtual Garmin on a serial cable: L001, one packet at a time, each acknowledged.

    ACK = pid 6, NAK = pid 21, data: u8 pid, u8 0

Source: Device Interface Specification 001-00063-00 Rev C for A000-A800; packets 38, 48, 49, 252
and commands 14, 57, 58 (unit id, baud rate) are undocumented and follow what gpsbabel speaks.
Not verified on real units: RESEND_S, TRIES, RAISED_KEPT_S, the form of packet 252.
"""

import struct
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.handhelds import garmin_records as records
from sim.handhelds import truth
from sim.handhelds.faults import Fault
from sim.handhelds.garmin_link import Frames, frame
from sim.handhelds.unit import VirtualUnit
from sim.handhelds.units import Holding, Point

ACK, NAK = 6, 21
RESEND_S = 2.0
TRIES = 5
RAISED_KEPT_S = 5.0
"""A raised rate at which nothing sensible comes is given up."""
RATES = (9600, 19200, 38400, 57600, 115200)
LIVE_EVERY_S = 1.0
ALMANAC_SATELLITES = 32


@dataclass(frozen=True, slots=True)
class Model:
    """What tells one unit from another on the wire."""

    product: int
    software: int
    """Times 100."""
    description: str
    point_type: int
    place_type: int
    header_type: int | None
    """D310 or D312; None speaks A300, without headers."""
    says_capabilities: bool
    raises_baud: bool = True


MODELS: dict[str, Model] = {
    "etrex": Model(130, 360, "eTrex Software Version 3.60", 301, 108, 310, True),
    "gps12": Model(87, 458, "GPS 12 Software Version 4.58", 300, 103, None, False, False),
    "gps60cx": Model(292, 420, "GPSMap60CX Software Version 4.20", 302, 110, 312, True),
    "venture-hc": Model(786, 270, "eTrex Venture HC Software Version 2.70", 302, 110, 312, True),
    "forerunner301": Model(484, 310, "Forerunner301 Software Version 3.10", 303, 109, 311, True),
}  # fmt: skip
DEFAULT_MODEL = "etrex"


@dataclass(frozen=True, slots=True)
class _Packet:
    pid: int
    data: bytes
    bulk: bool = False


class GarminUnit(VirtualUnit):
    """Answers commands; sends one packet and waits for its acknowledgement before the next."""

    def __init__(
        self, holding: Holding, model: Model, unit_id: int, baud: int, fault: Fault, seed: int,
        utc_s: Callable[[float], float],
    ) -> None:  # fmt: skip
        super().__init__(baud, fault, seed)
        self.also_understood = (9600,)
        self._holding, self._model, self._unit_id = holding, model, unit_id
        self._utc_s = utc_s
        """UTC of a monotonic time, by the unit's own clock."""
        self.restart()
        self.arm(len(holding.points))

    def restart(self) -> None:
        """As after switching on."""
        self._frames = Frames()
        self._queue: deque[_Packet] = deque()
        self._waiting: _Packet | None = None
        self._resend_s = 0.0
        self._tries = 0
        self._ignore_ack = False
        self._raise_to: int | None = None
        self._proven_by_s: float | None = None
        self._live_s: float | None = None

    # What comes in.

    def heard(self, data: bytes, now_s: float) -> None:
        """Packets from the host."""
        for packet in self._frames.feed(data):
            if packet is None:
                self._say(NAK, b"\0\0", now_s)
            elif packet[0] == ACK:
                self._acknowledged(packet[1][:1], now_s)
            elif packet[0] == NAK:
                self._resend(now_s)
            else:
                self._say(ACK, bytes([packet[0], 0]), now_s)
                self._proven_by_s = None
                self._asked(packet[0], packet[1], now_s)
        self._go_on(now_s)

    def _acknowledged(self, pid: bytes, now_s: float) -> None:
        if self._waiting is None or pid != bytes([self._waiting.pid]):
            return
        if self._ignore_ack:  # the fault: this acknowledgement never arrived
            self._ignore_ack = False
            return
        self._waiting = None
        self._change_rate(now_s)

    def _asked(self, pid: int, data: bytes, now_s: float) -> None:
        if pid == 254:
            self._announce_self()
        elif pid == 48 and len(data) == 4:
            self._asked_for_rate(*struct.unpack("<I", data))
        elif pid == 28:  # asynchronous events on or off: acknowledged, nothing to say
            return
        elif pid == 10 and len(data) >= 1:
            answer = self._commands().get(data[0])
            if answer is not None:
                answer(now_s)

    def _commands(self) -> Mapping[int, Callable[[float], None]]:
        return {
            0: lambda _: self._abort(),
            1: lambda now_s: self._transfer(1, self._almanac(now_s)),
            2: lambda _: self._queue.append(_Packet(17, self._position())),
            5: lambda now_s: self._queue.append(_Packet(14, records.d600(self._utc_s(now_s)))),
            6: lambda _: self._transfer(6, self._track()),
            7: lambda _: self._transfer(7, self._places()),
            14: lambda _: self._queue.append(_Packet(38, struct.pack("<I", self._unit_id))),
            49: self._start_live,
            50: lambda _: self._stop_live(),
            57: lambda _: self._queue.append(_Packet(252, struct.pack(f"<{len(RATES)}I", *RATES))),
            58: lambda _: None,  # a ping wants only its acknowledgement
        }

    # What goes out.

    def _say(self, pid: int, data: bytes, now_s: float, bulk: bool = False) -> None:
        self.say(frame(pid, data), now_s, bulk)

    def _go_on(self, now_s: float) -> None:
        if self._waiting is None and self._queue:
            self._waiting = self._queue.popleft()
            self._tries = 0
            self._send_waiting(now_s, self._waiting.bulk)

    def _resend(self, now_s: float) -> None:
        if self._waiting is None:
            return
        self._tries += 1
        if self._tries >= TRIES:
            self._abort()
        else:
            self._send_waiting(now_s, bulk=False)

    def _send_waiting(self, now_s: float, bulk: bool) -> None:
        assert self._waiting is not None
        self._resend_s = now_s + RESEND_S
        self._say(self._waiting.pid, self._waiting.data, now_s, bulk)

    def lose(self, packet: bytes, now_s: float) -> None:
        """The packet arrives, its acknowledgement will not."""
        self.put(packet)
        self._ignore_ack = True

    def _abort(self) -> None:
        self._queue.clear()
        self._waiting = None

    @property
    def due_s(self) -> float | None:
        """The next resend, live fix or end of an unproven rate."""
        resend_s = self._resend_s if self._waiting is not None else None
        times = [t for t in (resend_s, self._live_s, self._proven_by_s) if t is not None]
        return min(times, default=None)

    def tick(self, now_s: float) -> None:
        """Resend, talk, give a rate up."""
        if self._proven_by_s is not None and now_s >= self._proven_by_s:
            self._proven_by_s = None
            self.baud = self.home_baud
        if self._live_s is not None and now_s >= self._live_s:
            self._live_s = now_s + LIVE_EVERY_S
            if not self._queue:
                self._queue.append(_Packet(51, self._live_fix(now_s)))
        if self._waiting is not None and now_s >= self._resend_s:
            self._resend(now_s)
        self._go_on(now_s)

    # The protocols.

    def _announce_self(self) -> None:
        model = self._model
        self._queue.append(_Packet(255, struct.pack("<Hh", model.product, model.software)
                                   + records.text(model.description)))  # fmt: skip
        if model.says_capabilities:
            array = b"".join(struct.pack("<cH", tag.encode(), n) for tag, n in _abilities(model))
            self._queue.append(_Packet(253, array))

    def _transfer(self, command: int, packets: Sequence[_Packet]) -> None:
        if self._waiting is not None or self._queue:
            return  # a repeated command; the transfer runs already
        self._queue.append(_Packet(27, struct.pack("<H", len(packets) & 0xFFFF)))
        self._queue.extend(packets)
        self._queue.append(_Packet(12, struct.pack("<H", command)))

    def _track(self) -> list[_Packet]:
        encode = records.POINTS[self._model.point_type]
        packets = [_Packet(34, encode(point), bulk=True) for point in self._holding.points]
        if self._model.header_type is None or not packets:
            return packets
        head = struct.pack("<H", 0) if self._model.header_type == 311 else records.d310(
            self._holding.track_name
        )  # fmt: skip
        return [_Packet(99, head), *packets]

    def _places(self) -> list[_Packet]:
        encode = records.PLACES[self._model.place_type]
        return [_Packet(35, encode(place)) for place in self._holding.places]

    def _almanac(self, now_s: float) -> list[_Packet]:
        week = int((self._utc_s(now_s) - truth.GPS_EPOCH_UNIX_S) // (7 * 86400))
        return [_Packet(31, records.d501(n, week)) for n in range(ALMANAC_SATELLITES)]

    def _last_fix(self) -> Point:
        known = [p for p in self._holding.points if p.lat_deg is not None]
        return known[-1] if known else Point(None, 43.0, 131.4, 100.0, True)

    def _position(self) -> bytes:
        fix = self._last_fix()
        return records.d700(fix.lat_deg or 0.0, fix.lon_deg or 0.0)

    def _live_fix(self, now_s: float) -> bytes:
        return records.d800(self._last_fix(), self._utc_s(now_s))

    def _start_live(self, now_s: float) -> None:
        self._live_s = now_s + LIVE_EVERY_S

    def _stop_live(self) -> None:
        self._live_s = None

    # The baud rate.

    def _asked_for_rate(self, rate: int) -> None:
        """0 asks only whether the unit can; gpsbabel sends asynchronous-events-off before."""
        if not self._model.raises_baud:
            return
        self._raise_to = max((r for r in RATES if r <= rate), default=RATES[0])
        self._queue.append(_Packet(49, struct.pack("<I", self._raise_to)))

    def _change_rate(self, now_s: float) -> None:
        if self._raise_to is None or self._queue:
            return
        self.baud, self._raise_to = self._raise_to, None
        self.also_understood = ()
        self._proven_by_s = None if self.baud == self.home_baud else now_s + RAISED_KEPT_S

    def host_changed_to(self, baud: int, now_s: float) -> None:
        """A host that has gone to the agreed rate took it, heard or not: some flush their ACK away.

        gpsbabel is seen to lose it at times on a pseudo-terminal; why has not been traced.
        """
        waiting = self._waiting
        if waiting is not None and waiting.pid == 49 and baud == self._raise_to:
            self._waiting = None
            self._change_rate(now_s)

    def truth(self) -> dict[str, Any]:
        """What a faultless reader gets."""
        return truth.of(self._as_carried(), "garmin", str(self._unit_id), self._model.description)

    def _as_carried(self) -> Holding:
        return truth.rounded(
            self._holding,
            degrees=lambda value: records.degrees(records.semicircles(value)),
            metres=(lambda _: None) if self._model.point_type == 300 else truth.f32,
            seconds=round,
        )


def _abilities(model: Model) -> list[tuple[str, int]]:
    """The protocol array, A001."""
    track = [("A", 300)] if model.header_type is None else [("A", 301), ("D", model.header_type)]
    if model.header_type in (311, 312):
        track[0] = ("A", 302 if model.header_type == 311 else 301)
    return [
        ("P", 0), ("L", 1), ("A", 10), ("A", 100), ("D", model.place_type), *track,
        ("D", model.point_type), ("A", 500), ("D", 501), ("A", 600), ("D", 600), ("A", 700),
        ("D", 700), ("A", 800), ("D", 800),
    ]  # fmt: skip
