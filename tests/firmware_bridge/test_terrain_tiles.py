"""Elevation tiles: where their posts lie, what is missing or broken, and what stays open."""

import logging
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.errors import TerrainError
from firmware_bridge.terrain import Grid, Terrain
from firmware_bridge.terrain.tiles import tile_name

POSTS = 1201


def write_tile(
    folder: Path, south: int, west: int, heights: np.ndarray | int = 0, posts: int = POSTS
) -> Path:
    """An .hgt file of 1201 or 3601 posts."""
    path = folder / tile_name(south, west)
    np.broadcast_to(np.asarray(heights), (posts, posts)).astype(">i2").tofile(path)
    return path


@pytest.mark.parametrize(
    ("south", "west", "name"),
    [
        (44, 131, "N44E131.hgt"),
        (0, 0, "N00E000.hgt"),
        (-2, -72, "S02W072.hgt"),
        (44, -180, "N44W180.hgt"),
    ],
)
def test_tile_is_named_after_its_south_west_corner(south: int, west: int, name: str) -> None:
    assert tile_name(south, west) == name


@pytest.mark.parametrize("posts", [1201, 3601])
def test_post_lies_on_the_pixel_centre(tmp_path: Path, posts: int) -> None:
    """Half a pixel off, the peak would read 50 here and 50 half a pixel beside it."""
    heights = np.zeros((posts, posts))
    heights[300, 600] = 100
    write_tile(tmp_path, 44, 131, heights, posts)
    step = 1 / (posts - 1)
    lat, lon = 45 - 300 * step, 131 + 600 * step
    terrain = Terrain(tmp_path)
    assert terrain.height_amsl_m(lat, lon) == pytest.approx(100, abs=1e-6)
    for beside in ((lat + step / 2, lon), (lat, lon - step / 2)):
        assert terrain.height_amsl_m(*beside) == pytest.approx(50, abs=1e-6)
    assert terrain.height_amsl_m(lat + step / 2, lon + step / 2) == pytest.approx(25, abs=1e-6)


def test_posts_are_big_endian(tmp_path: Path) -> None:
    (tmp_path / "N44E131.hgt").write_bytes(b"\x01\x02" * POSTS * POSTS)
    assert Terrain(tmp_path).height_amsl_m(44.3, 131.3) == pytest.approx(0x0102)


def test_void_is_nan_around_it_and_nowhere_else(tmp_path: Path) -> None:
    heights = np.full((POSTS, POSTS), 7)
    heights[600, 600] = -32768
    write_tile(tmp_path, 44, 131, heights)
    terrain, step = Terrain(tmp_path), 1 / 1200
    assert np.isnan(terrain.height_amsl_m(44.5 + 0.4 * step, 131.5 + 0.4 * step))
    assert terrain.height_amsl_m(44.5 + 1.1 * step, 131.5) == 7


def test_missing_tile_is_an_answer(tmp_path: Path) -> None:
    write_tile(tmp_path, 44, 131, 5)
    heights = Terrain(tmp_path).height_amsl_m([44.5, 45.5, 44.5], [131.5, 131.5, 130.5])
    np.testing.assert_array_equal(heights, [5, np.nan, np.nan])


@pytest.mark.parametrize("lat_deg", [90.5, np.nan, np.inf])
def test_place_that_does_not_exist_has_no_height(tmp_path: Path, lat_deg: float) -> None:
    assert np.isnan(Terrain(tmp_path).height_amsl_m(lat_deg, 131.0))


def test_neighbours_share_their_edge(tmp_path: Path) -> None:
    ramp = np.arange(POSTS)
    write_tile(tmp_path, 44, 131, ramp[None, :])
    write_tile(tmp_path, 44, 132, ramp[None, :] + 1200)
    terrain = Terrain(tmp_path)
    near = 1e-9
    heights = terrain.height_amsl_m(44.5, [132 - near, 132.0, 132 + near])
    np.testing.assert_allclose(heights, 1200, atol=1e-4)


@pytest.mark.parametrize(
    ("lat", "lon"), [(45.0, 131.5), (44.0, 131.5), (44.5, 132.0), (44.5, 131.0), (45.0, 132.0)]
)
def test_edge_of_a_lone_tile_is_known(tmp_path: Path, lat: float, lon: float) -> None:
    write_tile(tmp_path, 44, 131, 9)
    assert Terrain(tmp_path).height_amsl_m(lat, lon) == 9


