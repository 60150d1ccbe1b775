"""What a replay found, for people and for programs."""

from typing import Any

from pydantic import TypeAdapter

from firmware_bridge.messages import HeatKind, Hotspot
from firmware_bridge.units import celsius_from_kelvin
from onboard.replay.outcome import FrameLine, Outcome

_HOTSPOTS = TypeAdapter(list[Hotspot])
_LINES = TypeAdapter(list[FrameLine])
_FEW_FRAMES = 20


def as_json(outcome: Outcome) -> dict[str, Any]:
    """JSON-ready; hotspots as the ground gets them."""
    return {
        "frames": outcome.frames,
        "searched": outcome.searched,
        "dropped": dict(outcome.dropped),
        "with_pose": outcome.located,
        "without_pose": dict(outcome.without_pose),
        "relative": outcome.relative,
        "people_unresolved": outcome.people_unresolved,
        "detections": {str(kind): n for kind, n in outcome.detections.items()},
        "reports": outcome.reports,
        "hotspots": _HOTSPOTS.dump_python(list(outcome.hotspots.values()), mode="json"),
        "per_frame": _LINES.dump_python(outcome.per_frame, mode="json"),
        "problems": outcome.problems,
    }


def as_text(outcome: Outcome) -> str:
    """A table for people."""
    lines = [
        f"frames    {outcome.frames} read, {outcome.searched} searched{_reasons(outcome.dropped)}",
        f"pose      {outcome.located} frames with{_reasons(outcome.without_pose, 'without: ')}",
        f"found     {outcome.detections[HeatKind.FIRE]} fires and "
        f"{outcome.detections[HeatKind.SIGNATURE]} signatures in single frames",
    ]
    if outcome.relative:
        lines.append("camera    relative: no calibration, so no temperatures")
    if outcome.people_unresolved:
        lines.append("camera    too coarse from there for people: a fire sensor only")
    if len(outcome.per_frame) <= _FEW_FRAMES:
        lines += ["", "frame  fires  signatures  hottest"]
        lines += [_frame_line(line) for line in outcome.per_frame]
    lines += ["", f"hotspots  {len(outcome.hotspots)} confirmed"]
    if outcome.hotspots:
        lines.append("kind       views  hottest   contrast  position")
    lines += [_hotspot_line(hotspot) for hotspot in outcome.hotspots.values()]
    if outcome.problems:
        lines += ["", "problems", *(f"  {problem}" for problem in outcome.problems)]
    return "\n".join(lines)


def _reasons(counts: dict[str, int], word: str = "dropped: ") -> str:
    if not counts:
        return ""
    listed = ", ".join(f"{n} {reason}" for reason, n in sorted(counts.items()))
    return f"; {word}{listed}"


def _frame_line(line: FrameLine) -> str:
    if line.dropped:
        return f"{line.sequence:5}  dropped: {line.dropped}"
    return (
        f"{line.sequence:5}  {line.fires:5}  {line.signatures:10}  {_celsius(line.peak_kelvin):>7}"
    )


def _hotspot_line(hotspot: Hotspot) -> str:
    heat = (">=" if hotspot.saturated else "") + _celsius(hotspot.peak_kelvin)
    contrast = "-" if hotspot.contrast_kelvin is None else f"{hotspot.contrast_kelvin:.1f} K"
    place = f"unlocated: {hotspot.unlocated_because}"
    if fix := hotspot.fix:
        place = f"{fix.lat_deg:.6f} {fix.lon_deg:.6f} +-{fix.ce90_m:.1f} m (CE90)"
    return f"{hotspot.kind:<9}  {hotspot.views:5}  {heat:>8}  {contrast:>8}  {place}"


def _celsius(kelvin: float | None) -> str:
    return "-" if kelvin is None else f"{celsius_from_kelvin(kelvin):.1f} C"
