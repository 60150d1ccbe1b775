"""A unit that only talks: who it is by its sentences, and its track as long as one listens."""

from collections.abc import Iterable

from firmware_bridge.handheld.capture import CaptureRecord, Direction, ended_whole
from firmware_bridge.handheld.conversation import Identified, Progress
from firmware_bridge.handheld.dialogue import Dialogue, Script
from firmware_bridge.handheld.nmea.epochs import decode_log
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.sentences import SentenceReader, sentence
from firmware_bridge.tracks import Contents, Flaw, UnitIdentity

BAUDS = (4800, 9600, 38400, 115200)
LISTEN_S = 2.5
"""Most units talk every second, some every two."""
_ENOUGH = 3
SILENCE_S = 10.0
MAX_BYTES = 64 << 20
"""Of checked sentences, about four days at one epoch a second."""
_PROGRESS_EVERY = 10


def probe(listen_s: float = LISTEN_S) -> Dialogue[bytes]:
    """Listen, send nothing; a few checked sentences are an NMEA talker."""
    reader = SentenceReader()
    dialogue: Dialogue[bytes] = Dialogue(reader.feed)
    heard: list[bytes] = []
    identity = UnitIdentity("nmea", None, None, None)

    def script() -> Script[bytes]:
        nonlocal identity
        until_s = dialogue.now_s + listen_s
        while len(heard) < _ENOUGH and (left_s := until_s - dialogue.now_s) > 0:
            body = yield left_s
            if body is not None and body[:2] != b"PM":
                heard.append(body)
        if not heard:
            return "nothing that is NMEA was heard"
        identity = identity_of(heard)
        yield Identified(identity)
        return None

    dialogue.follow(script(), lambda: Contents("nmea", identity if heard else None, [], [], []))
    return dialogue


def identity_of(bodies: list[bytes]) -> UnitIdentity:
    """What sentences say about their talker; Garmin's PGRMT names product and version."""
    model = None
    for body in bodies:
        fields = body.split(b",")
        if fields[0] == b"PGRMT" and len(fields) > 1:
            model = fields[1].decode("ascii", "backslashreplace") or None
    talkers = sorted({body[:2].decode("ascii", "backslashreplace") for body in bodies})
    return UnitIdentity("nmea", None, model, None, details={"talkers": " ".join(talkers)})


def record(
    unit: UnitIdentity, listen_s: float = 60.0, silence_s: float = SILENCE_S
) -> Dialogue[bytes]:
    """Keep what the unit says for `listen_s`, or until it has been silent for `silence_s`.

    There is no memory to read, so nothing is announced and a cancelled recording is whole.
    """
    reader = SentenceReader()
    dialogue: Dialogue[bytes] = Dialogue(reader.feed)
    log = bytearray()

    def keep(body: bytes) -> None:
        if len(log) < MAX_BYTES:
            log.extend(sentence(body.decode("latin-1")) if body.isascii() else b"")

    def script() -> Script[bytes]:
        until_s = dialogue.now_s + listen_s
        count, quiet_since_s = 0, dialogue.now_s
        while (left_s := until_s - dialogue.now_s) > 0:
            body = yield min(left_s, silence_s)
            if body is None:
                if dialogue.now_s - quiet_since_s >= silence_s:
                    return f"the unit fell silent for {silence_s:.0f} s"
                continue
            quiet_since_s = dialogue.now_s
            count += body[2:5] in (b"RMC", b"GGA")
            if count and count % _PROGRESS_EVERY == 0 and body[2:5] == b"RMC":
                yield Progress("sentence", reader.sentences, None)
            if len(log) >= MAX_BYTES:
                return f"more than {MAX_BYTES >> 20} MiB of sentences"
        return None

    def contents() -> Contents:
        found = decode_log(bytes(log))
        flaws = list(found.flaws)
        if reader.rejected:
            flaws.append(Flaw(-1, f"{reader.rejected} sentences dropped: checksum wrong or cut"))
        return Contents("nmea", unit, found.tracks, [], flaws, {}, found.received)

    dialogue.unasked = keep
    dialogue.follow(script(), contents)
    return dialogue


def download(unit: UnitIdentity, options: DownloadOptions | None = None) -> Dialogue[bytes]:
    """A minute of what the unit says: it has no memory that could be asked for."""
    return record(unit)


def decode(records: Iterable[CaptureRecord]) -> Contents:
    """What a capture of a recording holds; the sentence in which we stopped is no loss."""
    records = list(records)
    said = b"".join(r.data for r in records if r.direction is Direction.RECEIVED)
    return decode_log(said[: said.rfind(b"\n") + 1] if ended_whole(records) else said)
