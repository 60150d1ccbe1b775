"""A Magellan on the wire: who it is, its track and its waypoints.

    $PMGNCMD,VERSION   -> $PMGNVER,product,version,name
    $PMGNCMD,NMEAOFF / NMEAON    its own sentences stop and go on
    $PMGNCMD,TRACK,2   -> $PMGNTRK..., $PMGNCMD,END
    $PMGNCMD,WAYPOINT  -> $PMGNWPL..., $PMGNCMD,END
    $PMGNCMD,HANDOFF / HANDON    each sentence is acknowledged with $PMGNCSM,checksum; the unit
                                 sends one again whose checksum comes back wrong or not at all

The unit announces no count, and only acknowledgements make sure that no sentence is missing
before END, so they are on. If the unit falls silent another pass is made, the last ones without
them, and what the passes brought is joined in the unit's order. The unit is left without
acknowledgements, as its specification says it starts, and with its own sentences on if it was
heard sending them.
There is no way to erase the memory over the wire. Source: "Data Transmission Protocol
Specification for Magellan Products" 1.0 (1999) and 2.11 (2003).
"""

from collections.abc import Iterable

from firmware_bridge.handheld.capture import CaptureRecord, Direction, ended_whole
from firmware_bridge.handheld.conversation import Identified, Progress
from firmware_bridge.handheld.dialogue import Dialogue, Script, Step
from firmware_bridge.handheld.magellan.log import PLACE, TRACK, contents_of
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.sentences import SentenceReader, checksum, sentence
from firmware_bridge.tracks import Contents, Flaw, UnitIdentity

BAUDS = (4800, 9600, 19200, 38400, 57600, 115200)
_ANSWER_S = 1.0
_LISTEN_S = 1.2
_SILENCE_S = 4.0
_UNDERWAY = UnitIdentity("magellan", None, None, None)
_UNDERWAY_S, _QUIET_S = 10.0, 0.5
_PASSES, _ACKNOWLEDGED_PASSES = 4, 2
_ACK, _END, _UNABLE = b"PMGNCSM,", b"PMGNCMD,END", b"PMGNCMD,UNABLE"


def probe() -> Dialogue[bytes]:
    """Ask for the version; changes nothing in the unit."""
    reader = SentenceReader()
    dialogue: Dialogue[bytes] = Dialogue(reader.feed)
    identity: UnitIdentity | None = None

    def script() -> Script[bytes]:
        nonlocal identity
        version = sentence("PMGNCMD,VERSION")
        identity = yield from dialogue.ask(version, identity_or_underway, 0.6, tries=2)
        if identity is None:
            return "no answer to PMGNCMD,VERSION"
        yield Identified(identity)
        if identity == _UNDERWAY:
            # Somebody who was killed has asked for its memory: no question is heard before.
            dialogue.send(sentence("PMGNCMD,HANDOFF"))
            until_s = dialogue.now_s + _UNDERWAY_S
            while dialogue.now_s < until_s and (yield from dialogue.expect(_underway, _QUIET_S)):
                pass
            identity = (yield from dialogue.ask(version, identity_of, 0.6)) or identity
            yield Identified(identity)
        return None

    dialogue.follow(script(), lambda: Contents("magellan", identity, [], [], []))
    return dialogue


def identity_or_underway(body: bytes) -> UnitIdentity | None:
    """_UNDERWAY for a sentence of a transfer, or the acknowledgement that goes with it."""
    return _UNDERWAY if _underway(body) else identity_of(body)


def _underway(body: bytes) -> bool | None:
    return body.startswith((TRACK, PLACE, _ACK)) or None


def identity_of(body: bytes) -> UnitIdentity | None:
    """From `PMGNVER,product,version,name`."""
    if not body.startswith(b"PMGNVER,"):
        return None
    product, version, name, *_ = [
        field.decode("ascii", "backslashreplace")
        for field in [*body.split(b",")[1:], b"", b"", b""]
    ]
    return UnitIdentity(
        "magellan", None, name or None, version or None, details={"product": product}
    )


