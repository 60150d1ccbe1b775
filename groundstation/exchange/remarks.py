"""What people should know about a file that came in: one line for each thing, however often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from groundstation.exchange.words import REFUSALS, REMARKS
from groundstation.words import Language, Refusal, say

MAX_REMARKS = 1000
"""Different ones of one file; further ones are only counted."""
MAX_VALUE = 300
"""Characters of a file's own words in a remark."""

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was odd, changed on the way, or not taken."""

    where: str
    """`file:line` or either, where it came first; empty: the whole file."""
    code: str
    """Of `words.REMARKS`, or of `words.REFUSALS` for a document of several."""
    values: Mapping[str, Value] = field(default_factory=dict)
    times: int = 1

    def text(self, language: Language) -> str:
        """The sentence."""
        table = REMARKS if self.code in REMARKS else REFUSALS
        told = say(table, self.code, language, **self.values)
        return told if self.times == 1 else told + say(REMARKS, "times", language, n=self.times)


class Remarks:
    """Collects them; the same one again is counted and not repeated."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, tuple[tuple[str, Value], ...]], Remark] = {}
        self._more = 0

    def add(self, code: str, where: str | int = "", times: int = 1, **values: Value) -> None:
        """One more; a number as `where` is a line."""
        self._put(code, where, times, values)

    def refused(self, refusal: Refusal, where: str | int = "") -> None:
        """A document of several, or a file attached to one, that is not taken."""
        values = {n: v if isinstance(v, int) else str(v) for n, v in refusal.values.items()}
        self._put(refusal.code, where, 1, values)

    def because(self, code: str, why: Refusal, where: str = "", **values: Value) -> None:
        """Something that is not taken, with the reason in the words of whoever refused it."""
        told = {"why_ru": why.text("ru"), "why_en": why.text("en")}
        self._put(code, where, 1, {**values, **told})

    def _put(self, code: str, where: str | int, times: int, values: Mapping[str, Value]) -> None:
        short = {name: _short(value) for name, value in values.items()}
        key = code, tuple(sorted(short.items()))
        if key in self._kept:
            old = self._kept[key]
            self._kept[key] = Remark(old.where, code, short, old.times + times)
        elif len(self._kept) < MAX_REMARKS:
            self._kept[key] = Remark(str(where), code, short, times)
        else:
            self._more += times

    def take(self, others: Sequence[Remark], inside: str = "") -> None:
        """Those of a file inside this one."""
        for remark in others:
            where = ":".join(part for part in (inside, remark.where) if part)
            self._put(remark.code, where, remark.times, remark.values)

    def listed(self) -> list[Remark]:
        """In the order they came."""
        listed = list(self._kept.values())
        if self._more:
            listed.append(Remark("", "more", {"n": self._more}))
        return listed


def _short(value: Value) -> Value:
    if not isinstance(value, str) or len(value) <= MAX_VALUE:
        return value
    return value[: MAX_VALUE - 1] + "…"
