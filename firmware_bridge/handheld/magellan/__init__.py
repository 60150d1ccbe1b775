"""Magellan handhelds (GPS 315 to Meridian and SporTrak) over serial."""

from firmware_bridge.handheld.magellan.log import decode_log
from firmware_bridge.handheld.magellan.transfer import BAUDS, decode, download, probe

__all__ = ["BAUDS", "decode", "decode_log", "download", "probe"]
