"""Recorded sentences of a Magellan handheld; `handheld.magellan` knows what is in them."""

import re
from pathlib import Path

from firmware_bridge.files.source import read_with
from firmware_bridge.handheld.magellan import decode_log
from firmware_bridge.tracks import Contents

_SENTENCE = re.compile(rb"(?:\A|[\r\n\0])\$PMGN(?:TRK|WPL|RTE|CMD|VER),")


def is_magellan(head: bytes) -> bool:
    """Whether a file that begins so holds Magellan's own sentences."""
    return _SENTENCE.search(head) is not None


def read_magellan(path: Path) -> Contents:
    """What is whole in the recording. Raises FileUnreadable."""
    return read_with(decode_log, path)
