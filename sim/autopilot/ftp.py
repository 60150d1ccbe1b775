"""MAVFTP: files over the link, as ArduPilot 4.5 serves them.

There is @PARAM/param.pck and whatever is on the vehicle's disk, to be read; writing is refused as
a disk refuses it that is read only. Source: GCS_FTP.cpp (4.5) and mavlink.io/en/services/ftp.html;
the download of the parameters is as recorded. One file is open at a time, whoever opened it: a
second client has to wait until the first has been silent for 3 s.
"""

import errno
import struct
import zlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sim.autopilot import ftp_request
from sim.autopilot.ftp_request import (
    ACK,
    BAD_SESSION,
    BAD_SIZE,
    BURST,
    CHECKSUM,
    DATA_BYTES,
    END_OF_FILE,
    FAIL,
    FAIL_ERRNO,
    LIST,
    NAK,
    NONE,
    NOT_FOUND,
    OPEN,
    READ,
    RESET,
    TERMINATE,
    WRITING,
    Request,
    Trouble,
)
from sim.autopilot.messages import CLOCK_GRAIN_S, Message
from sim.autopilot.outgoing import Outgoing
from sim.autopilot.param_pck import pack
from sim.autopilot.parameters import Parameters

IDLE_S, DEAD_S = 3.0, 20.0
"""After this silence another client may take the file; after that it is closed."""
PACKET_EVERY_S, RADIO_PACKET_EVERY_S = 0.005, 0.137
"""A radio gets a third of its 57600 baud."""
BURST_PACKETS = 500
WAITING = 5
"""Requests that wait while a burst goes out; more are lost."""
PARAM_FILE = "@PARAM/param.pck"
CHECKSUM_BLOCK = 256


@dataclass(slots=True)
class _Open:
    session: int
    path: str
    content: bytes | None
    """None until the first read of the parameters: their padding depends on its size."""
    block: int = 0


@dataclass(slots=True)
class _Burst:
    request: Request
    seq: int
    offset: int
    due_s: float
    left: int = BURST_PACKETS


