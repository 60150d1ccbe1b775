"""Rays of a level-ground camera by cameratransform, run by the peers' own interpreter.

    .venv-peers/bin/python benchmarks/peer_cameratransform.py DEPRESSION_DEG HEIGHT_M OUT.npz

Writes `directions` (N, 3) unit ENU, `points` (N, 3) ENU metres from the camera on the plane
HEIGHT_M below it (NaN for none), and `seconds`, the time the points took.
"""

import sys
import time

import cameratransform
import numpy as np

WIDTH, HEIGHT, FOCAL_PX = 640, 512, 1122
HEADINGS_DEG = np.arange(0, 360, 22.5)
PIXELS = np.stack(
    np.meshgrid(np.linspace(0, WIDTH - 1, 80), np.linspace(0, HEIGHT - 1, 80)), axis=-1
).reshape(-1, 2)


def main(depression_deg: float, height_m: float, out: str) -> None:
    """Cast all pixels of all headings onto the plane."""
    directions, points, seconds = [], [], 0.0
    for heading_deg in HEADINGS_DEG:
        camera = cameratransform.Camera(
            cameratransform.RectilinearProjection(focallength_px=FOCAL_PX, image=(WIDTH, HEIGHT)),
            cameratransform.SpatialOrientation(
                elevation_m=height_m, tilt_deg=90 - depression_deg, heading_deg=heading_deg
            ),
        )
        started = time.perf_counter()
        points.append(camera.spaceFromImage(PIXELS, Z=0) - (0, 0, height_m))
        seconds += time.perf_counter() - started
        directions.append(camera.getRay(PIXELS, normed=True)[1])
    np.savez(
        out, directions=np.vstack(directions), points=np.vstack(points), seconds=np.array(seconds)
    )


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
