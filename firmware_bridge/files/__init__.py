"""Readers for what GPS units leave on disk; each salvages what is whole.

A reader never fails on what a file contains: it returns the points that are whole, and a flaw
with its offset for everything that is not. Only a path that cannot be opened raises.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware_bridge.files.capture_file import read_capture_file
from firmware_bridge.files.fit import is_fit, read_fit
from firmware_bridge.files.gpx import is_gpx, read_gpx
from firmware_bridge.files.magellan_log import is_magellan, read_magellan
from firmware_bridge.files.mtk_dump import is_mtk, read_mtk
from firmware_bridge.files.nmea_log import is_nmea, read_nmea
from firmware_bridge.files.skytraq_dump import is_skytraq, read_skytraq
from firmware_bridge.files.source import FileUnreadable, Flaws, read_bytes
from firmware_bridge.files.ubx_log import is_ubx, read_ubx
from firmware_bridge.handheld.capture import is_capture
from firmware_bridge.tracks import Contents

__all__ = ["READERS", "FileUnreadable", "Reader", "read_file"]

HEAD_BYTES = 8192
"""From these alone a file is recognised."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One file format."""

    title: str
    recognises: Callable[[bytes], bool]
    """From the file's first HEAD_BYTES."""
    read: Callable[[Path], Contents]


READERS: dict[str, Reader] = {
    "capture": Reader("Kedrovka's raw capture of a unit", is_capture, read_capture_file),
    "fit": Reader("Garmin FIT", is_fit, read_fit),
    "gpx": Reader("GPX", is_gpx, read_gpx),
    "mtk": Reader("MTK logger dump", is_mtk, read_mtk),
    "ublox": Reader("u-blox log", is_ubx, read_ubx),
    "magellan": Reader("Magellan sentences", is_magellan, read_magellan),
    "nmea": Reader("NMEA 0183 log", is_nmea, read_nmea),
    "skytraq": Reader("SkyTraq logger dump", is_skytraq, read_skytraq),
}
"""In the order they are asked: first those with an unmistakable beginning."""


def read_file(path: Path) -> Contents:
    """What is whole in the file, whatever its name. Raises FileUnreadable.

    A file that no reader recognises has the format `unknown` and a flaw that says so.
    """
    head = read_bytes(path, Flaws(), HEAD_BYTES)
    for reader in READERS.values():
        if reader.recognises(head):
            return reader.read(path)
    flaws = Flaws()
    flaws.add(0, f"{path}: nothing a GPS unit writes begins like {head[:16]!r}")
    return Contents("unknown", None, [], [], flaws.listed())
