"""A u-blox receiver on the wire: who it is, its log by index, erasing it.

    0A 04 MON-VER poll      -> 0A 04  char[30] software, char[10] hardware, char[30] x n
    27 03 SEC-UNIQID poll   -> 27 03  u8 version, 3 x -, the chip's 5 bytes
    21 08 LOG-INFO poll     -> 21 08  ..., 24 u32 entries, ..., 44 u8 state (bit 3 recording,
                                      4 no log)                                          48 bytes
    06 47 CFG-LOGFILTER     poll -> 06 47  u8 version, u8 flags (1 recording, 4 apply the rest), ...
    21 09 LOG-RETRIEVE      u32 first index, u32 count <= 256, u8 version 0, 3 x -
    21 03 LOG-ERASE         -> 05 01 ACK 21 03, or 05 00 NAK
    05 01 ACK-ACK, 05 00 ACK-NAK: class, id of what was asked

The log can be read only while nothing is recorded, so recording is switched off first and back on
at the end, whatever the end was; only its one bit is touched. Entries that do not come are asked
for again by index. Any UBX-LOG message stops a retrieve, so one is sent only when the last is over.

Source: u-blox 8 / M8 "Receiver description including protocol specification" (UBX-13003221).
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import replace

from firmware_bridge.handheld.capture import CaptureRecord, Direction, ended_whole
from firmware_bridge.handheld.conversation import Identified, Progress
from firmware_bridge.handheld.dialogue import Dialogue, Script, Step
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.ublox.frames import UbxFrame, UbxReader, frame
from firmware_bridge.handheld.ublox.log import Entries, contents_of, decode_log
from firmware_bridge.handheld.ublox.rate import MON_VER, Rate
from firmware_bridge.tracks import Contents, Flaw, UnitIdentity

BAUDS = (9600, 38400, 115200, 57600, 4800)
SEC_UNIQID, LOG_INFO, CFG_LOGFILTER = 0x2703, 0x2108, 0x0647
LOG_RETRIEVE, LOG_ERASE, ACK, NAK = 0x2109, 0x2103, 0x0501, 0x0500
AT_ONCE = 256
_RECORDING, _NO_LOG = 1 << 3, 1 << 4
_ENABLED, _APPLY_ALL = 0x01, 0x04
_ANSWER_S = 1.0
_ENTRY_S = 1.5
_ERASE_S = 60.0
_TRAILING_S = 0.05
_ROUNDS = 8
"""Requests without anything new before entries are given up."""


def probe() -> Dialogue[UbxFrame]:
    """Ask for version and chip id; changes nothing in the receiver."""
    dialogue: Dialogue[UbxFrame] = Dialogue(UbxReader().feed)
    identity: UnitIdentity | None = None

    def script() -> Script[UbxFrame]:
        nonlocal identity
        version = yield from dialogue.ask(frame(MON_VER), _payload_of(MON_VER), 0.4, tries=2)
        if version is None:
            return "no answer to MON-VER"
        chip = yield from dialogue.ask(frame(SEC_UNIQID), _payload_of(SEC_UNIQID), 0.3, tries=1)
        identity = identity_of(version, chip)
        yield Identified(identity)
        return None

    dialogue.follow(script(), lambda: Contents("ublox", identity, [], [], []))
    return dialogue


def identity_of(version: bytes, chip: bytes | None) -> UnitIdentity:
    """From the payloads of MON-VER and SEC-UNIQID, whose bytes are a little-endian number."""
    extensions = [_text(version[at : at + 30]) for at in range(40, len(version), 30)]
    models = [text[4:] for text in extensions if text.startswith("MOD=")]
    firmware = [text[6:] for text in extensions if text.startswith("FWVER=")]
    details = {"hardware": _text(version[30:40]), "extensions": "; ".join(extensions)}
    return UnitIdentity(
        "ublox",
        chip[:3:-1].hex() if chip is not None and len(chip) > 4 else None,
        models[0] if models else None,
        firmware[0] if firmware else _text(version[:30]) or None,
        details=details,
    )


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("ascii", "backslashreplace").strip()


def _payload_of(kind: int) -> Callable[[UbxFrame], bytes | None]:
    return lambda got: got.payload if got.kind == kind and got.payload else None


def _answer_to(kind: int) -> Callable[[UbxFrame], bool | None]:
    """True for the ACK, False for the NAK of `kind`."""
    echo = bytes((kind >> 8, kind & 255))
    return lambda got: got.kind == ACK if got.kind in (ACK, NAK) and got.payload == echo else None


def _filter_or_refusal(got: UbxFrame) -> bytes | None:
    """The filter's settings, empty where the receiver refuses to tell."""
    if got.kind == NAK and got.payload == b"\x06\x47":
        return b""
    return _payload_of(CFG_LOGFILTER)(got)


