"""NMEA logs on a card or disk; `handheld.nmea` knows what is in them."""

import re
from pathlib import Path

from firmware_bridge.files.source import read_with
from firmware_bridge.handheld.nmea import decode_log
from firmware_bridge.tracks import Contents

_SENTENCE = re.compile(
    rb"(?:\A|[\r\n\0])[0-9T:.,; Z-]{0,40}\$(?:(?:G[A-Z]|BD|QZ)[A-Z]{3}|P[A-Z]{3,10}),"
)
"""On a line of its own, behind a time stamp perhaps; a text about NMEA is no log."""


def is_nmea(head: bytes) -> bool:
    """Whether a file that begins so holds sentences; comments before them may stand."""
    return _SENTENCE.search(head) is not None


def read_nmea(path: Path) -> Contents:
    """What is whole in the log. Raises FileUnreadable."""
    return read_with(decode_log, path)
