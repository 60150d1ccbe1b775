"""The sectors of a flash as they come, and what is made of those whose checksum never came."""

from dataclasses import replace

import numpy as np

from firmware_bridge.handheld.skytraq.frames import SECTOR, SectorBlock, SkyReader
from firmware_bridge.handheld.skytraq.memory import decode_memory
from firmware_bridge.tracks import Contents, Flaw, Segment, Track, UnitIdentity


class Sectors:
    """Checked sectors, and the longest beginning of each that nothing has checked."""

    def __init__(self, reader: SkyReader) -> None:
        self._reader = reader
        self._whole: dict[int, bytes] = {}
        self._begun: dict[int, bytes] = {}

    def __len__(self) -> int:
        """Of those that are whole."""
        return len(self._whole)

    def get(self, number: int) -> bytes:
        """A checked sector, nothing for one that has not come."""
        return self._whole.get(number, b"")

    def keep(self, block: SectorBlock) -> bool:
        """Take the answer to a request; False for one that is broken."""
        if block.data is None:
            return False
        for place in range(block.count):
            self._whole[block.first + place] = block.data[place * SECTOR : (place + 1) * SECTOR]
        return True

    def give_up(self) -> None:
        """No more of the block comes; keep its beginning until it comes whole."""
        self._begun = self._beginnings()
        self._reader.give_up()

    def contents(self, unit: UnitIdentity | None) -> Contents:
        """The whole items of all that came; those that no checksum covers are marked as such."""
        begun = {n: part for n, part in self._beginnings().items() if n not in self._whole}
        found = decode_memory(
            self._image(begun),
            unit=unit,
            cut={number * SECTOR: len(part) for number, part in begun.items()},
        )
        if not begun:
            return found
        size = sum(map(len, begun.values()))
        flaw = Flaw(
            min(begun) * SECTOR, f"{size} bytes came without their checksum: points not verified"
        )
        tracks = [
            Track(track.name, [_marked(segment, begun) for segment in track.segments])
            for track in found.tracks
        ]
        return replace(found, tracks=tracks, flaws=[*found.flaws, flaw])

    def _beginnings(self) -> dict[int, bytes]:
        """With those of the block that is still coming."""
        begun = dict(self._begun)
        first, data = self._reader.unfinished or (0, b"")
        for at in range(0, len(data), SECTOR):
            number, part = first + at // SECTOR, data[at : at + SECTOR]
            if len(part) > len(begun.get(number, b"")):
                begun[number] = part
        return begun

    def _image(self, begun: dict[int, bytes]) -> bytes:
        """The sectors where they stood, FF where nothing came."""
        sectors = begun | self._whole
        return b"".join(
            sectors.get(number, b"").ljust(SECTOR, b"\xff")
            for number in range(max(sectors, default=-1) + 1)
        )


def _marked(segment: Segment, begun: dict[int, bytes]) -> Segment:
    unverified = np.isin(segment.extras["offset"] // SECTOR, list(begun))
    return replace(segment, extras={**segment.extras, "unverified": unverified})
