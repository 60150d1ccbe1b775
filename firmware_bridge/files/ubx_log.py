"""Recorded answers of a u-blox receiver's log; `handheld.ublox` knows what is in them."""

import re
from pathlib import Path

from firmware_bridge.files.source import read_with
from firmware_bridge.handheld.ublox import decode_log
from firmware_bridge.tracks import Contents

_ENTRY = re.compile(rb"\xb5\x62\x21[\x0b\x0d\x0f]")


def is_ubx(head: bytes) -> bool:
    """Whether a file that begins so holds UBX-LOG-RETRIEVE frames; comments may stand before."""
    return _ENTRY.search(head) is not None


def read_ubx(path: Path) -> Contents:
    """What is whole in the recording. Raises FileUnreadable."""
    return read_with(decode_log, path)
