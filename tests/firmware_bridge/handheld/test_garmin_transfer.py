"""Conversations with a Garmin against a scripted one in memory: literal bytes, no clock.

Whole virtual units, with timing and a pseudo terminal, stand in test_download.py.
"""

import struct

import pytest

from firmware_bridge.handheld.capture import CaptureRecord, Direction
from firmware_bridge.handheld.conversation import ChangeBaud, Conversation, Event, Finished
from firmware_bridge.handheld.garmin import collect, transfer
from firmware_bridge.handheld.garmin.collect import decode
from firmware_bridge.handheld.garmin.link import FrameReader, Packet, encode
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.tracks import UnitIdentity

UNIT = UnitIdentity("garmin", None, None, None, 9600)
PRODUCT = encode(255, bytes.fromhex("82006801") + b"eTrex Software Version 3.60\0")
CAPABILITIES = encode(253, bytes.fromhex("4c0100 410a00 416400 446c00 412d01 443601 442d01"))
GPS_12 = encode(255, struct.pack("<Hh", 87, 458) + b"GPS 12 Software Version 4.58\0")
UNIT_ID = encode(38, bytes.fromhex("efbeadde"))
HEADER = encode(99, b"\1\xffACTIVE LOG\0")


def point(n: int) -> bytes:
    return encode(34, struct.pack("<iiIffB", 513_000_000 + n, 1, 1_122_000_000 + n, 1.0, 1e25, 0))


def at_rest() -> bytes:
    """A point without a time, of which two real ones can be equal."""
    return encode(34, struct.pack("<iiIffB", 513_000_000, 1, 0, 1.0, 1e25, 0))


def records(n: int) -> bytes:
    return encode(27, n.to_bytes(2, "little"))


END = encode(12, b"\6\0")


class Scripted:
    """A Garmin that does as it is told: `replies` to packets of the host, `track` one by one."""

    def __init__(self, track: list[bytes], announces: bool = True) -> None:
        self.replies: dict[bytes, list[bytes]] = {
            encode(254): [PRODUCT, CAPABILITIES] if announces else [GPS_12],
            encode(10, b"\x0e\0"): [UNIT_ID],
            encode(10, b"\7\0"): [records(0), encode(12, b"\7\0")],
            encode(10, b"\6\0"): track,
        }
        self.queue: list[bytes] = []
        self.waiting = b""
        self.lost_acks = 0
        """So many of the host's next ACKs do not arrive."""
        self.lose_ack_of = b""
        self.corrupt = b""
        """This frame goes out broken the first time."""
        self.silent_after = b""
        self.heard: list[Packet] = []
        self._frames = FrameReader()

    def answer(self, data: bytes) -> bytes:
        out = b""
        for packet in self._frames.feed(data):
            assert isinstance(packet, Packet)
            self.heard.append(packet)
            out += self._react(packet)
        return out

    def _react(self, packet: Packet) -> bytes:
        if packet.pid == 6:
            if self.waiting and self.waiting == self.lose_ack_of:
                self.lose_ack_of = b""
                return b""
            return self._next()
        if packet.pid == 21:
            return self.waiting
        replies = self.replies.get(encode(packet.pid, packet.data))
        if replies is None:
            return b""
        self.queue = list(replies)
        self.waiting = b""
        return encode(6, bytes([packet.pid, 0])) + self._next()

    def _next(self) -> bytes:
        if self.silent_after and self.waiting == self.silent_after:
            self.queue = []
            return b""
        self.waiting = self.queue.pop(0) if self.queue else b""
        if self.waiting and self.waiting == self.corrupt:
            self.corrupt = b""
            return self.waiting[:6] + bytes([self.waiting[6] ^ 0x21]) + self.waiting[7:]
        return self.waiting


def talk(conversation: Conversation, unit: Scripted, limit_s: float = 120.0) -> tuple[
    Finished, list[Event], list[CaptureRecord]
]:  # fmt: skip
    """Drive both in a time of its own: a millisecond an exchange, silence passes at once."""
    now_s, capture = 0.0, []
    events = list(conversation.start(now_s))
    while not any(isinstance(event, Finished) for event in events):
        assert now_s < limit_s, "hangs"
        sent = conversation.data_to_send()
        if sent:
            capture.append(CaptureRecord(now_s, Direction.SENT, sent))
        heard = unit.answer(sent) if sent else b""
        now_s += 0.001
        if heard:
            capture.append(CaptureRecord(now_s, Direction.RECEIVED, heard))
            conversation.receive(heard, now_s)
        else:
            deadline_s = conversation.deadline_s
            assert deadline_s is not None
            now_s = max(now_s, deadline_s)
        events += conversation.poll(now_s)
    return next(e for e in events if isinstance(e, Finished)), events, capture


