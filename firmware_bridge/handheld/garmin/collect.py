"""Gathers what a Garmin sends, live or out of a capture, and sums it up.

A record that equals the one before it may be that record sent again, because our ACK was lost,
or a second one: a unit at rest without a fix stores such. What decides is the count announced:
with more records than that, as many repeats go as there are too many, those first that came
after the longest silence. Without the end of the transfer the count decides nothing; then a
repeat after our NAK or REPEAT_GAP_S of silence is taken for the same record.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firmware_bridge.errors import ProtocolError
from firmware_bridge.handheld.capture import CaptureRecord, Direction
from firmware_bridge.handheld.garmin import product as products
from firmware_bridge.handheld.garmin.link import Command, Damage, FrameReader, Packet, Pid
from firmware_bridge.handheld.garmin.records import live_track, read_tracks, read_waypoints
from firmware_bridge.tracks import Contents, Flaw, Track, UnitIdentity, Waypoint

REPEAT_GAP_S = 0.5
"""No unit pauses so long between two records [K]; every one waits longer before resending [K]."""
KINDS: dict[int, str] = {Command.TRACKS: "track", Command.WAYPOINTS: "waypoint"}
RECORD_PIDS = {
    "track": (Pid.TRACK_POINT, Pid.TRACK_HEADER),
    "waypoint": (Pid.WAYPOINT,),
}
_ALL_RECORD_PIDS = frozenset(pid for pids in RECORD_PIDS.values() for pid in pids)
MAX_SURPLUS = 100
COUNT_WRAPS = 65_536
"""The announced count has 16 bits: a memory of more records announces what is left above."""
MAX_RECORDS = 2 * COUNT_WRAPS
"""In one transfer."""


@dataclass(slots=True)
class Transfer:
    """One run of records, as they came."""

    command: int
    announced: int | None = None
    complete: bool = False
    records: list[Packet] = field(default_factory=list)
    gaps_s: dict[int, float] = field(default_factory=dict)
    """Of records equal to the one before: the silence before them."""

    @property
    def kind(self) -> str:
        """`track` or `waypoint`."""
        return KINDS[self.command]

    def repeats(self) -> set[int]:
        """Indices of records that are the same record sent again; see the module."""
        surplus = 0 if self.expected is None else max(0, len(self.records) - self.expected)
        if not self.complete or self.announced is None:
            surplus = max(surplus, sum(gap_s >= REPEAT_GAP_S for gap_s in self.gaps_s.values()))
        likely = sorted(self.gaps_s, key=lambda i: self.gaps_s[i], reverse=True)
        return set(likely[:surplus])

    @property
    def expected(self) -> int | None:
        """The announced count, with as many wraps as bring it nearest to what came."""
        if self.announced is None:
            return None
        more = len(self.records) - self.announced
        return self.announced + COUNT_WRAPS * max(0, round(more / COUNT_WRAPS))

    @property
    def overflowing(self) -> bool:
        """More repeats came than lost acknowledgements explain, or more records than any unit
        holds: it has gone mad.
        """
        if self.announced is None:
            return False
        return len(self.gaps_s) > self.announced + MAX_SURPLUS or len(self.records) >= MAX_RECORDS

    @property
    def whole(self) -> bool:
        """Ended, with as many records as announced."""
        return self.complete and self.expected in (None, len(self.kept()))

    def kept(self) -> list[Packet]:
        """The records, each once."""
        repeats = self.repeats()
        return [record for i, record in enumerate(self.records) if i not in repeats]


class Collector:
    """Everything one unit has sent in one conversation."""

    def __init__(self, zero_utc: datetime | None = None) -> None:
        """`zero_utc` is UTC at time 0 of the packets' times; None where unknown."""
        self.zero_utc = zero_utc
        self.product: products.Product | None = None
        self.capabilities: products.Capabilities | None = None
        self.unit_id: int | None = None
        self.transfers: list[Transfer] = []
        self.fixes: list[products.Fix] = []
        self.damaged = 0
        """Packets that came broken; most were sent again."""
        self.strays = 0
        """Records outside any transfer."""
        self._details: dict[str, str] = {}
        self._last_s = 0.0
        self._refused = False

    @property
    def current(self) -> Transfer | None:
        """The transfer under way."""
        last = self.transfers[-1] if self.transfers else None
        return None if last is None or last.complete else last

    def begin(self, command: int) -> Transfer:
        """A transfer was asked for; asking again before its first record changes nothing."""
        current = self.current
        if current is not None and current.command == command and not current.records:
            return current
        self.transfers.append(Transfer(command))
        return self.transfers[-1]

    def hear(self, frame: Packet | Damage, time_s: float) -> None:
        """One frame from the unit."""
        if isinstance(frame, Damage):
            self.damaged += 1
            self._refused = True
            return
        if frame.pid in _ALL_RECORD_PIDS:
            self._record(frame, time_s)
        else:
            self._other(frame, time_s)
        self._last_s, self._refused = time_s, False

    def refused(self) -> None:
        """We sent NAK: what comes next may be the same again."""
        self._refused = True

    def _record(self, packet: Packet, time_s: float) -> None:
        transfer = self.current
        if transfer is None or packet.pid not in RECORD_PIDS[transfer.kind]:
            self.strays += 1
            return
        records = transfer.records
        if len(records) >= MAX_RECORDS:
            self.strays += 1
            return
        if records and records[-1].data == packet.data and records[-1].pid == packet.pid:
            gap_s = time_s - self._last_s
            transfer.gaps_s[len(records)] = max(gap_s, REPEAT_GAP_S) if self._refused else gap_s
        records.append(packet)

    def _other(self, packet: Packet, time_s: float) -> None:
        try:
            match packet.pid:
                case Pid.PRODUCT:
                    self.product = products.decode_product(packet.data)
                case Pid.PROTOCOLS:
                    self.capabilities = products.decode_capabilities(packet.data)
                case Pid.UNIT_ID if len(packet.data) >= 4:
                    self.unit_id = int.from_bytes(packet.data[:4], "little")
                case Pid.RECORDS if self.current is not None and len(packet.data) >= 2:
                    self.current.announced = int.from_bytes(packet.data[:2], "little")
                case Pid.TRANSFER_COMPLETE if self.current is not None:
                    if int.from_bytes(packet.data[:2], "little") == self.current.command:
                        self.current.complete = True
                case Pid.DATE_TIME:
                    self._clock(products.decode_clock(packet.data), time_s)
                case Pid.POSITION:
                    lat_deg, lon_deg = products.decode_position(packet.data)
                    self._details["position"] = f"{lat_deg:.6f} {lon_deg:.6f}"
                case Pid.PVT if len(self.fixes) < MAX_RECORDS:
                    self.fixes.append(products.decode_pvt(packet.data))
        except ProtocolError as error:
            self._details[f"unreadable_{packet.pid}"] = str(error)

    def _clock(self, clock_utc: datetime, time_s: float) -> None:
        self._details["clock_utc"] = clock_utc.isoformat()
        if self.zero_utc is not None:
            offset_s = (clock_utc - self.zero_utc - timedelta(seconds=time_s)).total_seconds()
            # The unit tells whole seconds, cut off, and the way takes some 20 ms.
            self._details["clock_offset_s"] = f"{offset_s + 0.5:.1f}"

    def speaks(self) -> products.Capabilities:
        """What the unit announced, or what its product id lets assume."""
        if self.capabilities is not None:
            return self.capabilities
        if self.product is not None:
            return products.assumed_capabilities(self.product)
        return products.Capabilities((), None, None)

    def unit(self, baud: int | None = None) -> UnitIdentity:
        """Who it is, as far as it has said."""
        details = dict(self._details)
        if self.product is not None:
            details |= {"product_id": str(self.product.product_id)}
            details |= {"description": " / ".join(self.product.texts)}
        tags = self.speaks().tags
        if tags:
            details["protocols"] = " ".join(tags)
        if self.damaged:
            details["packets_damaged"] = str(self.damaged)
        return UnitIdentity(
            family="garmin",
            unit_id=None if self.unit_id is None else str(self.unit_id),
            model=self.product.model if self.product else None,
            firmware=f"{self.product.version:.2f}" if self.product else None,
            baud=baud,
            details=details,
        )

    def best(self, kind: str) -> Transfer | None:
        """Of several runs of a kind the whole one, or the one that brought most."""
        runs = [t for t in self.transfers if t.kind == kind]
        return max(runs, key=lambda t: (t.whole, len(t.kept()), t.complete), default=None)

    def contents(self, baud: int | None = None) -> Contents:
        """Everything whole so far."""
        flaws: list[Flaw] = []
        announced: dict[str, int] = {}
        received: dict[str, int] = {}
        tracks: list[Track] = []
        waypoints: list[Waypoint] = []
        for kind in ("track", "waypoint"):
            transfer = self.best(kind)
            if transfer is None:
                continue
            kept = transfer.kept()
            received[kind] = len(kept)
            if transfer.expected is not None:
                announced[kind] = transfer.expected
            _count_flaws(transfer, kept, flaws)
            if kind == "track":
                tracks, unread = read_tracks(kept, self.speaks(), flaws)
            else:
                waypoints, unread = read_waypoints(kept, self.speaks(), flaws)
            received[kind] -= unread
        tracks += live_track(self.fixes)
        unit = self.unit(baud) if self.product or self.unit_id is not None else None
        return Contents("garmin", unit, tracks, waypoints, flaws, announced, received)


