"""MTK loggers (iBlue 747, Qstarz BT-Q1000, Holux M-241, ...)."""

from firmware_bridge.handheld.mtk.decode import decode_memory
from firmware_bridge.handheld.mtk.memory import looks_like_memory
from firmware_bridge.handheld.mtk.transfer import BAUDS, decode, download, erase, image_of, probe

__all__ = [
    "BAUDS",
    "decode",
    "decode_memory",
    "download",
    "erase",
    "image_of",
    "looks_like_memory",
    "probe",
]
