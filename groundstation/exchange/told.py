"""What people are told about a file that was taken."""

from collections.abc import Sequence
from typing import Any

from groundstation.exchange.filing import KINDS, Outcome
from groundstation.exchange.words import LOSSES, TAKEN
from groundstation.words import Language, say


def summary(outcome: Outcome, language: Language) -> str:
    """One line: how much of what."""
    counted = [say(TAKEN, kind, language, n=n) for kind in KINDS
               if (n := outcome.taken.get(kind, 0))]  # fmt: skip
    what = ", ".join(counted) or say(TAKEN, "nothing", language)
    if outcome.already is None:
        return what
    return say(TAKEN, "already", language, when=f"{outcome.already:%Y-%m-%d %H:%M} UTC", what=what)


def lines(outcome: Outcome, language: Language) -> Sequence[str]:
    """The summary, and one line for each remark."""
    told = [f"{outcome.name} ({outcome.format}): {summary(outcome, language)}"]
    for remark in outcome.remarks:
        where = f"{remark.where}: " if remark.where else ""
        told.append(f"  {where}{remark.text(language)}")
    return told


def has_losses(outcome: Outcome) -> bool:
    """Whether something of the file was not taken as it came."""
    return any(remark.code in LOSSES for remark in outcome.remarks)


def as_json(outcome: Outcome, language: Language) -> dict[str, Any]:
    """ImportReport on the wire."""
    remarks = [
        {"where": r.where, "code": r.code, "text": r.text(language), "times": r.times}
        for r in outcome.remarks
    ]
    return {
        "import": outcome.number,
        "name": outcome.name,
        "format": outcome.format,
        "already": outcome.already,
        "summary": summary(outcome, language),
        "losses": has_losses(outcome),
        "taken": dict(outcome.taken),
        "remarks": remarks,
    }
