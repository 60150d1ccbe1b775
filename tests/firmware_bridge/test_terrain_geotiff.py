"""GeoTIFF import: registration, datum, voids, and what is refused by name."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_bridge.earth import geoid_undulation_m
from firmware_bridge.errors import TerrainError
from firmware_bridge.terrain import Grid, RayStatus, Terrain, intersect
from firmware_bridge.terrain.geotiff import Datum, import_geotiff, read_geotiff

STEP = 1 / 3600
GEOGRAPHIC = {1024: 2, 2048: 4326}


def write_tiff(
    path: Path,
    heights: NDArray[np.generic],
    keys: dict[int, int] | None = None,
    *,
    west: float = 131.5,
    north: float = 44.5,
    nodata: str | None = None,
    step: float = STEP,
) -> Path:
    """A GeoTIFF whose tie point is the given corner or post; keys with SHORT values only."""
    entries = sorted((GEOGRAPHIC | (keys or {})).items())
    directory = [1, 1, 0, len(entries)] + [v for key, value in entries for v in (key, 0, 1, value)]
    tags: list[tuple[int, int, int, object, bool]] = [
        (33550, 12, 3, (step, step, 0.0), True),
        (33922, 12, 6, (0.0, 0.0, 0.0, west, north, 0.0), True),
        (34735, 3, len(directory), directory, True),
    ]
    if nodata is not None:
        tags.append((42113, 2, len(nodata) + 1, nodata, True))
    tifffile.imwrite(path, heights, extratags=tags, metadata=None)
    return path


@pytest.fixture
def slope() -> NDArray[np.int16]:
    """(40, 50) metres: 10 a row southward, 1 a column eastward."""
    y, x = np.mgrid[:40, :50]
    return (10 * y + x).astype(np.int16)


@pytest.fixture(scope="module")
def whole_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    heights = np.arange(400, dtype=np.int16).reshape(20, 20)
    path = tmp_path_factory.mktemp("geotiff") / "whole.tif"
    return write_tiff(path, heights, {1025: 2, 4096: 5773}, nodata="-500").read_bytes()


def test_point_registration_puts_the_post_on_the_tie_point(
    tmp_path: Path, slope: NDArray[np.int16]
) -> None:
    grid = read_geotiff(write_tiff(tmp_path / "p.tif", slope, {1025: 2}), datum=Datum.EGM96)
    assert (grid.north_deg, grid.west_deg) == pytest.approx((44.5, 131.5), abs=1e-12)


def test_area_registration_puts_the_post_half_a_pixel_inside(
    tmp_path: Path, slope: NDArray[np.int16]
) -> None:
    """Taken for points, a slope of 10 m a post would read 5 m wrong."""
    grid = read_geotiff(write_tiff(tmp_path / "a.tif", slope, {1025: 1}), datum=Datum.EGM96)
    terrain = Terrain(grids=[grid])
    lat, lon = 44.5 - 20.5 * STEP, 131.5 + 10.5 * STEP
    assert terrain.height_amsl_m(lat, lon) == pytest.approx(210, abs=1e-6)


def test_registration_of_two_real_products_agrees(shared: Path) -> None:
    """The same place as PixelIsPoint and PixelIsArea: posts fall together, and heights fit best."""
    dem = shared / "data" / "geo" / "dem"
    point = read_geotiff(dem / "parkinglot_cop30.tif", datum=Datum.EGM2008)
    area = read_geotiff(dem / "parkinglot_srtm.tif", datum=Datum.EGM96)
    assert area.north_deg == pytest.approx(point.north_deg, abs=1e-7)
    assert area.west_deg == pytest.approx(point.west_deg, abs=1e-7)
    first = read_geotiff(dem / "slc_cop30.tif", datum=Datum.EGM2008)
    second = read_geotiff(dem / "slc_srtm.tif", datum=Datum.EGM96)
    spread = {
        shift: _spread(
            first,
            Grid(
                second.posts,
                second.north_deg + shift * STEP,
                second.west_deg + shift * STEP,
                STEP,
                STEP,
            ),
        )
        for shift in (-0.5, 0.0, 0.5)
    }
    assert spread[0.0] < min(spread[-0.5], spread[0.5])


def _spread(first: Grid, second: Grid) -> float:
    """Standard deviation of the difference of two models on a fine raster inside both."""
    lat = first.north_deg - np.linspace(10, 630, 300)[:, None] * STEP
    lon = first.west_deg + np.linspace(10, 830, 300)[None, :] * STEP
    one, two = Terrain(grids=[first]), Terrain(grids=[second])
    return float(np.nanstd(one.height_amsl_m(lat, lon) - two.height_amsl_m(lat, lon)))


def test_ellipsoidal_heights_lose_the_undulation(tmp_path: Path, slope: NDArray[np.int16]) -> None:
    path = write_tiff(tmp_path / "e.tif", slope, {1025: 2})
    level = Terrain(grids=[read_geotiff(path, datum=Datum.EGM96)])
    ellipsoidal = Terrain(grids=[read_geotiff(path, datum=Datum.ELLIPSOID)])
    lat, lon = 44.495, 131.505
    lowered = level.height_amsl_m(lat, lon) - ellipsoidal.height_amsl_m(lat, lon)
    assert lowered == pytest.approx(float(geoid_undulation_m(lat, lon)), abs=0.001)
    assert lowered > 20


@pytest.mark.parametrize(
    ("code", "lowered_m"), [(5773, 0.0), (3855, 0.0), (5030, geoid_undulation_m(44.5, 131.5))]
)
def test_datum_is_read_from_the_file(
    tmp_path: Path, slope: NDArray[np.int16], code: int, lowered_m: float
) -> None:
    path = write_tiff(tmp_path / "d.tif", slope, {1025: 2, 4096: code})
    height = Terrain(grids=[read_geotiff(path)]).height_amsl_m(44.5, 131.5)
    assert height == pytest.approx(-float(lowered_m), abs=0.001)


def test_unnamed_datum_is_asked_for(tmp_path: Path, slope: NDArray[np.int16]) -> None:
    path = write_tiff(tmp_path / "u.tif", slope)
    with pytest.raises(TerrainError, match=r"u\.tif: no known vertical datum.*egm2008"):
        read_geotiff(path)


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_void_mark_becomes_no_data(tmp_path: Path, dtype: type) -> None:
    heights = np.full((40, 50), 12, dtype=dtype)
    heights[20, 25] = -500
    path = write_tiff(tmp_path / "v.tif", heights, {1025: 2}, nodata="-500")
    for datum in (Datum.EGM96, Datum.ELLIPSOID):
        terrain = Terrain(grids=[read_geotiff(path, datum=datum)])
        assert np.isnan(terrain.height_amsl_m(44.5 - 20.2 * STEP, 131.5 + 25.2 * STEP))
        assert np.isfinite(terrain.height_amsl_m(44.5 - 22 * STEP, 131.5 + 25 * STEP))


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({1024: 1, 3072: 32652}, "warp it to EPSG:4326"),
        ({2048: 4284}, "GeographicTypeGeoKey 4284"),
        ({4099: 9002}, "VerticalUnitsGeoKey 9002"),
    ],
)
def test_what_is_not_read_is_refused_by_its_key(
    tmp_path: Path, slope: NDArray[np.int16], keys: dict[int, int], text: str
) -> None:
    path = write_tiff(tmp_path / "x.tif", slope, keys)
    with pytest.raises(TerrainError, match=text):
        read_geotiff(path, datum=Datum.EGM96)


@pytest.mark.parametrize("content", [b"", b"II*\0", b"\xff\xd8\xff\xe0 a picture", b"\0" * 5000])
def test_foreign_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign.tif"
    path.write_bytes(content)
    with pytest.raises(TerrainError, match=r"foreign\.tif: not a readable GeoTIFF"):
        read_geotiff(path, datum=Datum.EGM96)


def test_truncated_file_is_named(tmp_path: Path, slope: NDArray[np.int16]) -> None:
    path = write_tiff(tmp_path / "cut.tif", slope)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(TerrainError, match=r"cut\.tif"):
        read_geotiff(path, datum=Datum.EGM96)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=8))
def test_damaged_file_gives_a_grid_or_a_terrain_error(
    whole_file: bytes, damage: list[tuple[int, int]]
) -> None:
    content = bytearray(whole_file)
    for place, value in damage:
        content[place % len(content)] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.tif"
        path.write_bytes(content)
        try:
            found = f"{path}: {read_geotiff(path, datum=Datum.ELLIPSOID).north_deg}"
        except TerrainError as error:
            found = str(error)
    assert found.startswith(str(path))


def test_picture_with_colours_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rgb.tif"
    tifffile.imwrite(path, np.zeros((20, 20, 3), dtype=np.uint8))
    with pytest.raises(TerrainError, match=r"rgb\.tif: pixels \(20, 20, 3\)"):
        read_geotiff(path, datum=Datum.EGM96)


def test_import_writes_tiles_that_read_the_same(tmp_path: Path, slope: NDArray[np.int16]) -> None:
    """The clip lies over the border of two squares: two tiles, posts in the same places."""
    west = 132 - 20 * STEP
    path = write_tiff(tmp_path / "c.tif", slope, {1025: 2}, west=west)
    tiles = import_geotiff(path, tmp_path / "tiles", datum=Datum.EGM96)
    assert [tile.name for tile in tiles] == ["N44E131.hgt", "N44E132.hgt"]
    assert {tile.stat().st_size for tile in tiles} == {3601 * 3601 * 2}
    terrain, clip = (
        Terrain(tmp_path / "tiles"),
        Terrain(grids=[read_geotiff(path, datum=Datum.EGM96)]),
    )
    lat = 44.5 - np.linspace(1, 38, 30)[:, None] * STEP
    lon = west + np.linspace(1, 48, 30)[None, :] * STEP
    np.testing.assert_allclose(
        terrain.height_amsl_m(lat, lon), clip.height_amsl_m(lat, lon), atol=1e-3
    )
    assert np.isnan(terrain.height_amsl_m(44.2, 131.5))


def test_import_keeps_what_a_tile_held(tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    for number, north in ((7, 44.8), (9, 44.4)):
        heights = np.full((40, 50), number, dtype=np.int16)
        path = write_tiff(tmp_path / f"{number}.tif", heights, {1025: 2}, north=north)
        import_geotiff(path, folder, datum=Datum.EGM96, posts=1201)
    heights = Terrain(folder).height_amsl_m([44.795, 44.395], 131.505)
    np.testing.assert_array_equal(heights, [7, 9])


@pytest.mark.parametrize("order", [(44, 43), (43, 44)])
def test_tiles_of_models_that_share_no_post_have_no_gap_between_them(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    """A Copernicus tile ends one post before the next degree, south and east."""
    for south in order:
        for west in (131, 132):
            heights = np.full((1200, 1200), 100, dtype=np.int16)
            path = write_tiff(
                tmp_path / "c.tif", heights, {1025: 2}, west=west, north=south + 1, step=3 * STEP
            )
            import_geotiff(path, tmp_path, datum=Datum.EGM2008)
    lat, lon = np.meshgrid(44 + np.linspace(-0.5, 0.5, 41) * 3 * STEP, 132 + np.array([-1e-4, 0]))
    np.testing.assert_array_equal(Terrain(tmp_path).height_amsl_m(lat, lon), 100)
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("off_deg", [-1e-10, 1e-10])
def test_rounded_tie_point_neither_loses_a_border_nor_makes_a_tile_of_one_row(
    tmp_path: Path, off_deg: float
) -> None:
    heights = np.full((1201, 1201), 100, dtype=np.int16)
    path = write_tiff(
        tmp_path / "r.tif",
        heights,
        {1025: 2},
        west=131 + off_deg,
        north=45 - off_deg,
        step=3 * STEP,
    )
    (tile,) = import_geotiff(path, tmp_path, datum=Datum.EGM96)
    assert (np.fromfile(tile, dtype=">i2") == 100).all()


def test_import_does_not_mix_resolutions(tmp_path: Path, slope: NDArray[np.int16]) -> None:
    path = write_tiff(tmp_path / "m.tif", slope, {1025: 2})
    import_geotiff(path, tmp_path, datum=Datum.EGM96, posts=1201)
    with pytest.raises(TerrainError, match=r"N44E131\.hgt: has 1201 posts"):
        import_geotiff(path, tmp_path, datum=Datum.EGM96, posts=3601)


def test_published_ray_over_rome(shared: Path) -> None:
    """OpenAthena's README names camera and ray; exact on the same DEM by an independent solver."""
    dem = shared / "data" / "geo" / "dem" / "Rome-30m-DEM.tif"
    terrain = Terrain(grids=[read_geotiff(dem, datum=Datum.EGM96)])
    azimuth, depression = np.radians([315, 20])
    level = np.cos(depression)
    ray = [level * np.sin(azimuth), level * np.cos(azimuth), -np.sin(depression)]
    hits = intersect(terrain, 41.801, 12.6483, 500.0, [ray])
    assert hits.status[0] == RayStatus.HIT
    assert hits.lat_deg[0] == pytest.approx(41.807211, abs=1e-6)
    assert hits.lon_deg[0] == pytest.approx(12.639999, abs=1e-6)
    assert hits.alt_amsl_m[0] == pytest.approx(144.99, abs=0.05)
    assert hits.range_m[0] == pytest.approx(1038.2, abs=0.1)
