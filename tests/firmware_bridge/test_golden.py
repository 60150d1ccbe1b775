"""The golden vectors pass, and each terrain or height mistake would make them fail."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import golden
from firmware_bridge.earth import amsl_from_hae_m, geoid_undulation_m
from firmware_bridge.messages import Pose
from firmware_bridge.terrain import Terrain

FILES = ("rays_N44W072.csv", "rays_slc_cop30.csv")
P50_LIMIT_M = 0.005
P99_LIMIT_M = 0.25


@pytest.fixture
def geo(shared: Path) -> Path:
    return shared / "data" / "geo"


def p50_m(geo: Path, file: str) -> float:
    """Half of the cases are nearer; a lost case is infinitely far."""
    errors = golden.errors_m(geo / "golden" / file, geo / "dem")
    return float(np.median(np.where(np.isnan(errors), np.inf, errors)))


@pytest.mark.parametrize("file", FILES)
def test_pixels_meet_the_ground_they_were_projected_from(geo: Path, file: str) -> None:
    errors = golden.errors_m(geo / "golden" / file, geo / "dem")
    assert errors.size in (400, 200)
    assert not np.isnan(errors).any()
    assert np.percentile(errors, 50) <= P50_LIMIT_M
    assert np.percentile(errors, 99) <= P99_LIMIT_M


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("half_pixels", [-1, 1])
def test_half_a_pixel_of_registration_fails(
    geo: Path, file: str, half_pixels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = golden.terrain

    def shifted(dem: Path) -> Terrain:
        grid = right(dem).grids[0] if dem.suffix == ".tif" else right(dem).tile(44, -72)
        assert grid is not None
        north = grid.north_deg + half_pixels / 2 * grid.step_lat_deg
        west = grid.west_deg - half_pixels / 2 * grid.step_lon_deg
        return Terrain(grids=[replace(grid, north_deg=north, west_deg=west)])

    monkeypatch.setattr(golden, "terrain", shifted)
    assert p50_m(geo, file) > 100 * P50_LIMIT_M


@pytest.mark.parametrize("file", FILES)
def test_height_over_the_ellipsoid_needs_the_undulation_with_its_sign(
    geo: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the ellipsoidal altitude: right within the 15' grid's error, wrong backwards or raw."""
    right = golden.pose

    def poses(sign: float) -> float:
        def pose(case: golden.Case) -> Pose:
            base = right(case)
            undulation_m = float(geoid_undulation_m(base.lat_deg, base.lon_deg))
            return replace(base, alt_amsl_m=float(case["veh_alt_hae"]) + sign * undulation_m)

        monkeypatch.setattr(golden, "pose", pose)
        return p50_m(geo, file)

    assert poses(-1) < 0.5
    assert poses(0) > 5  # ellipsoid taken as AMSL
    assert poses(+1) > 10  # geoid backwards


@pytest.mark.parametrize("file", FILES)
def test_undulation_agrees_with_the_vectors_own_five_minute_grid(geo: Path, file: str) -> None:
    rows = np.genfromtxt(geo / "golden" / file, delimiter=",", names=True, dtype=None)
    ours = amsl_from_hae_m(rows["veh_lat"], rows["veh_lon"], rows["veh_alt_hae"])
    assert np.abs(ours - rows["veh_alt_amsl_egm96"]).max() < 0.5


def test_command_prints_one_line_a_file(geo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(geo / "golden" / file) for file in FILES]
    assert golden.main([*files, "--dem", str(geo / "dem")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == list(FILES)
    for line in lines:
        names = line.split()[1::2]
        assert names == ["count", "lost", "p50_m", "p99_m", "max_m"]


def test_command_names_a_file_it_cannot_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert golden.main([str(tmp_path / "none.csv"), "--dem", str(tmp_path)]) == 2
    assert "none.csv" in capsys.readouterr().err
    broken = tmp_path / "broken.csv"
    broken.write_text("dem,camera\nN44E131.hgt,thermal640\n")
    assert golden.main([str(broken), "--dem", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "broken.csv, line 2" in told
    assert f"{tmp_path / 'N44E131.hgt'}: no such DEM" in told
    broken.write_bytes(b"dem,camera\n\xff\xfe\n")
    assert golden.main([str(broken), "--dem", str(tmp_path)]) == 2
