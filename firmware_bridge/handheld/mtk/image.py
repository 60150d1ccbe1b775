"""The flash as far as it has come over the wire, and the holes in it."""

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 32 << 20
"""No such logger has more than 8 MB; a line that claims an address beyond this is not believed."""


class Image:
    """Bytes by address. A line that comes twice is counted, not stored twice."""

    def __init__(self) -> None:
        self._octets = np.full(0, 0xFF, np.uint8)
        self._known = np.zeros(0, bool)
        self.known = 0
        """Bytes that have come."""
        self.duplicates = 0
        """Lines that told nothing new."""
        self.contradictions = 0
        """Lines that said something else about bytes already known; the later one counts."""

    def put(self, address: int, data: bytes) -> bool:
        """Store; False where the address is impossible."""
        end = address + len(data)
        if address < 0 or end > MAX_BYTES or not data:
            return False
        if end > len(self._octets):
            grow = max(end, 2 * len(self._octets)) - len(self._octets)
            self._octets = np.concatenate([self._octets, np.full(grow, 0xFF, np.uint8)])
            self._known = np.concatenate([self._known, np.zeros(grow, bool)])
        fresh = np.frombuffer(data, np.uint8)
        known = self._known[address:end]
        new = len(known) - int(np.count_nonzero(known))
        self.known += new
        self.duplicates += not new
        self.contradictions += bool((known & (self._octets[address:end] != fresh)).any())
        self._octets[address:end] = fresh
        self._known[address:end] = True
        return True

    def forget(self) -> None:
        """Everything, when the unit turns out to hold something else by now."""
        self.known = 0
        self._known[:] = False
        self._octets[:] = 0xFF

    def missing(self, start: int, end: int) -> list[tuple[int, int]]:
        """(address, length) of each hole in [start, end)."""
        known: NDArray[np.bool_] = np.zeros(end - start, bool)
        here = self._known[start:end]
        known[: len(here)] = here
        edges = np.flatnonzero(np.diff(np.concatenate([[True], known, [True]]).astype(np.int8)))
        return [(start + int(a), int(b - a)) for a, b in edges.reshape(-1, 2)]

    def count(self, start: int, end: int) -> int:
        """Known bytes in [start, end)."""
        return int(np.count_nonzero(self._known[start:end]))

    def read(self, start: int, end: int) -> bytes | None:
        """The bytes, None unless all are known."""
        return self._octets[start:end].tobytes() if not self.missing(start, end) else None

    def dump(self) -> bytes:
        """Everything up to the last known byte; FF where nothing is known."""
        known = np.flatnonzero(self._known)
        return self._octets[: int(known[-1]) + 1].tobytes() if known.size else b""
