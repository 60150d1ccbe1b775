"""Raw captures of units, decoded again: what the unit sent, by the family's own decoder."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from firmware_bridge.files.source import Flaws, read_bytes
from firmware_bridge.handheld.capture import ENDS_WITH, Capture, Direction, parse_capture
from firmware_bridge.handheld.protocols import PROTOCOLS
from firmware_bridge.tracks import Contents, Flaw, UnitIdentity

NOTE = Direction.NOTE


def read_capture_file(path: Path) -> Contents:
    """What is whole in a capture. Raises FileUnreadable.

    Offsets of the decoder's flaws count the bytes received; those of the file itself say so.
    """
    flaws = Flaws()
    capture = parse_capture(read_bytes(path, flaws))
    family = capture.header.get("family")
    damage = [Flaw(flaw.offset, f"capture file: {flaw.what}") for flaw in capture.flaws]
    if not isinstance(family, str) or family not in PROTOCOLS:
        flaws.add(0, f"{path}: a capture of an unknown family {family!r}")
        return Contents("capture", None, [], [], [*flaws.listed(), *damage])
    found = PROTOCOLS[family].decode(capture.records)
    damage += _cut_short(capture)
    unit = _unit(family, capture.header, found.unit)
    return replace(found, unit=unit, flaws=[*flaws.listed(), *damage, *found.flaws])


def _cut_short(capture: Capture) -> list[Flaw]:
    """The bytes of a download that was stopped may look like those of a whole one."""
    ending = capture.header.get(ENDS_WITH)
    if not isinstance(ending, str):
        return []
    notes = [r.data.decode(errors="replace") for r in capture.records if r.direction == NOTE]
    ends = [note.removeprefix(ending) for note in notes if note.startswith(ending)]
    if not ends:
        return [Flaw(-1, "the capture ends before the download did")]
    return [Flaw(-1, f"the download ended with: {ends[-1]}")] if ends[-1] else []


def _unit(family: str, header: Mapping[str, Any], said: UnitIdentity | None) -> UnitIdentity | None:
    """What the unit said in the capture, and what the dock knew of it when it began one."""
    unit_id, model, baud = header.get("unit_id"), header.get("model"), header.get("baud")
    known = UnitIdentity(
        family,
        unit_id if isinstance(unit_id, str) else None,
        model if isinstance(model, str) else None,
        None,
        baud if type(baud) is int else None,
    )
    if said is None:
        return known if known.unit_id or known.model else None
    return replace(
        said,
        unit_id=said.unit_id or known.unit_id,
        model=said.model or known.model,
        baud=said.baud or known.baud,
    )