def test_antimeridian_is_no_border(tmp_path: Path) -> None:
    write_tile(tmp_path, 65, 179, 3)
    heights = Terrain(tmp_path).height_amsl_m(65.5, [180.0, -180.0, 179.9, -179.9])
    np.testing.assert_array_equal(heights, [3, 3, 3, np.nan])


def test_pole_belongs_to_the_last_tile(tmp_path: Path) -> None:
    write_tile(tmp_path, 89, 10, 4)
    assert Terrain(tmp_path).height_amsl_m(90.0, 10.5) == 4


def test_wrong_size_is_named_once_and_then_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "N44E131.hgt"
    path.write_bytes(b"\0" * 1000)
    terrain = Terrain(tmp_path)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert np.isnan(terrain.height_amsl_m(44.5, 131.5))
    assert len(caplog.records) == 1
    assert str(path) in caplog.text
    assert "1000 bytes" in caplog.text
    assert list(terrain.problems) == ["N44E131.hgt"]


def test_check_raises_on_a_wrong_size(tmp_path: Path) -> None:
    write_tile(tmp_path, 44, 130)
    Terrain(tmp_path).check()
    (tmp_path / "N44E131.hgt").write_bytes(b"\0" * 1000)
    with pytest.raises(TerrainError, match=r"N44E131\.hgt: 1000 bytes"):
        Terrain(tmp_path).check()


@pytest.mark.parametrize(
    "name", ["n44e131.hgt", "N44E131.HGT", "N44E131.SRTMGL1.hgt", "44_131.hgt"]
)
def test_check_names_a_tile_that_no_flight_would_find(tmp_path: Path, name: str) -> None:
    write_tile(tmp_path, 44, 131).rename(tmp_path / name)
    with pytest.raises(TerrainError, match=rf"{name}: .*N44E131\.hgt"):
        Terrain(tmp_path).check()


def test_check_names_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "N44E131.hgt").symlink_to(tmp_path / "unplugged")
    with pytest.raises(TerrainError, match=r"N44E131\.hgt: No such file"):
        Terrain(tmp_path).check()


def test_a_folder_that_cannot_be_looked_into_is_a_place_without_data(tmp_path: Path) -> None:
    terrain = Terrain(tmp_path / ("x" * 300))
    assert np.isnan(terrain.height_amsl_m(44.5, 131.5))
    assert list(terrain.problems) == ["N44E131.hgt"]


def test_check_raises_on_an_absent_folder(tmp_path: Path) -> None:
    with pytest.raises(TerrainError, match="nowhere: no such folder"):
        Terrain(tmp_path / "nowhere").check()


def test_tile_that_arrives_later_is_used(tmp_path: Path) -> None:
    terrain = Terrain(tmp_path)
    assert np.isnan(terrain.height_amsl_m(44.5, 131.5))
    write_tile(tmp_path, 44, 131, 8)
    assert terrain.height_amsl_m(44.5, 131.5) == 8


def test_open_tiles_are_bounded_and_the_oldest_goes_first(tmp_path: Path) -> None:
    for west in (130, 131, 132):
        write_tile(tmp_path, 44, west, west)
    terrain = Terrain(tmp_path, max_open=2)
    for lon in (130.5, 131.5, 130.5, 132.5):
        assert terrain.height_amsl_m(44.5, lon) == int(lon)
    assert terrain.open_tiles == ("N44E130.hgt", "N44E132.hgt")


def test_tile_is_mapped_not_read(tmp_path: Path) -> None:
    write_tile(tmp_path, 44, 131, posts=3601)
    grid = Terrain(tmp_path).tile(44, 131)
    assert grid is not None
    assert isinstance(grid.posts.base, np.memmap)
    assert grid.posts.dtype == np.dtype(">i2")


def test_loose_grid_comes_before_the_tiles(tmp_path: Path) -> None:
    write_tile(tmp_path, 44, 131, 1)
    clip = Grid(np.full((11, 11), 2, dtype=np.float32), 44.6, 131.4, 0.01, 0.01)
    heights = Terrain(tmp_path, grids=[clip]).height_amsl_m([44.55, 44.4], [131.45, 131.45])
    np.testing.assert_array_equal(heights, [2, 1])


def test_heights_keep_the_shape_of_their_question(tmp_path: Path) -> None:
    write_tile(tmp_path, 44, 131, 1)
    lat = np.linspace(44.1, 44.9, 5)
    lon = np.linspace(131.1, 131.9, 7)
    assert Terrain(tmp_path).height_amsl_m(lat[:, None], lon[None, :]).shape == (5, 7)
    assert Terrain(tmp_path).height_amsl_m(44.5, 131.5).shape == ()
