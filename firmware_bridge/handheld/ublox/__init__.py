"""u-blox receivers that log (UBX-LOG)."""

from firmware_bridge.handheld.ublox.log import decode_log
from firmware_bridge.handheld.ublox.transfer import BAUDS, decode, download, erase, probe, restore

__all__ = ["BAUDS", "decode", "decode_log", "download", "erase", "probe", "restore"]
