"""A score for people, as a table, and for programs, as JSON."""

from collections.abc import Sequence
from typing import Any

from sim.scoring.score import Found, Score, by_kind, ranked

HEAD = ("", "seen", "found", "missed", "error m", "p95 m", "in CE90", "alarm s", "longest s")


def table(score: Score) -> str:
    """Lines of text."""
    rows = [HEAD]
    for kind, (found, missed) in by_kind(score).items():
        errors, alarms = _errors(found), _alarms(found)
        inside = f"{sum(f.inside_ce90 for f in found)} of {len(found)}" if found else "-"
        rows.append((
            kind, str(len(found) + len(missed)), str(len(found)), str(len(missed)),
            _number(errors, 0.5), _number(errors, 0.95), inside,
            _number(alarms, 0.5), _number(alarms, 1.0),
        ))  # fmt: skip
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = [_line(row, widths) for row in rows]
    lines += [
        f"{score.false_alarms} false alarms: {len(score.false_fires)} fires, "
        f"{len(score.at_decoys)} signatures at warm stones and roofs, "
        f"{len(score.at_nothing)} at nothing; {len(score.told_twice)} told twice, "
        f"{score.unlocated} without a place"
    ]
    lines += [f"  missed: {thing.id}, visible from {thing.visible_from_s:.1f} s in "
              f"{thing.frames} frames" for thing in score.missed]  # fmt: skip
    for what, said in _said(score).items():
        lines += [f"  {what.replace('_', ' ')}: {words}" for words in said]
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
    return f"{row[0]:<{widths[0]}}  " + "  ".join(cells)


def as_json(score: Score) -> dict[str, Any]:
    """The same as data; seconds and metres."""
    kinds = {}
    for kind, (found, missed) in by_kind(score).items():
        kinds[kind] = {
            "seen": len(found) + len(missed),
            "found": len(found),
            "missed": len(missed),
            "error_m": _spread(_errors(found)),
            "inside_ce90": sum(f.inside_ce90 for f in found),
            "alarm_s": _spread(_alarms(found)),
        }
    things = [_found(f) for f in score.found]
    things += [
        {"id": t.id, "kind": t.kind, "found": False, "visible_from_s": t.visible_from_s}
        for t in score.missed
    ]
    return {
        "kinds": kinds, "false_alarms": score.false_alarms, "unlocated": score.unlocated,
        **_said(score), "things": things,
    }  # fmt: skip


def _said(score: Score) -> dict[str, list[str]]:
    return {
        "false_fires": score.false_fires,
        "at_decoys": score.at_decoys,
        "at_nothing": score.at_nothing,
        "told_twice": score.told_twice,
    }


def _found(found: Found) -> dict[str, Any]:
    assert found.told.fix is not None
    return {
        "id": found.thing.id,
        "kind": found.thing.kind,
        "found": True,
        "visible_from_s": found.thing.visible_from_s,
        "alarm_s": None if found.alarm_s is None else round(found.alarm_s, 2),
        "error_m": round(found.away_m, 2),
        "ce90_m": found.told.fix.ce90_m,
        "inside_ce90": found.inside_ce90,
    }


def _errors(found: Sequence[Found]) -> list[float]:
    return [f.away_m for f in found]


def _alarms(found: Sequence[Found]) -> list[float]:
    return [f.alarm_s for f in found if f.alarm_s is not None]


def _number(values: Sequence[float], share: float) -> str:
    return f"{ranked(values, share):.1f}" if values else "-"


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    shares = {"median": 0.5, "p95": 0.95, "largest": 1.0}
    return {name: round(ranked(values, share), 2) for name, share in shares.items()}