def download(unit: Scripted) -> tuple[Finished, list[int], Conversation]:
    """Offsets of latitude of the points that came, after checking the capture says the same."""
    conversation = transfer.download(UNIT, DownloadOptions())
    finished, _, capture = talk(conversation, unit)
    contents = conversation.contents()
    again = decode(capture)
    assert again.received == contents.received
    assert again.announced == contents.announced
    latitudes = [
        round(lat * 2**31 / 180) - 513_000_000
        for track in contents.tracks
        for segment in track.segments
        for lat in segment.lat_deg
    ]
    return finished, latitudes, conversation


def track_of(n: int) -> list[bytes]:
    return [records(n + 1), HEADER, *map(point, range(n)), END]


def test_a_whole_download() -> None:
    finished, latitudes, conversation = download(Scripted(track_of(20)))
    contents = conversation.contents()
    assert finished.complaint is None
    assert latitudes == list(range(20))
    assert contents.unit is not None
    assert (contents.unit.model, contents.unit.unit_id) == ("eTrex", "3735928559")
    assert contents.announced == contents.received == {"track": 21, "waypoint": 0}
    assert contents.tracks[0].name == "ACTIVE LOG"
    assert contents.flaws == []


@pytest.mark.parametrize("wraps", [1, 2])
def test_a_count_of_16_bits_that_wrapped_loses_nothing(
    wraps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "COUNT_WRAPS", 256)
    count = 256 * wraps + 3
    unit = Scripted([records(4), HEADER, *map(point, range(count)), END])
    finished, latitudes, conversation = download(unit)
    assert finished.complaint is None
    assert latitudes == list(range(count))
    assert conversation.contents().announced["track"] == count + 1


def test_a_unit_without_capabilities_is_read_by_its_product_id() -> None:
    d300 = [encode(34, struct.pack("<iiIB", 513_000_000 + n, 1, n + 1, 0)) for n in range(5)]
    unit = Scripted([records(5), *d300, END], announces=False)
    finished, latitudes, conversation = download(unit)
    assert finished.complaint is None
    assert latitudes == list(range(5))
    assert conversation.contents().tracks[0].name is None
    assert not [p for p in unit.heard if p.pid == 48], "it must not be asked for a rate"


@pytest.mark.parametrize("at", [0, 7, 19])
def test_a_corrupted_packet_is_refused_and_recovered(at: int) -> None:
    unit = Scripted(track_of(20))
    unit.corrupt = point(at)
    finished, latitudes, _ = download(unit)
    assert finished.complaint is None
    assert latitudes == list(range(20))
    assert [p.data for p in unit.heard if p.pid == 21] == [b"\x22\0"]


@pytest.mark.parametrize("lost", [records(21), HEADER, point(0), point(19), END])
def test_a_lost_acknowledgement_loses_and_doubles_nothing(lost: bytes) -> None:
    unit = Scripted(track_of(20))
    unit.lose_ack_of = lost
    finished, latitudes, _ = download(unit)
    assert finished.complaint is None
    assert latitudes == list(range(20))


def test_a_resent_packet_is_known_from_a_real_pair_by_the_count() -> None:
    pair = [records(5), HEADER, at_rest(), at_rest(), point(1), point(1), END]
    finished, latitudes, _ = download(Scripted(pair))
    assert finished.complaint is None, "five announced, one of the two pairs is one record"
    assert len(latitudes) == 4
    real = [records(6), HEADER, at_rest(), at_rest(), at_rest(), point(1), point(2), END]
    finished, latitudes, _ = download(Scripted(real))
    assert finished.complaint is None
    assert latitudes == [0, 0, 0, 1, 2], "three equal points are three where the count says so"


def test_of_two_pairs_the_one_after_the_lost_acknowledgement_goes() -> None:
    unit = Scripted([records(5), HEADER, point(3), at_rest(), at_rest(), point(1), END])
    unit.lose_ack_of = point(3)
    finished, latitudes, _ = download(unit)
    assert finished.complaint is None
    assert latitudes == [3, 0, 0, 1]


