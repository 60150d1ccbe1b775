"""Loggers with a SkyTraq Venus chip."""

from firmware_bridge.handheld.skytraq.memory import decode_memory, looks_like_memory
from firmware_bridge.handheld.skytraq.transfer import BAUDS, decode, download, erase, probe, restore

__all__ = [
    "BAUDS",
    "decode",
    "decode_memory",
    "download",
    "erase",
    "looks_like_memory",
    "probe",
    "restore",
]
