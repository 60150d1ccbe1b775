"""Kilometres of each patrol by ecoscope, run by the peers' own interpreter.

    .venv-peers/bin/python benchmarks/peer_ecoscope.py FILE.npz

The file holds `raid`, `time_us`, `lat_deg`, `lon_deg` (N,). Prints the seconds ecoscope took from
points to kilometres by patrol, the sum, and the points; nothing of reading the file is in them.
"""

import sys
import time
import warnings
from pathlib import Path

import geopandas
import numpy as np
import pandas
from ecoscope.base import Relocations, Trajectory


def patrols_km(points: geopandas.GeoDataFrame) -> "pandas.Series[float]":
    """As ecoscope's own patrol notebooks do it: relocations, trajectory, sum by patrol."""
    relocations = Relocations.from_gdf(points, groupby_col="raid", time_col="time")
    trajectory = Trajectory.from_relocations(relocations)
    return trajectory.groupby("groupby_col")["dist_meters"].sum() / 1000


def main(path: Path) -> None:
    """Measure one file."""
    warnings.filterwarnings("ignore")
    data = np.load(path)
    places = geopandas.points_from_xy(data["lon_deg"], data["lat_deg"])
    times = pandas.to_datetime(data["time_us"], unit="us", utc=True)
    frame = {"raid": data["raid"], "time": times}
    points = geopandas.GeoDataFrame(frame, geometry=places, crs=4326)
    started = time.perf_counter()
    km = patrols_km(points)
    print(time.perf_counter() - started, km.sum(), len(points))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
