"""Uncached map tiles a second on one core, by zoom.

    python -m benchmarks.basemap [--terrain FOLDER]

Without a folder a generated degree square of 1201 x 1201 posts is rendered.
"""

import argparse
import math
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from benchmarks.report import figure, machine
from firmware_bridge.terrain import Terrain
from groundstation.basemap.render import render

ZOOMS = (8, 10, 12, 14, 16)
SIDE = 4
TARGET_PER_S = 12


def generated(folder: Path) -> None:
    """Ridges and valleys of several sizes, N43E131."""
    down, across = np.indices((1201, 1201)) / 1200
    heights = 500 + sum(
        (300 / n) * np.sin(17 * n * down + n) * np.cos(23 * n * across + 5 * down * n)
        for n in (1, 2, 4, 8)
    )
    (folder / "N43E131.hgt").write_bytes(np.asarray(heights).astype(">i2").tobytes())


def middle(folder: Path) -> tuple[float, float]:
    """Centre of the first tile of the folder, by its name."""
    name = min(folder.glob("*.hgt")).stem
    lat = int(name[1:3]) * (-1 if name[0] == "S" else 1)
    lon = int(name[4:7]) * (-1 if name[3] == "W" else 1)
    return lat + 0.5, lon + 0.5


def measure(terrain: Terrain, z: int, lat_deg: float, lon_deg: float) -> tuple[float, float]:
    """Tiles a second of processor time, and kilobytes a tile."""
    x = int((lon_deg + 180) / 360 * 2**z) - SIDE // 2
    y = int((1 - math.asinh(math.tan(math.radians(lat_deg))) / math.pi) / 2 * 2**z) - SIDE // 2
    began_s, size = time.process_time(), 0
    for index in range(SIDE * SIDE):
        size += len(render(terrain, z, x + index % SIDE, y + index // SIDE))
    return SIDE * SIDE / (time.process_time() - began_s), size / SIDE**2 / 1000


def run(folder: Path | None = None) -> None:
    """Print the figures."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="kedrovka-basemap-") as scratch:
        if folder is None:
            folder = Path(scratch)
            generated(folder)
        place, terrain = middle(folder), Terrain(folder, max_open=64)
        for z in ZOOMS:
            rate, size = measure(terrain, z, *place)
            told = f"{rate:.0f} tiles/s, {size:.0f} kB each"
            figure(f"uncached map tiles on one core, zoom {z}", told, f">= {TARGET_PER_S}/s")
    cv2.setNumThreads(threads)


def main() -> int:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--terrain", type=Path)
    print(machine())
    run(parser.parse_args().terrain)
    return 0


if __name__ == "__main__":
    sys.exit(main())
