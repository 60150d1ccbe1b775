"""Which points of a stored track are a leg's way, and which steps of it count: two bits a point.

    ceil(n / 8) bytes   points on the way: neither outside the leg's times nor marked by clean-up
    ceil(n / 8) bytes   points to which a step leads that counts (`patrol.merge`)

over all n points of the track's segments, highest bit first. Kept beside a raid's track when it is
filed: a raster of ten years then reads what was found out once.
"""

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


def pack_counted(on_way: BoolArray, counted: BoolArray) -> bytes:
    """The bytes for (N,) and (N,) of all the track's points in order."""
    return np.packbits(on_way).tobytes() + np.packbits(counted).tobytes()


def unpack_counted(blob: bytes, points: int) -> tuple[BoolArray, BoolArray]:
    """On the way (N,) and counted (N,); ValueError when they are not of so many points."""
    size = (points + 7) // 8
    if len(blob) != 2 * size:
        raise ValueError(f"{len(blob)} bytes for {points} points, {2 * size} expected")
    bits = np.frombuffer(blob, np.uint8).reshape(2, size)
    on_way, counted = np.unpackbits(bits, axis=1, count=points).astype(bool)
    return on_way, counted