def test_a_unit_that_falls_silent_keeps_what_came_whole() -> None:
    unit = Scripted(track_of(20))
    unit.silent_after = point(11)
    unit.replies.pop(encode(254))  # answers the first time only
    first = [PRODUCT, CAPABILITIES]
    original = unit._react

    def react(packet: Packet) -> bytes:
        if packet.pid == 254 and first:
            unit.queue, unit.waiting = first.copy(), b""
            first.clear()
            return encode(6, b"\xfe\0") + unit._next()
        return b"" if packet.pid == 21 else original(packet)

    unit._react = react  # type: ignore[method-assign]  # the unit goes out: it reacts no more
    finished, latitudes, conversation = download(unit)
    assert finished.complaint == transfer.LOST
    assert latitudes == list(range(12))
    contents = conversation.contents()
    assert (contents.announced["track"], contents.received["track"], contents.lost) == (21, 13, 8)
    assert contents.flaws[0].what == "track: 8 of 21 announced records missing"


def test_fewer_records_than_announced_are_asked_for_again_and_then_told() -> None:
    short = [records(21), HEADER, *map(point, range(5)), END]
    unit = Scripted(short)
    finished, latitudes, conversation = download(unit)
    assert finished.complaint == "track: 21 records announced, 6 received"
    assert latitudes == list(range(5))
    assert conversation.contents().lost == 15
    assert len([p for p in unit.heard if p == Packet(10, b"\6\0", p.offset)]) == 2


def test_a_second_run_that_is_whole_replaces_the_first() -> None:
    unit = Scripted([records(21), HEADER, *map(point, range(5)), END])
    original = unit._react

    def react(packet: Packet) -> bytes:
        reply = original(packet)
        if packet.pid == 10 and packet.data == b"\6\0":
            unit.replies[encode(10, b"\6\0")] = track_of(20)
        return reply

    unit._react = react  # type: ignore[method-assign]  # the second answer differs
    finished, latitudes, _ = download(unit)
    assert finished.complaint is None
    assert latitudes == list(range(20))


def test_cancel_tells_the_unit_to_stop_and_keeps_what_came() -> None:
    conversation = transfer.download(UNIT, DownloadOptions())
    unit, now_s = Scripted(track_of(20)), 0.0
    conversation.start(now_s)
    while unit.waiting != point(10):
        reply = unit.answer(conversation.data_to_send())
        now_s += 0.3
        conversation.receive(reply, now_s)
        conversation.poll(now_s)
    events = conversation.cancel(now_s)
    assert [type(event) for event in events] == [Finished]
    assert encode(10, b"\0\0") in conversation.data_to_send()
    assert conversation.contents().points == 11
    assert conversation.deadline_s is None


def rates(accepts: dict[int, int]) -> dict[bytes, list[bytes]]:
    """Answers to requests of a rate."""
    return {
        encode(48, asked.to_bytes(4, "little")): [encode(49, told.to_bytes(4, "little"))]
        for asked, told in accepts.items()
    } | {encode(28, b"\0\0"): [], encode(10, b"\x3a\0"): []}


@pytest.mark.parametrize(
    ("accepts", "changes"),
    [
        ({115200: 115384, 9600: 9615}, [115200, 9600]),
        ({115200: 9600, 57600: 57692, 9600: 9615}, [57600, 9600]),
        ({}, []),
    ],
)
def test_the_highest_rate_the_unit_accepts_and_back(
    accepts: dict[int, int], changes: list[int]
) -> None:
    unit = Scripted(track_of(3))
    unit.replies |= rates(accepts)
    conversation = transfer.download(UNIT, DownloadOptions(max_baud=115200))
    finished, events, _ = talk(conversation, unit)
    assert finished.complaint is None
    assert [e.baud for e in events if isinstance(e, ChangeBaud)] == changes
    assert conversation.contents().points == 3


def test_a_unit_not_heard_at_the_new_rate_is_met_again_at_the_old_one() -> None:
    unit = Scripted(track_of(3))
    unit.replies |= rates({115200: 115200})
    unit.replies.pop(encode(10, b"\x3a\0"))  # no ping is answered
    conversation = transfer.download(UNIT, DownloadOptions(max_baud=115200))
    finished, events, _ = talk(conversation, unit)
    assert [e.baud for e in events if isinstance(e, ChangeBaud)][:2] == [115200, 9600]
    assert finished.complaint is None
    assert conversation.contents().points == 3