class Recording:
    """Switches recording off for a while, and back on if it was on."""

    def __init__(self, dialogue: Dialogue[UbxFrame]) -> None:
        self._dialogue = dialogue
        self._before: bytes | None = None

    def pause(self) -> Step[UbxFrame, str | None]:
        """The complaint if the receiver neither tells nor obeys."""
        got = yield from self._dialogue.ask(frame(CFG_LOGFILTER), _filter_or_refusal, _ANSWER_S)
        if got == b"":
            return None  # knows no such setting, so it cannot be in the way
        if got is None or len(got) < 12:
            return "the receiver does not say whether it is recording"
        if got[1] & _ENABLED:
            self._before = got
            if not (yield from self._set(got[1] & ~_ENABLED)):
                return "the receiver does not stop recording"
        return None

    def resume(self) -> Step[UbxFrame, str | None]:
        """Record again if it did before, confirmed by the receiver."""
        if self._before is not None and not (yield from self._set(self._before[1])):
            return "the receiver did not confirm that it is recording again: look at it"
        self._before = None
        return None

    def leave(self) -> None:
        """The goodbye when there is no time to wait for a confirmation."""
        if self._before is not None:
            self._dialogue.send(self._request(self._before[1]))
            self._before = None

    def _set(self, flags: int) -> Step[UbxFrame, bool]:
        request = self._request(flags)
        match = _answer_to(CFG_LOGFILTER)
        return (yield from self._dialogue.ask(request, match, _ANSWER_S)) is True

    def _request(self, flags: int) -> bytes:
        assert self._before is not None, "pause() comes first"
        flags &= ~_APPLY_ALL
        return frame(CFG_LOGFILTER, self._before[:1] + bytes((flags,)) + self._before[2:12])


