"""Dumps of an MTK logger's flash; `handheld.mtk` knows what is in them."""

from pathlib import Path

from firmware_bridge.files.source import read_with
from firmware_bridge.handheld.mtk import decode_memory, looks_like_memory
from firmware_bridge.tracks import Contents

BLOCK_BYTES = 512
"""The header of a sector is as long, and no program asks for less."""


def is_mtk(head: bytes) -> bool:
    """Whether a file begins with the header of a used sector."""
    return looks_like_memory(head)


def read_mtk(path: Path) -> Contents:
    """What is whole in the dump. Raises FileUnreadable."""
    return read_with(decode_memory, path, BLOCK_BYTES)
