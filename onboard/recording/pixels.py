"""Pixels packed for the recording, without loss and at little cost.

uint16: difference to the left neighbour, zigzag, low and high bytes apart, deflate with runs
only. Of eleven ways measured on real frames this one was best in ratio and CPU time together: on
DJI counts of 640x512 ratio 4.1 in 5.4 ms, against 3.1 in 5.7 ms for row differences with zlib
level 1 and 2.7 in 11.7 ms for PNG level 1; on Lepton frames 3.3 in 0.19 ms against 2.3 in 0.63 ms
for PNG; on burns in centikelvin 2.9 in 7.3 ms against 2.4 in 11.9 ms.
"""

import zlib
from typing import Any

import numpy as np

from firmware_bridge.errors import ProtocolError
from onboard.camera.frame import Pixels


def pack_pixels(pixels: Pixels) -> bytes:
    """Compress (H, W) uint16, uint8 or float32 without loss."""
    if pixels.dtype == np.uint16:
        return _deflate(_zigzag_planes(np.ascontiguousarray(pixels, dtype=np.uint16)))
    return zlib.compress(np.ascontiguousarray(pixels).tobytes(), 1)


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    return packer.compress(data) + packer.flush()


def _zigzag_planes(pixels: np.ndarray[Any, np.dtype[np.uint16]]) -> bytes:
    delta = pixels.copy()
    delta[:, 1:] -= pixels[:, :-1]
    signed = delta.view(np.int16)
    zigzag = ((signed << 1) ^ (signed >> 15)).view(np.uint8)
    return np.ascontiguousarray(zigzag.reshape(-1, 2).T).tobytes()


def unpack_pixels(packed: bytes, width: int, height: int, dtype: str) -> Pixels:
    """(H, W) pixels again; raises ProtocolError on a size or type that does not fit."""
    if dtype not in ("uint16", "uint8", "float32"):
        raise ProtocolError(f"recorded pixels of type {dtype!r:.40}")
    size = width * height * np.dtype(dtype).itemsize
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(packed, size + 1)
    except zlib.error as error:
        raise ProtocolError(f"recorded pixels do not unpack: {error}") from error
    if len(raw) != size:
        raise ProtocolError(f"recorded pixels: {len(raw)} bytes or more, {size} wanted")
    if dtype != "uint16":
        pixels: Pixels = np.frombuffer(raw, dtype).reshape(height, width)
        return pixels
    planes = np.frombuffer(raw, np.uint8).reshape(2, -1)
    zigzag = planes[0] | planes[1].astype(np.uint16) << 8
    delta = (zigzag >> 1) ^ (0 - (zigzag & 1)).astype(np.uint16)
    return np.cumsum(delta.reshape(height, width), axis=1, dtype=np.uint16)
