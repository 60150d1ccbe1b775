"""Things that go wrong on schedule."""

from collections.abc import Sequence

from sim.tables.trouble import Fault, FaultKind


class Faults:
    """The schedule of one run; times are simulated seconds."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = faults
        self._pending = sorted(faults, key=lambda fault: fault.at_s)

    def starting(self, now_s: float) -> list[Fault]:
        """Faults that begin now; each is given once."""
        begun = []
        while self._pending and self._pending[0].at_s <= now_s:
            begun.append(self._pending.pop(0))
        return begun

    def active(self, kind: FaultKind, now_s: float) -> bool:
        """One of this kind lasts at this time."""
        return any(f.kind == kind and f.at_s <= now_s < f.at_s + f.duration_s for f in self._faults)

    def size(self, kind: FaultKind, now_s: float) -> float:
        """Sum of the sizes of those that last."""
        return sum(
            f.size
            for f in self._faults
            if f.kind == kind and f.at_s <= now_s < f.at_s + f.duration_s
        )
