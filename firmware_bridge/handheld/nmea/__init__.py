"""NMEA 0183 as a track: live from a port (`probe`, `record`) or from a log (`decode_log`)."""

from firmware_bridge.handheld.nmea.epochs import decode_log
from firmware_bridge.handheld.nmea.live import BAUDS, decode, download, probe, record

__all__ = ["BAUDS", "decode", "decode_log", "download", "probe", "record"]
