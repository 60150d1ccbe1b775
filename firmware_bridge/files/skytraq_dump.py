"""Dumps of a SkyTraq logger's flash; `handheld.skytraq` knows what is in them."""

from pathlib import Path

from firmware_bridge.files.source import read_with
from firmware_bridge.handheld.skytraq import decode_memory, looks_like_memory
from firmware_bridge.handheld.skytraq.frames import SECTOR
from firmware_bridge.tracks import Contents


def is_skytraq(head: bytes) -> bool:
    """Whether a file begins with a full item: weak, as the format has no mark of its own."""
    return looks_like_memory(head)


def read_skytraq(path: Path) -> Contents:
    """What is whole in the dump. Raises FileUnreadable."""
    return read_with(decode_memory, path, SECTOR)
