"""Rays against terrain: ours, a march of one metre, and cameratransform's plane, on one core.

The rays are pixels of a 640 x 512 camera (f 1122 px) 100 m above the ground on 16 headings. Truth
comes from neither: it walks each ray in steps of 0.25 m with the exact conversions, and halves
the first step that ends below ground until nothing is left of it. An error is the distance
between two points in space, over the rays that have a truth.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import figure, missing
from firmware_bridge.earth import (
    enu_to_geodetic,
    geoid_undulation_m,
    hae_from_amsl_m,
    metres_per_degree,
)
from firmware_bridge.terrain import Terrain, intersect
from firmware_bridge.terrain.tiles import tile_name

FloatArray = NDArray[np.float64]

CAMERA_M = 100.0
WIDTH, HEIGHT, FOCAL_PX = 640, 512, 1122
DEPRESSIONS_DEG = (80, 45, 20)
MAX_RANGE_M = 2000.0
CHECKED = 400
"""Rays whose truth is computed: a part of those that march, a part of all."""
MARCHED = 8000
REPEATS = 5
PEERS = Path(__file__).resolve().parents[1] / ".venv-peers" / "bin" / "python"
GENERATED = (44, 131)
"""South-west corner of the tile this benchmark makes for itself."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the camera stands over which terrain."""

    terrain: Terrain
    lat_deg: float
    lon_deg: float
    alt_amsl_m: float

    @property
    def origin_hae(self) -> tuple[float, float, float]:
        """Latitude, longitude, height above the ellipsoid."""
        hae_m = float(hae_from_amsl_m(self.lat_deg, self.lon_deg, self.alt_amsl_m))
        return self.lat_deg, self.lon_deg, hae_m

    def clearance_m(self, enu_m: FloatArray) -> FloatArray:
        """Height of (..., 3) points over the ground, exact."""
        lat, lon, hae = enu_to_geodetic(enu_m, *self.origin_hae)
        return hae - geoid_undulation_m(lat, lon) - self.terrain.height_amsl_m(lat, lon)


def run() -> None:
    """Figures over generated terrain, and over the real tile where it is present."""
    with tempfile.TemporaryDirectory(prefix="kedrovka-rays-") as folder:
        make_tile(Path(folder))
        _scene('generated 1" tile', scene(Terrain(Path(folder)), 44.47, 131.53))
    default = Path(__file__).resolve().parents[2] / "shared"
    real = Path(os.environ.get("KEDROVKA_SHARED", default)) / "data" / "geo" / "dem"
    if not (real / "N44W072.hgt").exists():
        missing(f"no real tile in {real} (set KEDROVKA_SHARED)")
        return
    _scene('White Mountains 3" tile', scene(Terrain(real), 44.3, -71.53))


def make_tile(folder: Path) -> None:
    """A 3601-post tile of ridges and valleys with the roughness of a 30 m surface model."""
    posts, random = 3601, np.random.default_rng(7)
    axis = np.arange(posts) * 30.0
    tile = np.full((posts, posts), 500.0, dtype=np.float32)
    for wavelength_m, height_m in ((9000, 180), (3700, 90), (1300, 35), (500, 12), (170, 4)):
        heading, phase = random.uniform(0, 2 * np.pi, 2)
        turn = 2 * np.pi / wavelength_m
        tile += (
            height_m
            * np.sin(turn * np.sin(heading) * axis[:, None] + phase)
            * np.cos(turn * np.cos(heading) * axis[None, :] - phase).astype(np.float32)
        )
    tile += random.normal(0, 1.5, tile.shape).astype(np.float32)
    tile.round().astype(">i2").tofile(folder / tile_name(*GENERATED))


def scene(terrain: Terrain, lat_deg: float, lon_deg: float) -> Scene:
    """A camera CAMERA_M above the ground."""
    ground_m = float(terrain.height_amsl_m(lat_deg, lon_deg))
    return Scene(terrain, lat_deg, lon_deg, ground_m + CAMERA_M)


