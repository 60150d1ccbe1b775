"""NMEA sentences as units write and read them: `$BODY*XX\\r\\n`, XX = XOR of BODY."""

import functools
import operator

LINE_BYTES = 512
"""A host's command is never longer."""


def checksum(body: bytes) -> int:
    """XOR of all bytes."""
    return functools.reduce(operator.xor, body, 0)


def sentence(body: str | bytes) -> bytes:
    """With dollar, check sum and line end."""
    raw = body if isinstance(body, bytes) else body.encode("ascii")
    return b"$%b*%02X\r\n" % (raw, checksum(raw))


class Lines:
    """Bodies of whole sentences out of a stream; those with a wrong check sum are counted."""

    def __init__(self) -> None:
        self._rest = b""
        self.broken = 0

    def feed(self, data: bytes) -> list[str]:
        """Bodies, without dollar and check sum."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-LINE_BYTES:]
        return [body for line in lines if (body := self._body(line.strip())) is not None]

    def _body(self, line: bytes) -> str | None:
        start = line.rfind(b"$")
        body, star, digits = line[start + 1 :].rpartition(b"*")
        try:
            whole = start >= 0 and star == b"*" and int(digits, 16) == checksum(body)
            text = body.decode("ascii")
        except ValueError:
            whole, text = False, ""
        if whole:
            return text
        self.broken += bool(line)
        return None
