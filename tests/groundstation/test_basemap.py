"""Map tiles from elevation: no seams, no lies where no data is, kept under a quota."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.terrain import Terrain
from groundstation.basemap.basemap import Basemap
from groundstation.basemap.cache import TileCache
from groundstation.basemap.projection import lattice
from groundstation.basemap.relief import MARGIN_PX, relief
from groundstation.basemap.render import render


def hills(south: int, west: int) -> NDArray[np.int16]:
    """(1201, 1201) int16 posts of one surface that runs on across degree squares, metres."""
    lat = south + 1 - np.arange(1201)[:, None] / 1200
    lon = west + np.arange(1201)[None, :] / 1200
    return (600 + 300 * np.sin(lat * 60) * np.cos(lon * 50)).astype(np.int16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("dem")
    for west in (131, 132):
        (made / f"N43E{west}.hgt").write_bytes(hills(43, west).astype(">i2").tobytes())
    return made


def tile_at(z: int, lat_deg: float, lon_deg: float) -> tuple[int, int]:
    """Slippy-map numbers by the textbook formula."""
    y = (1 - math.asinh(math.tan(math.radians(lat_deg))) / math.pi) / 2
    return int((lon_deg + 180) / 360 * 2**z), int(y * 2**z)


def picture(content: bytes) -> NDArray[np.uint8]:
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None
    assert decoded.shape[:2] == (256, 256)
    return decoded  # type: ignore[return-value]  # OpenCV does not say which dtype


def test_pixels_lie_where_web_mercator_puts_them() -> None:
    lat_deg, lon_deg = lattice(1, 1, 0, np.array([-0.5, 255.5]))
    assert lat_deg == pytest.approx([85.0511287798, 0.0], abs=1e-9)
    assert lon_deg == pytest.approx([0.0, 180.0])


@pytest.mark.parametrize("z", [9, 11, 12, 14, 16])
@pytest.mark.parametrize("lon_deg", [131.5, 132.0])
def test_neighbouring_tiles_agree_on_the_ground_between_them(
    folder: Path, z: int, lon_deg: float
) -> None:
    """Also across the border of two degree squares."""
    terrain = Terrain(folder, max_open=8)
    x, y = tile_at(z, 43.5, lon_deg)
    left, _ = relief(terrain, z, x - 1, y)
    right, _ = relief(terrain, z, x, y)
    overlap = 2 * MARGIN_PX
    np.testing.assert_allclose(left[:, -overlap:], right[:, :overlap], atol=0.01)


@pytest.mark.parametrize("z", [10, 12, 14, 16])
def test_heights_under_a_tile_are_the_terrain_s(folder: Path, z: int) -> None:
    """Rounding off moves this surface by a few metres at most, and not sideways."""
    terrain = Terrain(folder, max_open=8)
    x, y = tile_at(z, 43.5, 131.5)
    heights, missing = relief(terrain, z, x, y)
    lat_deg, lon_deg = lattice(z, x, y, np.arange(-MARGIN_PX, 256 + MARGIN_PX).astype(float))
    truth = terrain.height_amsl_m(lat_deg[:, None], lon_deg[None, :])
    assert not missing.any()
    assert np.abs(heights - truth).max() < 3.0
    assert abs(float((heights - truth).mean())) < 0.3


def test_north_west_slopes_are_lit_and_south_east_ones_shaded(tmp_path: Path) -> None:
    row, column = np.indices((1201, 1201))
    for name, facing in (("N43E131", 1), ("N43E133", -1)):
        posts = 1000 + facing * (row + column) * 0.4  # rises to the south-east, or falls
        (tmp_path / f"{name}.hgt").write_bytes(posts.astype(">i2").tobytes())
    terrain = Terrain(tmp_path)
    bright, dark = (
        picture(render(terrain, 12, *tile_at(12, 43.5, lon)))[..., :3].mean()
        for lon in (131.5, 133.5)
    )
    assert bright > dark + 10


def test_where_no_data_is_the_tile_is_hatched_and_see_through(folder: Path) -> None:
    terrain = Terrain(folder)
    empty = picture(render(terrain, 12, *tile_at(12, 10.0, 10.0)))
    assert 0.8 < (empty[..., 3] == 0).mean() < 0.99
    border = picture(render(terrain, 10, *tile_at(10, 43.999, 131.5)))
    assert (border[..., 3] == 255).any()
    assert (border[..., 3] == 0).any()


def test_tile_of_the_wrong_size_is_a_gap_and_is_told(
    tmp_path: Path, run_station: Callable[..., Any]
) -> None:
    (tmp_path / "N43E131.hgt").write_bytes(bytes(1000))
    station = run_station(terrain=tmp_path)
    x, y = tile_at(12, 43.5, 131.5)
    answer = station.client.get(f"/api/v1/tiles/12/{x}/{y}.png")
    assert answer.status_code == 200
    (problem,) = station.client.get("/healthz").json()["terrain_problems"]
    assert "N43E131.hgt: 1000 bytes" in problem


def test_tile_over_http_is_kept_and_not_sent_twice(
    folder: Path, tmp_path: Path, run_station: Callable[..., Any]
) -> None:
    station = run_station(terrain=folder)
    x, y = tile_at(12, 43.5, 131.5)
    path = f"/api/v1/tiles/12/{x}/{y}.png"
    answer = station.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    (kept,) = (tmp_path / "data" / "tiles").glob("*/*.png")
    assert kept.read_bytes() == answer.content
    etag = {"If-None-Match": answer.headers["etag"]}
    assert station.client.get(path, headers=etag).status_code == 304
    for wrong in ("5/0/0", "17/0/0", "12/4096/0", "12/0/4096", "12/-1/0", "12/x/0"):
        assert station.client.get(f"/api/v1/tiles/{wrong}.png").status_code in {404, 422}


def test_fingerprint_follows_the_terrain(tmp_path: Path) -> None:
    def mark() -> str:
        return Basemap(tmp_path, tmp_path / "cache", 1, 1).fingerprint()

    empty = mark()
    (tmp_path / "N43E131.hgt").write_bytes(bytes(1201 * 1201 * 2))
    assert mark() != empty
    assert mark() == mark()


def test_link_to_a_disk_that_was_pulled_out_is_no_terrain(tmp_path: Path) -> None:
    (tmp_path / "N43E131.hgt").symlink_to(tmp_path / "gone" / "N43E131.hgt")
    Basemap(tmp_path, tmp_path / "cache", 1, 1).close()


def test_cache_keeps_its_quota_and_drops_another_terrain_s_tiles(tmp_path: Path) -> None:
    cache = TileCache(tmp_path, quota_bytes=10_000)
    cache.put("old", "1.png", bytes(100))
    for number in range(50):
        cache.put("new", f"{number}.png", bytes(1000))
        total = sum(path.stat().st_size for path in tmp_path.rglob("*.png"))
        assert total <= 10_000
    assert cache.get("new", "49.png") == bytes(1000)
    assert cache.get("new", "0.png") is None
    assert not (tmp_path / "old").exists()


def test_cache_that_cannot_write_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = TileCache(tmp_path / "file", quota_bytes=10_000)
    cache.put("new", "1.png", b"tile")
    assert cache.get("new", "1.png") is None
