"""CPU time of the detector on one core: real day heath and a made night scene with ten targets."""

import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from onboard.detect import Detector

_REPEATS = 60
_SHAPE = (512, 640)

Kelvin = NDArray[np.float32]


def night_scene(seed: int = 1) -> Kelvin:
    """(512, 640) kelvin: texture, fixed pattern noise, five fires and five warm bodies."""
    rng = np.random.default_rng(seed)
    ground = cv2.resize(rng.normal(0, 1.0, (16, 20)), _SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
    noise = rng.normal(0, 0.08, _SHAPE) + rng.normal(0, 0.05, (_SHAPE[0], 1))
    image = (283.0 + ground + noise).astype(np.float32)
    for i in range(5):
        image[50 + i * 80 : 54 + i * 80, 100:104] = 500.0
        image[50 + i * 80 : 60 + i * 80, 400:405] += 12.0
    return image


def clutter_scene(seed: int = 2) -> Kelvin:
    """(512, 640) kelvin: a summer day whose ground varies by tens of kelvin at every size."""
    rng = np.random.default_rng(seed)
    image = np.full(_SHAPE, 308.0)
    for cell, sigma in ((64, 5.0), (16, 4.0), (4, 3.0)):
        grid = rng.normal(0, sigma, (_SHAPE[0] // cell, _SHAPE[1] // cell))
        image += cv2.resize(grid, _SHAPE[::-1], interpolation=cv2.INTER_LINEAR)
    return image.astype(np.float32)


def median_ms(work: Callable[[], object]) -> tuple[float, float]:
    """Median and 95th percentile of CPU milliseconds: robust to other load on the machine."""
    times = []
    work()
    for _ in range(_REPEATS):
        start = time.process_time()
        work()
        times.append(1e3 * (time.process_time() - start))
    return float(np.median(times)), float(np.percentile(times, 95))


def run() -> None:
    """Print one line a scene."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        detector = Detector()
        for name, image in (("night, 10 targets", night_scene()), ("day clutter", clutter_scene())):
            counts = np.round(image * 100).astype(np.uint16)
            for kind, kelvin in (("kelvin", image), ("raw counts", None)):
                middle, late = median_ms(partial(detector.detect, kelvin, counts))
                print(f"  640x512 {name:18s} {kind:10s} {middle:5.1f} ms, p95 {late:5.1f} ms")
    finally:
        cv2.setNumThreads(threads)


if __name__ == "__main__":
    run()
