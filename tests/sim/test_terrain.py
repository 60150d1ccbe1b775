"""Generated hills: they join, they look like hills, and real tiles are left alone."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.errors import TerrainError
from sim.world import relief, terrain

POSTS = relief.COARSE_POSTS


@cache
def tile(south: int, west: int, seed: int = 1):
    """Tiles cost a second each."""
    return relief.tile(south, west, seed, POSTS)


@pytest.mark.parametrize(
    ("first", "second", "edges"),
    [
        ((43, 131), (43, 130), lambda a, b: (a[:, 0], b[:, -1])),
        ((43, 131), (44, 131), lambda a, b: (a[0], b[-1])),
    ],
)
def test_tiles_join_at_their_borders(first, second, edges):
    here, there = (tile(*corner) for corner in (first, second))
    ours, theirs = edges(here, there)
    assert np.abs(ours.astype(int) - theirs).max() <= 1
    assert ours.std() > 30, "a flat border would join by itself"


def test_hills_rise_to_some_hundred_metres_with_slopes_and_a_sea(land: Path):
    heights = np.fromfile(land / "N43E131.hgt", ">i2").reshape(POSTS, POSTS).astype(float)
    assert 600 < heights.max() < 1300
    assert heights.min() == 0
    assert 0.03 < (heights == 0).mean() < 0.2
    north, east = np.gradient(heights, 92.6, 67.5)
    slope_deg = np.degrees(np.arctan(np.hypot(north, east)))[heights > 0]
    assert 4 < np.median(slope_deg) < 15


def test_valleys_drain(land: Path):
    heights = np.fromfile(land / "N43E131.hgt", ">i2").reshape(POSTS, POSTS)[::4, ::4].astype(int)
    centre = heights[1:-1, 1:-1]
    size = len(heights)
    around = [
        heights[1 + i : size - 1 + i, 1 + j : size - 1 + j]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if (i, j) != (0, 0)
    ]
    pits = (centre > 0) & np.all([centre < a for a in around], axis=0)
    assert pits.mean() < 0.02


def test_the_seed_decides(land: Path):
    made = np.fromfile(land / "N43E131.hgt", ">i2").reshape(POSTS, POSTS)
    assert np.array_equal(made, tile(43, 131))
    assert not np.array_equal(made, tile(43, 131, seed=2))


def test_full_resolution_keeps_the_coarse_posts_nearly():
    coarse = tile(43, 131).astype(int)
    fine = relief.tile(43, 131, seed=1, posts=3601).astype(int)
    assert np.abs(fine[::3, ::3] - coarse).max() <= 8


def test_an_existing_tile_is_never_touched(tmp_path: Path):
    real = b"\x01\x02" * (1201 * 1201)
    (tmp_path / "N43E131.hgt").write_bytes(real)
    assert not terrain.ensure_tile(tmp_path, "N43E131")
    assert (tmp_path / "N43E131.hgt").read_bytes() == real


def test_heights_are_bilinear_and_cross_tile_borders(tmp_path: Path):
    for west, value in ((131, 100), (132, 300)):
        flat = np.full((1201, 1201), value, ">i2")
        flat[:, 0 if west == 132 else -1] = 200
        flat.tofile(tmp_path / f"N43E{west}.hgt")
    ground = terrain.Ground(tmp_path)
    post = 1 / 1200
    lon = [131.5, 132 - post / 2, 132.0, 132 + post / 4, 132.5]
    heights = ground.height_m(np.full(5, 43.4), np.array(lon))
    assert heights == pytest.approx([100, 150, 200, 225, 300], abs=1e-6)
    assert [ground.height_at(43.4, x) for x in lon] == pytest.approx(list(heights), abs=1e-6)


@pytest.mark.parametrize(
    ("content", "words"), [(b"x" * 100, "100 bytes"), (None, "kedrovka-sim terrain")]
)
def test_a_bad_or_absent_tile_is_named(tmp_path: Path, content, words):
    if content is not None:
        (tmp_path / "S01W002.hgt").write_bytes(content)
    with pytest.raises(TerrainError, match=words) as caught:
        terrain.Ground(tmp_path).height_at(-0.5, -1.5)
    assert "S01W002.hgt" in str(caught.value)


@pytest.mark.parametrize("name", ["N43", "43E131", "N99E131", "N43E181", "../N43E131"])
def test_a_bad_tile_name_is_refused(name):
    with pytest.raises(TerrainError, match=r"tile name|outside"):
        terrain.tile_corner(name)
