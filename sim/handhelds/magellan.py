"""A virtual Magellan: NMEA sentences, with or without acknowledging each.

    $PMGNCMD,HANDOFF / HANDON   stop, begin to acknowledge each sentence with $PMGNCSM,XX
    $PMGNCMD,VERSION         -> $PMGNVER,MODEL,VERSION,NAME
    $PMGNCMD,NMEAOFF / NMEAON
    $PMGNCMD,TRACK,2         -> $PMGNTRK,DDMM.mmm,N,DDDMM.mmm,E,AAAAA,M,HHMMSS.ss,A,NAME,DDMMYY ...
                                $PMGNCMD,END
    $PMGNCMD,WAYPOINT        -> $PMGNWPL,DDMM.mmm,N,DDDMM.mmm,E,AAAAAAA,M,NAME,COMMENT,ICON ...
                                $PMGNCMD,END
    others                   -> $PMGNCMD,UNABLE

A comma inside a field is written ESC 2C. Source: what gpsbabel speaks. Not verified on a unit:
what stands for an unknown position (here: V and zeros) or time (here: nothing), the resending
in HANDON, Cyrillic names.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sim.handhelds import truth
from sim.handhelds.faults import Fault
from sim.handhelds.sentences import Lines, checksum, sentence
from sim.handhelds.unit import VirtualUnit
from sim.handhelds.units import Holding, Place, Point

MODELS: dict[str, str] = {
    "meridian": "033,4.01,Meridian",
    "map330": "030,3.12,MAP330",
}
RESEND_S = 2.0
TRIES = 5


def minutes(degrees: float, width: int) -> str:
    """`DDMM.mmm` of an absolute value, `width` digits of degrees."""
    thousandths = round(abs(degrees) * 60_000)
    return f"{thousandths // 60_000:0{width}d}{thousandths % 60_000 / 1000:06.3f}"


def rounded_degrees(degrees: float) -> float:
    """What `minutes` carries."""
    return round(degrees * 60_000) / 60_000


def _position(lat_deg: float | None, lon_deg: float | None) -> str:
    lat, lon = lat_deg or 0.0, lon_deg or 0.0
    north, east = "N" if lat >= 0 else "S", "E" if lon >= 0 else "W"
    return f"{minutes(lat, 2)},{north},{minutes(lon, 3)},{east}"


def _escaped(words: str) -> bytes:
    return words.replace(",", "\x1b2C").encode("cp1251", "replace")


def track_body(point: Point) -> str:
    """One $PMGNTRK without dollar."""
    known = point.lat_deg is not None and point.lon_deg is not None
    at = None if point.unix_s is None else time.gmtime(point.unix_s)
    clock = "" if at is None else f"{at.tm_hour:02d}{at.tm_min:02d}{at.tm_sec:02d}.00"
    date = "" if at is None else f"{at.tm_mday:02d}{at.tm_mon:02d}{at.tm_year % 100:02d}"
    height = "" if point.alt_amsl_m is None else f"{round(point.alt_amsl_m):05d}"
    where = _position(point.lat_deg, point.lon_deg)
    return f"PMGNTRK,{where},{height},M,{clock},{'A' if known else 'V'},,{date}"


def place_body(place: Place) -> bytes:
    """One $PMGNWPL without dollar."""
    height = "" if place.alt_amsl_m is None else f"{round(place.alt_amsl_m):07d}"
    where = _position(place.lat_deg, place.lon_deg)
    head = f"PMGNWPL,{where},{height},M,".encode()
    return head + _escaped(place.name) + b"," + _escaped(place.comment) + b",a"


class MagellanUnit(VirtualUnit):
    """Streams what is asked for, or waits for each acknowledgement after HANDON."""

    def __init__(self, holding: Holding, model: str, baud: int, fault: Fault, seed: int) -> None:
        super().__init__(baud, fault, seed)
        self._holding, self._model = holding, model
        self.restart()
        self.arm(len(holding.points))

    def restart(self) -> None:
        """As after switching on."""
        self._lines = Lines()
        self._acknowledges = False
        self._queue: deque[tuple[bytes, bool]] = deque()
        self._waiting: bytes | None = None
        self._resend_s = 0.0
        self._tries = 0

    def heard(self, data: bytes, now_s: float) -> None:
        """Sentences from the host."""
        for body in self._lines.feed(data):
            name, *fields = body.split(",")
            if name == "PMGNCSM":
                self._acknowledged(fields, now_s)
            elif name == "PMGNCMD" and fields:
                if self._acknowledges:
                    self.say(sentence(f"PMGNCSM,{checksum(body.encode()):02X}"), now_s)
                self._commanded(fields)
        self._go_on(now_s)

    def _commanded(self, fields: list[str]) -> None:
        actions: dict[str, Callable[[], None]] = {
            "HANDOFF": self._handoff,
            "HANDON": self._handon,
            "VERSION": lambda: self._send(f"PMGNVER,{MODELS[self._model]}".encode()),
            "NMEAOFF": lambda: None,
            "NMEAON": lambda: None,
            "TRACK": self._track,
            "WAYPOINT": self._places,
        }
        actions.get(fields[0], lambda: self._send(b"PMGNCMD,UNABLE"))()

    def _handoff(self) -> None:
        self._acknowledges, self._waiting = False, None
        self._queue.clear()

    def _handon(self) -> None:
        self._acknowledges = True

    def _track(self) -> None:
        for point in self._holding.points:
            self._queue.append((track_body(point).encode(), True))
        self._send(b"PMGNCMD,END")

    def _places(self) -> None:
        for place in self._holding.places:
            self._send(place_body(place))
        self._send(b"PMGNCMD,END")

    def _send(self, body: bytes) -> None:
        self._queue.append((body, False))

    def _go_on(self, now_s: float) -> None:
        while self._queue and self._waiting is None:
            body, bulk = self._queue.popleft()
            if self._acknowledges:
                self._waiting, self._tries = body, 0
                self._resend_s = now_s + RESEND_S
            self.say(sentence(body), now_s, bulk)

    def _acknowledged(self, fields: list[str], now_s: float) -> None:
        if self._waiting is not None and fields == [f"{checksum(self._waiting):02X}"]:
            self._waiting = None

    @property
    def due_s(self) -> float | None:
        """The next resend."""
        return None if self._waiting is None else self._resend_s

    def tick(self, now_s: float) -> None:
        """Resend, or give the transfer up."""
        self._tries += 1
        if self._waiting is None or self._tries >= TRIES:
            self._handoff()
            return
        self._resend_s = now_s + RESEND_S
        self.say(sentence(self._waiting), now_s)

    def truth(self) -> dict[str, Any]:
        """The wire has no segments and no times of places; heights are whole metres."""
        carried = truth.rounded(
            self._holding, degrees=rounded_degrees, metres=lambda m: float(round(m)), seconds=int
        )
        points = [replace(p, begins=i == 0) for i, p in enumerate(carried.points)]
        places = [replace(p, unix_s=None, symbol="a") for p in carried.places]
        return truth.of(Holding("", points, places), "magellan", None, MODELS[self._model])
