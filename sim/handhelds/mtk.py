"""A virtual MTK logger: NMEA sentences that read its flash in hexadecimal.

    $PMTK605                 -> $PMTK705,RELEASE,BUILD,MODEL,VERSION
    $PMTK182,2,N             -> $PMTK182,3,N,VALUE      N: 2 mask, 3 interval, 4 distance, 5 speed,
                                                        6 method, 7 state, 8 write address, 10 count
    $PMTK182,4 / 5 / 6,1     start, stop, erase
    $PMTK182,7,ADDR,LEN      -> $PMTK182,8,ADDR,HEX...  lines of 2 KiB of flash at most
    every command            -> $PMTK001,182,N,3        3 done, 2 failed, 1 not supported

Source: what gpsbabel speaks. Not verified on a unit: the length of a line, the time of an erasure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.handhelds import mtk_memory, truth, units
from sim.handhelds.faults import Fault
from sim.handhelds.sentences import Lines, sentence
from sim.handhelds.unit import VirtualUnit
from sim.handhelds.units import Holding, Place

LINE_BYTES = 2048
FLASH_BYTES = 0x400000
ERASE_S = 1.0
DONE, FAILED, UNSUPPORTED = 3, 2, 1
OVERLAP, STOP = 1, 2
LOGGING = 2
READ_AT_MOST = 0x10000


@dataclass(frozen=True, slots=True)
class Model:
    """What tells one logger from another."""

    answer: str
    """To $PMTK605."""
    mask: int


MODELS: dict[str, Model] = {
    "bt-q1000": Model("B-core_2.02,001D,QST1000,1.03", mtk_memory.MASK_34),
    "iblue747": Model("M-core_1.94,0005,01029-00A,1.0", mtk_memory.MASK_50),
}


class MtkUnit(VirtualUnit):
    """Answers each sentence; reads of flash stream without acknowledgement."""

    def __init__(
        self, holding: Holding, marked: Sequence[int], model: Model, baud: int, fault: Fault,
        seed: int,
    ) -> None:  # fmt: skip
        super().__init__(baud, fault, seed)
        # A record cannot say that a height is unknown.
        self._holding = holding = units.with_heights(holding, lost_too=True)
        self._model = model
        self._buttons = frozenset(marked)
        self._flash = mtk_memory.memory(holding.points, self._buttons, model.mask, fault.full)
        self._method = OVERLAP if fault.full else STOP
        self._logging = True
        self._erased_at_s: float | None = None
        self.restart()
        self.arm(-(-self._flash.write_address // LINE_BYTES))

    def restart(self) -> None:
        """As after switching on: it logs again."""
        self._lines = Lines()
        self._logging = True
        self._erased_at_s = None

    def heard(self, data: bytes, now_s: float) -> None:
        """Sentences from the host."""
        for body in self._lines.feed(data):
            name, *fields = body.split(",")
            if name == "PMTK605":
                self._answer(f"PMTK705,{self._model.answer}", now_s)
            elif name == "PMTK182" and fields:
                self._logger(fields, now_s)
            elif name == "PMTK000":
                self._answer("PMTK001,0,3", now_s)

    def _logger(self, fields: list[str], now_s: float) -> None:
        actions: dict[str, Callable[[list[str], float], int | None]] = {
            "2": self._query, "4": self._start, "5": self._stop, "6": self._erase, "7": self._read,
        }  # fmt: skip
        action = actions.get(fields[0])
        outcome = UNSUPPORTED if action is None else action(fields[1:], now_s)
        if outcome is not None:
            self._answer(f"PMTK001,182,{fields[0]},{outcome}", now_s)

    def _query(self, fields: list[str], now_s: float) -> int:
        values = {
            "2": f"{self._model.mask:08X}",
            "3": "50",
            "4": "0",
            "5": "0",
            "6": str(self._method),
            "7": str(0x100 | (LOGGING if self._logging else 0)),
            "8": f"{self._flash.write_address:08X}",
            "10": f"{self._flash.records:08X}",
        }
        if not fields or fields[0] not in values:
            return FAILED
        self._answer(f"PMTK182,3,{fields[0]},{values[fields[0]]}", now_s)
        return DONE

    def _start(self, _: list[str], now_s: float) -> int:
        self._logging = True
        return DONE

    def _stop(self, _: list[str], now_s: float) -> int:
        self._logging = False
        return DONE

    def _erase(self, fields: list[str], now_s: float) -> int | None:
        if fields != ["1"]:
            return FAILED
        self._erased_at_s = now_s + ERASE_S
        return None

    def _read(self, fields: list[str], now_s: float) -> int:
        try:
            start, length = (int(field, 16) for field in fields)
        except ValueError:
            return FAILED
        if not (0 <= start < FLASH_BYTES and 0 < length <= READ_AT_MOST):
            return FAILED
        end = min(start + length, FLASH_BYTES)
        for address in range(start, end, LINE_BYTES):
            size = min(LINE_BYTES, end - address)
            data = self._flash.image[address : address + size].ljust(size, b"\xff")
            self._answer(f"PMTK182,8,{address:08X},{data.hex().upper()}", now_s, bulk=True)
        return DONE

    @property
    def due_s(self) -> float | None:
        """The end of an erasure."""
        return self._erased_at_s

    def tick(self, now_s: float) -> None:
        """The flash is empty now."""
        self._erased_at_s = None
        self._flash = mtk_memory.memory([], frozenset(), self._model.mask, went_round=False)
        self._answer(f"PMTK001,182,6,{DONE}", now_s)

    def _answer(self, body: str, now_s: float, bulk: bool = False) -> None:
        self.say(sentence(body), now_s, bulk)

    def truth(self) -> dict[str, Any]:
        """Points pressed by the button are points and waypoints both; they have no names."""
        as_carried = truth.rounded(
            self._holding, degrees=float, metres=truth.f32, seconds=self._seconds
        )
        places = [
            Place("", p.lat_deg, p.lon_deg, p.alt_amsl_m, p.unix_s)
            for i, p in enumerate(as_carried.points)
            if i in self._buttons and p.lat_deg is not None and p.lon_deg is not None
        ]
        held = Holding("", as_carried.points, places)
        return truth.of(held, "mtk", None, self._model.answer)

    def _seconds(self, unix_s: float) -> float:
        fine = self._model.mask & mtk_memory.MILLISECOND
        return round(unix_s, 3) if fine else int(unix_s)