def test_a_silent_port_is_no_garmin() -> None:
    conversation = transfer.probe()
    unit = Scripted([])
    unit.replies.clear()
    finished, _, capture = talk(conversation, unit, limit_s=2.0)
    assert finished.complaint == "no Garmin answers"
    assert capture[0].data == bytes.fromhex("10fe00021003")


def test_live_fixes_become_a_track() -> None:
    fix = struct.pack("<ffffHdddffffhI", 90.0, 5.0, 4.0, 3.0, 3, 97_218.0, 0.75, 2.3,
                      3.0, 4.0, 0.0, 22.5, 18, 13_349)  # fmt: skip
    blind = fix[:16] + b"\0\0" + fix[18:]
    unit = Scripted([])
    unit.replies[encode(10, b"\x31\0")] = [encode(51, fix), encode(51, blind)]
    conversation = transfer.live()
    finished, _, _ = talk(conversation, unit)
    assert finished.complaint == "no live fix for 10 s"
    (segment,) = conversation.contents().tracks[0].segments
    assert list(segment.alt_amsl_m)[:1] == [112.5]
    assert list(segment.lat_deg != segment.lat_deg) == [False, True]


class Chatty(Scripted):
    """Says `chatter` in every silence, as a unit left in live mode or one gone mad."""

    chatter = b""

    def answer(self, data: bytes) -> bytes:
        return super().answer(data) or self.chatter


PVT = encode(51, bytes(64))


@pytest.mark.parametrize(
    ("replies", "chatter", "complaint"),
    [
        ([encode(21, b"\x0a\0")], encode(21, b"\x0a\0"), transfer.LOST),
        ([], PVT, transfer.LOST),
        ([records(3), point(1)], PVT, transfer.LOST),
        ([records(3), point(1)], point(1), "more records than announced"),
    ],
    ids=["refuses for ever", "other packets for ever", "no end", "one record for ever"],
)
def test_a_unit_that_never_falls_silent_is_given_up(
    replies: list[bytes], chatter: bytes, complaint: str
) -> None:
    unit = Chatty(replies)
    conversation = transfer.download(UNIT, DownloadOptions())
    request = encode(10, b"\6\0")
    plain = unit._react

    def react(packet: Packet) -> bytes:
        if encode(packet.pid, packet.data) == request:
            unit.chatter = chatter
        return plain(packet)

    unit._react = react  # type: ignore[method-assign]
    finished, _, _ = talk(conversation, unit, 60.0)
    assert complaint in str(finished.complaint)
    contents = conversation.contents()
    assert contents.received["track"] <= contents.announced.get("track", 0)


def test_records_that_cannot_be_read_are_no_whole_ones() -> None:
    short = encode(34, bytes(8))
    finished, latitudes, conversation = download(
        Scripted([records(3), HEADER, point(0), short, END])
    )
    contents = conversation.contents()
    assert latitudes == [0]
    assert (contents.announced["track"], contents.received["track"], contents.lost) == (3, 2, 1)
    assert "cut off" in contents.flaws[0].what
    assert finished.complaint is None, "all came; that one is of no use is the contents' to say"


def test_of_two_bad_runs_the_one_that_brought_more_counts() -> None:
    unit = Scripted([records(21), HEADER, *map(point, range(5)), END])
    original = unit._react

    def react(packet: Packet) -> bytes:
        reply = original(packet)
        if packet.pid == 10 and packet.data == b"\6\0":
            unit.replies[encode(10, b"\6\0")] = track_of(20)
            unit.silent_after = point(11)
        return b"" if unit.silent_after and packet.pid == 21 else reply

    unit._react = react  # type: ignore[method-assign]  # the second answer differs
    finished, latitudes, _ = download(unit)
    assert finished.complaint is not None
    assert latitudes == list(range(12)), "not the five of the run that said it was complete"


def test_tracks_of_a_type_nobody_knows_are_told() -> None:
    unit = Scripted([])
    unknown = encode(253, bytes.fromhex("4c0100 410a00 416400 446c00 412d01 443601 443f01"))
    unit.replies[encode(254)] = [PRODUCT, unknown]
    finished, _, _ = download(unit)
    assert finished.complaint == "tracks: announced with types nobody here reads (A301 D310 D319)"