def _scene(name: str, place: Scene) -> None:
    for depression_deg in DEPRESSIONS_DEG:
        directions = camera_directions(depression_deg)
        marched = np.linspace(0, len(directions) - 1, MARCHED).astype(int)
        checked = marched[:: MARCHED // CHECKED]
        truth = truth_m(place, directions[checked])
        where = f"{name}, {depression_deg} deg"
        rate, points = _timed(_ours, place, directions)
        wanted = ">= 0.4 M rays/s" if depression_deg == 45 else ""
        figure(f"{where}: kedrovka", _line(rate, points[checked], truth), wanted)
        few_rate, _ = _timed(_ours, place, directions[checked[:64]])
        figure(f"{where}: kedrovka, 64 rays", f"{64 / few_rate * 1e3:.1f} ms")
        march_rate, points = _timed(march_m, place, directions[marched], repeats=1)
        figure(
            f"{where}: march of 1 m",
            _line(march_rate, points[:: MARCHED // CHECKED], truth),
            _ratio(rate, march_rate),
        )
        try:
            points, plane_rate = _cameratransform(depression_deg, directions)
        except (OSError, subprocess.SubprocessError) as error:
            missing(f"{where}: cameratransform: {error}")
            continue
        value = _line(plane_rate, points[checked], truth)
        figure(f"{where}: cameratransform, plane", value, _ratio(rate, plane_rate))


def camera_directions(depression_deg: float) -> FloatArray:
    """(N, 3) unit ENU of the pixels that `peer_cameratransform` casts, in its order."""
    u, v = np.meshgrid(np.linspace(0, WIDTH - 1, 80), np.linspace(0, HEIGHT - 1, 80))
    right, down = (u.ravel() - WIDTH / 2) / FOCAL_PX, (v.ravel() - HEIGHT / 2) / FOCAL_PX
    sine, cosine = np.sin(np.radians(depression_deg)), np.cos(np.radians(depression_deg))
    ahead, up = cosine - down * sine, -sine - down * cosine
    turns = np.radians(np.arange(0, 360, 22.5))[:, None]
    east = ahead * np.sin(turns) + right * np.cos(turns)
    north = ahead * np.cos(turns) - right * np.sin(turns)
    rays = np.stack([east, north, np.broadcast_to(up, east.shape)], axis=-1).reshape(-1, 3)
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))


def _ratio(ours: float, theirs: float) -> str:
    return f"ours is {ours / theirs:.2g} times as fast"


def _timed(
    cast: Callable[[Scene, FloatArray], FloatArray],
    place: Scene,
    directions: FloatArray,
    repeats: int = REPEATS,
) -> tuple[float, FloatArray]:
    """Rays a second of the best run, and what it gave."""
    best = np.inf
    for _ in range(repeats):
        started = time.perf_counter()
        points = cast(place, directions)
        best = min(best, time.perf_counter() - started)
    return len(directions) / best, points


def _line(rate: float, points: FloatArray, truth: FloatArray) -> str:
    """Rate, lost rays, and error quantiles against (N, 3) truth."""
    real = np.isfinite(truth[:, 0])
    errors = np.linalg.norm(points[real] - truth[real], axis=1)
    lost = int(np.isnan(errors).sum())
    p50, p90, worst = (
        np.nanpercentile(errors, (50, 90, 100)) if lost < errors.size else [np.nan] * 3
    )
    return (
        f"{rate / 1e6:.4f} M rays/s  p50 {p50:.2g} p90 {p90:.2g} max {worst:.2g} m"
        f"  lost {lost}/{int(real.sum())}"
    )


def _ours(place: Scene, directions: FloatArray) -> FloatArray:
    hits = intersect(
        place.terrain, place.lat_deg, place.lon_deg, place.alt_amsl_m, directions, MAX_RANGE_M
    )
    # The range lies on the ray itself: this is where the figure's points come from.
    return directions * hits.range_m[:, None]


def truth_m(place: Scene, directions: FloatArray) -> FloatArray:
    """(N, 3) ENU metres of the first meeting, NaN for none, by exact small steps."""
    step_m, count = 0.25, len(directions)
    near, far = np.zeros(count), np.full(count, np.nan)
    going = np.arange(count)
    for first_m in np.arange(0, MAX_RANGE_M, 16 * step_m):
        ranges = first_m + step_m * np.arange(1, 17)
        under = place.clearance_m(directions[going, None, :] * ranges[None, :, None]) < 0
        struck = under.any(axis=1)
        far[going[struck]] = ranges[under[struck].argmax(axis=1)]
        going = going[~struck]
    near = far - step_m
    for _ in range(40):
        middle = (near + far) / 2
        under = place.clearance_m(directions * middle[:, None]) < 0
        near, far = np.where(under, near, middle), np.where(under, middle, far)
    points: FloatArray = directions * far[:, None]
    return points


def march_m(place: Scene, directions: FloatArray) -> FloatArray:
    """(N, 3) the first point below ground in steps of one metre on a flat earth, in lock step."""
    east_m, north_m = metres_per_degree(place.lat_deg)
    found = np.full((len(directions), 3), np.nan)
    going = np.arange(len(directions))
    for range_m in np.arange(1.0, MAX_RANGE_M, 1.0):
        points = directions[going] * range_m
        ground = place.terrain.height_amsl_m(
            place.lat_deg + points[:, 1] / north_m, place.lon_deg + points[:, 0] / east_m
        )
        under = place.alt_amsl_m + points[:, 2] < ground
        found[going[under]] = points[under]
        going = going[~under]
        if not going.size:
            break
    return found


def _cameratransform(depression_deg: float, directions: FloatArray) -> tuple[FloatArray, float]:
    """The peer's points and its rays a second; raises where its rays are not ours."""
    script = Path(__file__).with_name("peer_cameratransform.py")
    if not PEERS.exists():
        raise FileNotFoundError(f"{PEERS} absent: `make bench` installs the peers")
    with tempfile.TemporaryDirectory(prefix="kedrovka-peer-") as folder:
        out = Path(folder) / "rays.npz"
        command: list[str | Path] = [PEERS, script, str(depression_deg), str(CAMERA_M), out]
        subprocess.run(command, check=True, timeout=120, stdout=sys.stderr)
        with np.load(out) as data:
            if not np.allclose(data["directions"], directions, atol=1e-9):
                raise ValueError("cameratransform casts other rays than this benchmark")
            return data["points"], len(directions) / float(data["seconds"])
