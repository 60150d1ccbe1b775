"""NMEA logs on a card or disk: `handheld.nmea` reads them, this module finds them."""

import re
from dataclasses import replace
from pathlib import Path

from firmware_bridge.files.source import Flaws, read_bytes
from firmware_bridge.handheld.nmea import decode_log
from firmware_bridge.tracks import Contents

_SENTENCE = re.compile(rb"\$(?:(?:G[A-Z]|BD|QZ)[A-Z]{3}|P[A-Z]{3,10}),")


def is_nmea(head: bytes) -> bool:
    """Whether a file that begins so holds sentences; comments before them may stand."""
    return _SENTENCE.search(head) is not None


def read_nmea(path: Path) -> Contents:
    """What is whole in the log. Raises FileUnreadable."""
    flaws = Flaws()
    found = decode_log(read_bytes(path, flaws))
    # The log itself bounds its flaws; these are the medium's.
    return replace(found, flaws=[*found.flaws, *flaws.listed()])