class Ftp:
    """The server. `disk` gives the vehicle's files by path, `banner` goes with the parameters."""

    def __init__(
        self, parameters: Parameters, disk: Callable[[], Mapping[str, bytes | bytearray]] = dict,
        banner: Sequence[Message] = (),
    ) -> None:  # fmt: skip
        self._parameters, self._disk, self._banner = parameters, disk, tuple(banner)
        self._radios: set[int] = set()
        self._waiting: deque[Request] = deque()
        self._open: _Open | None = None
        self._burst: _Burst | None = None
        self._last: tuple[Request, Message] | None = None
        self._spoke_s = 0.0

    def connect(self, link: int, radio: bool = False) -> None:
        """A radio gets its bursts slowly."""
        if radio:
            self._radios.add(link)

    def disconnect(self, link: int) -> None:
        """Nothing more to this link; its file stays open until somebody takes the place."""
        self._radios.discard(link)
        self._waiting = deque(r for r in self._waiting if r.link != link)
        if self._burst is not None and self._burst.request.link == link:
            self._burst = None

    def reboot(self) -> None:
        """Everything is closed."""
        self._open = self._burst = self._last = None
        self._waiting.clear()

    def handle(self, message: Message, link: int, now_s: float) -> Outgoing:
        """One FILE_TRANSFER_PROTOCOL."""
        request = ftp_request.read(message, link)
        if self._burst is None:
            return self._serve(request, now_s)
        if len(self._waiting) < WAITING:
            self._waiting.append(request)
        return []

    def poll(self, now_s: float) -> Outgoing:
        """The next packet of a burst, or what waited for its end."""
        if self._burst is not None:
            return self._go_on(self._burst, now_s)
        if self._open is not None and now_s - self._spoke_s > DEAD_S:
            self._open = None
        return self._serve(self._waiting.popleft(), now_s) if self._waiting else []

    def _serve(self, request: Request, now_s: float) -> Outgoing:
        if self._last is not None and self._last[0].is_again(request):
            return [(request.link, self._last[1])]
        if request.opcode in (ACK, NAK):
            return []
        try:
            data = self._answer(request, now_s)
        except Trouble as trouble:
            return self._reply(request, now_s, NAK, trouble.codes)
        if request.opcode == BURST:
            return []
        reply = self._reply(request, now_s, ACK, data)
        if request.opcode == OPEN and request.name.startswith(PARAM_FILE):
            reply += [(request.link, line) for line in self._banner]
        return reply

    def _answer(self, request: Request, now_s: float) -> bytes:
        """Data of the acknowledgement; raises Trouble."""
        if self._open is not None and request.session != self._open.session:
            if request.opcode in (TERMINATE, RESET):
                return b""
            if now_s - self._spoke_s < IDLE_S:
                raise Trouble(BAD_SESSION)
            self._open = None
        if request.size > DATA_BYTES:
            raise Trouble(BAD_SIZE)
        if request.opcode in WRITING:
            raise Trouble(FAIL_ERRNO, errno.EROFS)
        if request.opcode not in HANDLERS:
            raise Trouble(FAIL)
        return HANDLERS[request.opcode](self, request, now_s)

    def _close(self, request: Request, now_s: float) -> bytes:
        self._open = None
        return b""

    def _list(self, request: Request, now_s: float) -> bytes:
        folder = request.name.strip("/.")
        entries = self._entries(folder)
        if folder and not entries:
            raise Trouble(NOT_FOUND)
        out = b""
        for entry in entries[request.offset :]:
            if len(out) + len(entry) + 1 > DATA_BYTES:
                break
            out += entry.encode() + b"\0"
        if not out:
            raise Trouble(END_OF_FILE)
        return out

    def _entries(self, folder: str) -> list[str]:
        """F<name>\\t<size> and D<name>; the root shows the virtual folders too."""
        prefix = f"{folder}/" if folder else ""
        files = {path: len(content) for path, content in self._disk().items()}
        inside = {p[len(prefix) :]: size for p, size in files.items() if p.startswith(prefix)}
        names = {f"F{n}\t{size}" for n, size in inside.items() if "/" not in n}
        names |= {f"D{n.split('/')[0]}" for n in inside if "/" in n}
        return sorted(names if folder else names | {"D@PARAM"})

    def _open_file(self, request: Request, now_s: float) -> bytes:
        if self._open is not None and now_s - self._spoke_s > IDLE_S:
            self._open = None
        if self._open is not None:
            raise Trouble(FAIL)
        content = self._content(request.name, 0)
        # As the real one: an estimate, for it does not pack the file to learn its size.
        size = len(self._parameters.names) * 12 if content is None else len(content)
        self._open = _Open(request.session, request.name, content)
        return struct.pack("<I", size)

    def _read(self, request: Request, now_s: float) -> bytes:
        data = self._piece(request.offset, min(request.size, DATA_BYTES))
        if not data:
            raise Trouble(END_OF_FILE)
        return data

    def _begin_burst(self, request: Request, now_s: float) -> bytes:
        self._piece(request.offset, request.size or DATA_BYTES)
        self._burst = _Burst(request, request.seq + 1, request.offset, now_s)
        return b""

    def _checksum(self, request: Request, now_s: float) -> bytes:
        """CRC-32 without the usual inversions."""
        content = self._content(request.name, CHECKSUM_BLOCK) or b""
        return struct.pack("<I", zlib.crc32(content, 0xFFFFFFFF) ^ 0xFFFFFFFF)

    def _content(self, path: str, block: int) -> bytes | None:
        """A file, None for the parameters as long as the block is not known; raises Trouble."""
        name, _, query = path.partition("?")
        if name == PARAM_FILE:
            start, count, with_defaults = _options(query)
            if start >= len(self._parameters.names):
                raise Trouble(FAIL_ERRNO, errno.EINVAL)
            if not block:
                return None
            return pack(self._parameters, block, bool(with_defaults), start, count)
        content = self._disk().get(path.lstrip("/"))
        if content is None:
            raise Trouble(NOT_FOUND)
        return bytes(content)

    def _piece(self, offset: int, size: int) -> bytes:
        """Bytes of the open file; raises Trouble."""
        if self._open is None:
            raise Trouble(NOT_FOUND)
        if self._open.path.startswith(PARAM_FILE):
            if self._open.content is None and size:
                self._open.content = self._content(self._open.path, size)
                self._open.block = size
            elif size != self._open.block:
                raise Trouble(FAIL_ERRNO, errno.EINVAL)
        return (self._open.content or b"")[offset : offset + size]

    def _go_on(self, burst: _Burst, now_s: float) -> Outgoing:
        request = burst.request
        if now_s < burst.due_s - CLOCK_GRAIN_S:
            return []
        burst.due_s = now_s + (
            RADIO_PACKET_EVERY_S if request.link in self._radios else PACKET_EVERY_S
        )
        data = self._piece(burst.offset, request.size or DATA_BYTES)
        burst.left -= 1
        ends = not data or not burst.left
        if ends:
            self._burst = None
        turn = request._replace(seq=burst.seq - 1, offset=burst.offset)
        burst.seq, burst.offset = (burst.seq + 1) & 0xFFFF, burst.offset + len(data)
        if not data:
            return self._reply(turn, now_s, NAK, bytes((END_OF_FILE,)))
        return self._reply(turn, now_s, ACK, data, is_last=ends)

    def _reply(
        self, request: Request, now_s: float, opcode: int, data: bytes, is_last: bool = False
    ) -> Outgoing:
        self._spoke_s = now_s
        told = request.reply(opcode, data, is_last)
        self._last = (request, told)
        return [(request.link, told)]


HANDLERS: dict[int, Callable[[Ftp, Request, float], bytes]] = {
    NONE: lambda ftp, request, now_s: b"",
    TERMINATE: Ftp._close,
    RESET: Ftp._close,
    LIST: Ftp._list,
    OPEN: Ftp._open_file,
    READ: Ftp._read,
    CHECKSUM: Ftp._checksum,
    BURST: Ftp._begin_burst,
}


def _options(query: str) -> tuple[int, int, int]:
    """start, count and withdefaults of @PARAM/param.pck?start=N&count=N&withdefaults=1."""
    options = {"start": 0, "count": 0, "withdefaults": 0}
    for part in filter(None, query.split("&")):
        key, _, value = part.partition("=")
        most = 1 if key == "withdefaults" else 65534
        if key in options:
            if not value.isdecimal() or len(value) > 5 or int(value) > most:
                raise Trouble(FAIL_ERRNO, errno.EINVAL)
            options[key] = int(value)
    return options["start"], options["count"], options["withdefaults"]