class Download:
    """Track, then waypoints, each in as many passes as it takes."""

    def __init__(self, unit: UnitIdentity) -> None:
        self._unit = unit
        self._reader = SentenceReader()
        self.dialogue: Dialogue[bytes] = Dialogue(self._reader.feed)
        self.dialogue.unasked = self._hear
        self._got: dict[bytes, list[bytes]] = {TRACK: [], PLACE: []}
        self._slots: dict[bytes, int] = {}
        self._kind = TRACK
        self._underway: list[bytes] = []
        self._acknowledging = False
        self._talks = False
        self._quiet = False
        self._twice = 0
        self.dialogue.follow(self._script(), self.contents)

    def _hear(self, body: bytes) -> None:
        self._talks = self._talks or (not self._quiet and body[:1] != b"P")

    def _script(self) -> Script[bytes]:
        try:
            yield from self.dialogue.expect(lambda _: None, _LISTEN_S)
            self._quiet = True
            self._say("PMGNCMD,NMEAOFF")
            track = yield from self._fetch(TRACK, "PMGNCMD,TRACK,2")
            places = yield from self._fetch(PLACE, "PMGNCMD,WAYPOINT")
            return "; ".join(text for text in (track, places) if text) or None
        finally:
            if self._quiet:
                self._say("PMGNCMD,HANDOFF")
            if self._quiet and self._talks:
                self._say("PMGNCMD,NMEAON")

    def _say(self, body: str) -> None:
        self.dialogue.send(sentence(body))

    def _fetch(self, kind: bytes, command: str) -> Script[bytes]:
        """Passes until one was clean or nothing is missing any more."""
        complaint = None
        for number in range(_PASSES):
            self._acknowledging = number < _ACKNOWLEDGED_PASSES
            self._say("PMGNCMD,HANDON" if self._acknowledging else "PMGNCMD,HANDOFF")
            bodies = self._underway = []
            self._kind = kind
            rejected_before = self._reader.rejected
            ended = yield from self._pass(kind, command, bodies)
            rejected = self._reader.rejected - rejected_before
            self._got[kind] = joined(self._got[kind], bodies)
            self._underway = []
            if ended is False:
                return f"the unit refuses {command}"
            slots = len(bodies) + (0 if self._acknowledging else rejected)
            self._slots[kind] = max(slots, len(self._got[kind]))
            lost = slots - len(self._got[kind])
            if ended and lost <= 0:
                return None
            complaint = (
                f"{lost} sentences of {command} stayed damaged after {_PASSES} passes"
                if ended
                else f"the unit fell silent before the end of {command}"
            )
        return complaint

    def _pass(self, kind: bytes, command: str, bodies: list[bytes]) -> Step[bytes, bool | None]:
        """Fill `bodies`; True at END, False when the unit refuses, None when it falls silent."""
        self._say(command)
        heard_s = self.dialogue.now_s
        while (left_s := heard_s + _SILENCE_S - self.dialogue.now_s) > 0:
            body = yield left_s
            if body is None:
                continue
            if self._acknowledging and not body.startswith(_ACK) and body[:4] == b"PMGN":
                self._say(f"PMGNCSM,{checksum(body):02X}")
            if body == _END:
                return True
            if body == _UNABLE:
                return False
            if body.startswith(kind):
                heard_s = self.dialogue.now_s
                if bodies and bodies[-1] == body and is_timed(body):
                    self._twice += 1
                    continue
                bodies.append(body)
                yield Progress("track" if kind == TRACK else "waypoint", len(bodies), None)
        return None

    def contents(self) -> Contents:
        """The whole sentences that have come."""
        flaws = []
        if self._reader.rejected:
            text = f"{self._reader.rejected} sentences had a wrong checksum"
            lost = any(slots > len(self._got[kind]) for kind, slots in self._slots.items())
            flaws.append(Flaw(-1, text, loss=lost))
        if self._twice:
            text = f"{self._twice} sentences came twice and are kept once"
            flaws.append(Flaw(-1, text, loss=False))
        got = {**self._got, self._kind: joined(self._got[self._kind], self._underway)}
        found = contents_of(got[TRACK], got[PLACE], self._unit, flaws)
        kinds = {TRACK: "track", PLACE: "waypoint"}
        announced = {kinds[kind]: slots for kind, slots in self._slots.items()}
        return Contents(
            "magellan",
            self._unit,
            found.tracks,
            found.waypoints,
            found.flaws,
            announced,
            found.received,
        )


def is_timed(body: bytes) -> bool:
    """Whether it cannot be the same by chance: a point with its time, or a named place."""
    fields = body.split(b",")
    return body.startswith(PLACE) or (len(fields) > 7 and bool(fields[7]))


def joined(old: list[bytes], new: list[bytes]) -> list[bytes]:
    """Both passes as one: what only the new one has stands behind what it followed there."""
    if not old:
        return list(new)
    known = set(old)
    behind: dict[bytes | None, list[bytes]] = {}
    last: bytes | None = None
    for body in new:
        if body in known:
            last = body
        else:
            behind.setdefault(last, []).append(body)
    found = behind.pop(None, [])
    for body in old:
        found.append(body)
        found.extend(behind.pop(body, []))
    return found


def download(unit: UnitIdentity, options: DownloadOptions | None = None) -> Dialogue[bytes]:
    """Read track and waypoints; the family can neither resume nor change its rate for it."""
    return Download(unit).dialogue


def decode(records: Iterable[CaptureRecord]) -> Contents:
    """What a capture of a download holds; sentences of several passes are joined."""
    reader = SentenceReader()
    passes: dict[bytes, list[bytes]] = {TRACK: [], PLACE: []}
    got: dict[bytes, list[bytes]] = {TRACK: [], PLACE: []}
    records = list(records)
    for record in records:
        asked = record.direction is Direction.SENT and b"PMGNCMD" in record.data
        for kind in passes if asked else ():
            got[kind] = joined(got[kind], passes[kind])
            passes[kind] = []
        for body in reader.feed(record.data) if record.direction is Direction.RECEIVED else ():
            kind = body[:8]
            if kind in passes and not (
                passes[kind] and passes[kind][-1] == body and is_timed(body)
            ):
                passes[kind].append(body)
    whole = {kind: joined(got[kind], passes[kind]) for kind in passes}
    text = f"{reader.rejected} sentences had a wrong checksum"
    flaws = [Flaw(-1, text, loss=not ended_whole(records))] if reader.rejected else []
    return contents_of(whole[TRACK], whole[PLACE], None, flaws)