class Download:
    """The log by index, at most 256 entries a request."""

    def __init__(self, unit: UnitIdentity, options: DownloadOptions) -> None:
        self._unit = unit
        self._first = options.resume_at
        self._reader = UbxReader()
        self.dialogue: Dialogue[UbxFrame] = Dialogue(self._reader.feed)
        self.dialogue.unasked = self._entries_add
        self._entries = Entries()
        self._recording = Recording(self.dialogue)
        self._rate = Rate(self.dialogue, unit.baud)
        self._max_baud, self._sample = options.max_baud, options.sample
        self._announced: int | None = None
        self.dialogue.follow(self._script(), self.contents)

    def _entries_add(self, got: UbxFrame) -> None:
        self._entries.add(got)

    def _script(self) -> Script[UbxFrame]:
        try:
            yield from self._rate.raise_to(self._max_baud)
            complaint = yield from self._recording.pause()
            if complaint is None:
                complaint = yield from self._read()
            complaint = (yield from self._recording.resume()) or complaint
            return (yield from self._rate.lower()) or complaint
        finally:
            self._recording.leave()
            yield from self._rate.leave()

    def _read(self) -> Script[UbxFrame]:
        info = yield from self.dialogue.ask(frame(LOG_INFO), _payload_of(LOG_INFO), _ANSWER_S)
        if info is None or len(info) < 48:
            return "the receiver does not say how much it logged"
        if info[44] & _NO_LOG:
            self._announced = 0
            return None
        self._announced = max(struct.unpack_from("<I", info, 24)[0] - self._first, 0)
        end, barren = self._first + min(self._announced, 1 if self._sample else self._announced), 0
        while barren < _ROUNDS and (gap := self._gap(end)) is not None:
            before = len(self._entries)
            yield from self._retrieve(*gap)
            barren = barren + 1 if len(self._entries) == before else 0
            if barren and not (yield from self._ready_again()):
                return f"the receiver does not answer any more; {self._left(end)}"
        return f"{self._left(end)}, asked {_ROUNDS} times" if self._gap(end) else None

    def _left(self, end: int) -> str:
        lost = sum(index not in self._entries for index in range(self._first, end))
        return f"{lost} of {self._announced} entries did not come"

    def _ready_again(self) -> Step[UbxFrame, bool]:
        """A receiver that restarted is at its own rate, and records again."""
        found = yield from self._rate.find()
        return found and (yield from self._recording.pause()) is None

    def _gap(self, end: int) -> tuple[int, int] | None:
        """Index and count of the first entries that are missing, at most AT_ONCE."""
        first = next((i for i in range(self._first, end) if i not in self._entries), None)
        if first is None:
            return None
        behind = first + 1
        while behind < min(end, first + AT_ONCE) and behind not in self._entries:
            behind += 1
        return first, behind - first

    def _retrieve(self, first: int, count: int) -> Step[UbxFrame, None]:
        """Ask, and listen until the last entry is here or nothing more comes."""
        self.dialogue.send(frame(LOG_RETRIEVE, struct.pack("<IIB3x", first, count, 0)))
        while (yield from self.dialogue.expect(_entry, _ENTRY_S)) is not None:
            yield Progress("entry", len(self._entries), self._announced)
            if first + count - 1 in self._entries:
                while (yield from self.dialogue.expect(_entry, _TRAILING_S)) is not None:
                    pass  # the odometer of the last one
                return

    def contents(self) -> Contents:
        """The whole entries that have come."""
        flaws = []
        if self._reader.broken_count:
            text = f"{self._reader.broken_count} broken frames; entries asked for again"
            flaws = [Flaw(-1, text, loss=False)]
        found = contents_of(self._entries, self._unit, flaws)
        announced = {"entry": self._announced} if self._announced is not None else {}
        return Contents(
            "ublox", self._unit, found.tracks, [], found.flaws, announced, found.received
        )


def _entry(got: UbxFrame) -> bool | None:
    return True if got.kind >> 8 == 0x21 and got.kind not in (LOG_INFO,) else None


def download(unit: UnitIdentity, options: DownloadOptions | None = None) -> Dialogue[UbxFrame]:
    """Read the log from entry `resume_at` on, at up to `max_baud`."""
    return Download(unit, options or DownloadOptions()).dialogue


def restore(raised_baud: int, home_baud: int) -> Dialogue[UbxFrame]:
    """Bring a receiver that was left at `raised_baud`, where the port is, back to `home_baud`."""
    dialogue: Dialogue[UbxFrame] = Dialogue(UbxReader().feed)
    rate = Rate(dialogue, home_baud)

    def script() -> Script[UbxFrame]:
        yield from rate.adopt()
        return (yield from rate.lower())

    unit = UnitIdentity("ublox", None, None, None, raised_baud)
    dialogue.follow(script(), lambda: Contents("ublox", unit, [], [], []))
    return dialogue


def erase(unit: UnitIdentity) -> Dialogue[UbxFrame]:
    """Erase the log; no complaint only if the receiver acknowledged it.

    The receiver itself switches logging off then; a log is set up again by whoever set it up.
    """
    dialogue: Dialogue[UbxFrame] = Dialogue(UbxReader().feed)

    def script() -> Script[UbxFrame]:
        dialogue.send(frame(LOG_ERASE))
        done = yield from dialogue.expect(_answer_to(LOG_ERASE), _ERASE_S)
        if done is None:
            return "the receiver did not confirm that it erased its log"
        return None if done else "the receiver refused to erase its log"

    dialogue.follow(script(), lambda: Contents("ublox", unit, [], [], []))
    return dialogue


def decode(records: Iterable[CaptureRecord]) -> Contents:
    """What a capture of a download holds."""
    records = list(records)
    found = decode_log(b"".join(r.data for r in records if r.direction is Direction.RECEIVED))
    if not ended_whole(records):
        return found
    # What was broken then came again, or was the noise of another rate.
    return replace(found, flaws=[replace(flaw, loss=False) for flaw in found.flaws])