def _count_flaws(transfer: Transfer, kept: list[Packet], flaws: list[Flaw]) -> None:
    kind, end = transfer.kind, transfer.records[-1].offset if transfer.records else -1
    if transfer.expected is None:
        if not transfer.complete:
            flaws.append(Flaw(end, f"{kind}: asked for, and no count was announced"))
    elif len(kept) < transfer.expected:
        lost = transfer.expected - len(kept)
        flaws.append(Flaw(end, f"{kind}: {lost} of {transfer.expected} announced records missing"))
    elif len(kept) > transfer.expected:
        more = len(kept) - transfer.expected
        flaws.append(
            Flaw(end, f"{kind}: {more} records more than the {transfer.expected} announced")
        )


def decode(records: Iterable[CaptureRecord]) -> Contents:
    """What a capture of a Garmin holds; both directions are read, as in the conversation."""
    collector = Collector()
    received, sent = FrameReader(), FrameReader()
    for record in records:
        match record.direction:
            case Direction.RECEIVED:
                for frame in received.feed(record.data):
                    collector.hear(frame, record.time_s)
            case Direction.SENT:
                for frame in sent.feed(record.data):
                    _follow(collector, frame)
            case Direction.NOTE:
                _obey_note(collector, record.data)
    return collector.contents()


def _follow(collector: Collector, frame: Packet | Damage) -> None:
    """What we sent tells which transfer began, and where we refused a packet."""
    if isinstance(frame, Damage):
        return
    if frame.pid == Pid.NAK:
        collector.refused()
    elif frame.pid == Pid.COMMAND and len(frame.data) >= 2:
        number = int.from_bytes(frame.data[:2], "little")
        if number in (Command.TRACKS, Command.WAYPOINTS):
            collector.begin(number)


def _obey_note(collector: Collector, note: bytes) -> None:
    name, _, value = note.decode("utf-8", errors="replace").partition("=")
    if name == "zero_utc":
        try:
            collector.zero_utc = datetime.fromisoformat(value)
        except ValueError:
            return
