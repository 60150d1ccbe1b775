"""NMEA 0183 sentences out of a byte stream, checked; shared by every family that speaks them.

    $ address , field , ... * hh CR LF         hh = XOR of all bytes between $ and *, hexadecimal

Source: NMEA 0183 2.x as every receiver manual repeats it, e.g. u-blox "NMEA protocol".
"""

from functools import reduce
from operator import xor

MAX_SENTENCE = 16_384
"""MTK loggers send 2,048 bytes as hexadecimal digits in one sentence; the standard allows 82."""
_HEX = frozenset(b"0123456789ABCDEFabcdef")


def checksum(body: bytes) -> int:
    """XOR of the bytes between $ and *."""
    if len(body) < 48:
        return reduce(xor, body, 0)
    folded = int.from_bytes(body, "big")
    width = 1 << (len(body) - 1).bit_length()
    while width > 1:
        width >>= 1
        folded = (folded >> (8 * width)) ^ (folded & ((1 << (8 * width)) - 1))
    return folded


def sentence(body: str) -> bytes:
    """The bytes to send for `PMTK605`."""
    raw = body.encode("ascii")
    return b"$%b*%02X\r\n" % (raw, checksum(raw))


def checked_body(line: bytes) -> bytes | None:
    """What stands between $ and *, or None when `line` is no whole sentence with a right checksum.

    Text before the $ (the tail of a cut sentence) is allowed; text after the checksum is not.
    """
    star = line.rfind(b"*")
    start = line.rfind(b"$", 0, star)
    digits = line[star + 1 : star + 3]
    if star < 0 or start < 0 or len(digits) != 2 or line[star + 3 :].strip():
        return None
    if not _HEX.issuperset(digits):
        return None
    body = line[start + 1 : star]
    return body if checksum(body) == int(digits, 16) else None


class SentenceReader:
    """Bytes in, checked sentence bodies out."""

    def __init__(self, max_sentence: int = MAX_SENTENCE) -> None:
        self._max = max_sentence
        self._buffer = bytearray()
        self.sentences = 0
        """Whole ones with the right checksum."""
        self.rejected = 0
        """Lines with a $ that were cut or whose checksum was wrong."""
        self.bytes_dropped = 0
        """Everything that is in no accepted sentence, line ends apart."""

    def feed(self, data: bytes) -> list[bytes]:
        """Bodies of the sentences completed by `data`."""
        self._buffer += data
        *lines, rest = self._buffer.split(b"\n")
        if len(rest) > self._max:
            self.bytes_dropped += len(rest)
            rest = bytearray()
        self._buffer = rest
        return [body for line in lines if (body := self._accept(bytes(line))) is not None]

    def _accept(self, line: bytes) -> bytes | None:
        line = line.rstrip(b"\r")
        if not line:
            return None
        body = checked_body(line) if len(line) <= self._max else None
        if body is None:
            self.rejected += b"$" in line
            self.bytes_dropped += len(line)
            return None
        self.sentences += 1
        self.bytes_dropped += len(line) - len(body) - 4
        return body
