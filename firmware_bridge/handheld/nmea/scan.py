"""All sentences of a log at once: where they stand and whether their checksum is right.

The checksums of a whole log are one `reduceat`, which is why a log costs microseconds a sentence.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.tracks import Flaw

MAX_FLAWS = 1000
"""Listed one by one; the rest as one sum."""
PIECE_BYTES = 4 << 20
"""Searched at a time: the columns of offsets are many times as long as what they point to."""
_DOLLAR, _STAR, _NEWLINE = b"$*\n"
_MAX_BODY = 1024
_HEX_VALUE = np.full(256, 255, np.uint8)
_HEX_VALUE[list(b"0123456789")] = range(10)
_HEX_VALUE[list(b"ABCDEF")] = range(10, 16)
_HEX_VALUE[list(b"abcdef")] = range(10, 16)


@dataclass(frozen=True, slots=True)
class Scan:
    """The sentences of a log."""

    starts: NDArray[np.int64]
    """(N,) offset behind the $."""
    ends: NDArray[np.int64]
    """(N,) offset of the * (or of the line's end, where nothing has a checksum)."""
    rejected: NDArray[np.int64]
    """Offsets of the $ of sentences that were cut or whose checksum was wrong, the first few."""
    rejected_count: int
    unchecked: bool
    """Nothing in the log has a checksum, so nothing could be checked."""


def scan(data: bytes) -> Scan:
    """Find every sentence in `data`; text between sentences is passed over."""
    unchecked = b"*" not in data
    parts: list[tuple[NDArray[np.int64], ...]] = [(np.zeros(0, np.int64),) * 3]
    count = at = 0
    while at < len(data):
        # Each piece ends where a sentence begins, and none reaches behind the next one's start.
        end = data.find(b"$", at + PIECE_BYTES)
        end = end if end >= 0 else len(data)
        starts, ends, rejected = _scan(np.frombuffer(data[at:end], np.uint8), unchecked)
        parts.append((starts + at, ends + at, rejected[: max(0, MAX_FLAWS + 1 - count)] + at))
        count += len(rejected)
        at = end
    starts, ends, rejected = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Scan(starts, ends, rejected, count, unchecked)


def _scan(octets: NDArray[np.uint8], unchecked: bool) -> tuple[NDArray[np.int64], ...]:
    """Starts, ends and rejected of one piece."""
    dollars = np.flatnonzero(octets == _DOLLAR)
    stops = np.flatnonzero(octets == (_NEWLINE if unchecked else _STAR))
    following = np.append(dollars[1:], octets.size)
    place = np.searchsorted(stops, dollars)
    end = np.append(stops, octets.size)[place]
    whole = (end < following) & (end > dollars + 1) & (end - dollars <= _MAX_BODY)
    if unchecked:
        return dollars[whole] + 1, end[whole], dollars[~whole]
    whole &= end + 2 < octets.size
    starts, ends = dollars[whole] + 1, end[whole]
    right = _announced(octets, ends) == _computed(octets, starts, ends)
    rejected = np.sort(np.concatenate([dollars[~whole], starts[~right] - 1]))
    return starts[right], ends[right], rejected


def _announced(octets: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) the checksum behind each *, 256 and above where it is not hexadecimal."""
    high = _HEX_VALUE[octets[ends + 1]].astype(np.int64)
    low = _HEX_VALUE[octets[ends + 2]].astype(np.int64)
    return np.where((high > 15) | (low > 15), 256, high * 16 + low)


def _computed(
    octets: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(N,) XOR of octets[start:end] of each."""
    if not starts.size:
        return np.zeros(0, np.int64)
    edges = np.stack([starts, ends], axis=1).ravel()
    return np.bitwise_xor.reduceat(octets, edges)[::2].astype(np.int64)


def flaws(found: Scan, data: bytes) -> list[Flaw]:
    """What was wrong, each with its offset, at most MAX_FLAWS and a sum."""
    listed = [
        Flaw(int(at), f"sentence cut or checksum wrong: {_excerpt(data, int(at))}")
        for at in found.rejected[:MAX_FLAWS]
    ]
    if (more := found.rejected_count - MAX_FLAWS) > 0:
        listed.append(Flaw(int(found.rejected[MAX_FLAWS]), f"{more} more sentences dropped"))
    if found.unchecked and found.starts.size:
        listed.append(Flaw(0, "no sentence has a checksum: nothing could be checked"))
    return listed


def _excerpt(data: bytes, at: int) -> str:
    line = data[at : at + 40].split(b"\n", 1)[0]
    return line.rstrip(b"\r").decode("ascii", "backslashreplace")
