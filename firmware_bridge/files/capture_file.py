"""Raw captures of units, decoded again: what the unit sent, by the family's own decoder."""

from dataclasses import replace
from pathlib import Path

from firmware_bridge.files.source import Flaws, read_bytes
from firmware_bridge.handheld.capture import parse_capture
from firmware_bridge.handheld.protocols import PROTOCOLS
from firmware_bridge.tracks import Contents, Flaw


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
    return replace(found, flaws=[*flaws.listed(), *damage, *found.flaws])
