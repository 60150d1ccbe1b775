"""Pixel to ground against synthetic exact cases, through the product's own pose, lens and locator.

    python -m benchmarks.golden rays_N44W072.csv rays_slc_cop30.csv --dem FOLDER

Each case was made backwards: a ground point was chosen on the bilinear surface of a DEM, and
projected forward into a distorted picture. Its DEM is a .hgt tile or a GeoTIFF clip in FOLDER,
whose numbers the vectors take as EGM96. Errors are three-dimensional.
"""

import argparse
import csv
import math
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import figure, missing
from firmware_bridge.earth import geodetic_to_enu, hae_from_amsl_m
from firmware_bridge.errors import BridgeError, ProtocolError, TerrainError
from firmware_bridge.messages import (
    AttitudeSample,
    GimbalSample,
    GroundFix,
    Pose,
    PositionSample,
    YawFrame,
)
from firmware_bridge.terrain import Terrain
from firmware_bridge.terrain.geotiff import Datum, read_geotiff
from onboard.locate import Locator, Mounting
from onboard.locate.lens import Lens
from onboard.locate.pose import NoPose, PoseBuffer
from onboard.locate.rotation import from_euler

Case = dict[str, str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line a file; 1 when a case was lost, 2 when a file cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.golden", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.csv")
    parser.add_argument("--dem", required=True, type=Path, help="folder with the DEMs they name")
    options = parser.parse_args(arguments)
    lost = 0
    try:
        for file in options.files:
            errors = errors_m(file, options.dem)
            lost += int(np.isnan(errors).sum())
            print(f"{file.name}: {summary(errors)}")
    except (BridgeError, OSError, UnicodeDecodeError, csv.Error) as error:
        print(f"golden: {error}", file=sys.stderr)
        return 2
    return 1 if lost else 0


def summary(errors: NDArray[np.float64]) -> str:
    """count, lost, p50_m, p99_m, max_m of (N,) errors, NaN where the case was lost."""
    found = errors[~np.isnan(errors)]
    p50, p99, largest = (
        (*np.percentile(found, (50, 99)), found.max()) if found.size else (math.nan,) * 3
    )
    lost = errors.size - found.size
    return f"count {errors.size} lost {lost} p50_m {p50:.4f} p99_m {p99:.4f} max_m {largest:.4f}"


def errors_m(file: Path, dem_folder: Path) -> NDArray[np.float64]:
    """(N,) distance in metres between each case's answer and its truth, NaN for no answer."""
    errors = []
    with file.open(newline="") as stream:
        for line, case in enumerate(csv.DictReader(stream), start=2):
            try:
                errors.append(_error_m(case, dem_folder))
            except (KeyError, TypeError, ValueError, TerrainError) as error:
                raise ProtocolError(f"{file}, line {line}: {error!r}") from error
    return np.array(errors)


def _error_m(case: Case, dem_folder: Path) -> float:
    fix = locate(case, terrain(dem_folder / case["dem"]))
    if fix is None:
        return math.nan
    lat, lon, alt = (float(case[f"expect_{name}"]) for name in ("lat", "lon", "alt_amsl"))
    truth_hae_m = float(hae_from_amsl_m(lat, lon, alt))
    fix_hae_m = hae_from_amsl_m(fix.lat_deg, fix.lon_deg, fix.alt_amsl_m)
    offset = geodetic_to_enu(fix.lat_deg, fix.lon_deg, fix_hae_m, lat, lon, truth_hae_m)
    return float(np.linalg.norm(offset))


@cache
def terrain(dem: Path) -> Terrain:
    """A tile's whole folder, or one clip by itself."""
    if not dem.is_file():
        raise TerrainError(f"{dem}: no such DEM")
    if dem.suffix == ".hgt":
        return Terrain(dem.parent)
    return Terrain(grids=[read_geotiff(dem, datum=Datum.EGM96)])


def locate(case: Case, ground: Terrain) -> GroundFix | None:
    """The product's answer to one case."""
    lever = tuple(float(case[name]) for name in ("lever_x_fwd", "lever_y_right", "lever_z_down"))
    locator = Locator(ground, _lens(case), Mounting(lever_frd_m=(lever[0], lever[1], lever[2])))
    view = locator.locate(pose(case), float(case["px_u"]), float(case["px_v"]))[0]
    return view.fix


def _lens(case: Case) -> Lens:
    names = ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3")
    optics = [float(case[name]) for name in names]
    return Lens(int(case["width"]), int(case["height"]), *optics)


def pose(case: Case) -> Pose:
    """The pose the buffer gives for one instant between two equal samples."""
    buffer = PoseBuffer()
    for time_s in (0.0, 0.1):
        for sample in _samples(case, time_s):
            buffer.add(sample)
    answer = buffer.at(0.05)
    if isinstance(answer, NoPose):
        raise ValueError(f"no pose: {answer.reason}")
    return answer


def _samples(case: Case, time_s: float) -> Iterator[AttitudeSample | GimbalSample | PositionSample]:
    vehicle = [math.radians(float(case[f"veh_{axis}_deg"])) for axis in ("yaw", "pitch", "roll")]
    gimbal = [
        math.radians(float(case[f"gimbal_{axis}_deg"]))
        for axis in ("yaw_vehicle_frame", "pitch", "roll")
    ]
    yield AttitudeSample(time_s, from_euler(*vehicle), 0.0)
    yield GimbalSample(time_s, from_euler(*gimbal), YawFrame.VEHICLE, 0.0)
    lat, lon, alt = (float(case[f"veh_{name}"]) for name in ("lat", "lon", "alt_amsl_egm96"))
    yield PositionSample(time_s, lat, lon, alt, 0.0, (0.0, 0.0, 0.0), 0.0)


def run() -> None:
    """The shared vectors, as part of `make bench`."""
    default = Path(__file__).resolve().parents[2] / "shared"
    geo = Path(os.environ.get("KEDROVKA_SHARED", default)) / "data" / "geo"
    files = sorted((geo / "golden").glob("rays_*.csv"))
    if not files:
        missing(f"no golden vectors in {geo / 'golden'} (set KEDROVKA_SHARED)")
    for file in files:
        figure(file.name, summary(errors_m(file, geo / "dem")), "p50 <= 0.005, p99 <= 0.25, lost 0")


if __name__ == "__main__":
    sys.exit(main())
