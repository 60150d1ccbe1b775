"""`kedrovka-ground terrain`: GeoTIFF files into the folder of tiles."""

import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from firmware_bridge.terrain import Terrain
from groundstation import cli

STEP = 1 / 1200


def elevation(path: Path, height_m: int, *, west: float = 131.5) -> Path:
    """A GeoTIFF of 40 x 40 posts, 3" apart, that does not name its vertical datum."""
    directory = (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 2, 2048, 0, 1, 4326)
    tags = [
        (33550, 12, 3, (STEP, STEP, 0.0), True),
        (33922, 12, 6, (0.0, 0.0, 0.0, west, 44.5, 0.0), True),
        (34735, 3, len(directory), directory, True),
    ]
    tifffile.imwrite(path, np.full((40, 40), height_m, np.int16), extratags=tags, metadata=None)
    return path


def test_files_become_tiles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [
        elevation(tmp_path / "a.tif", 120),
        elevation(tmp_path / "b.tif", 340, west=131.7),
    ]
    out = tmp_path / "terrain"
    arguments = ["terrain", *map(str, files), "--out", str(out), "--datum", "egm2008"]
    assert cli.main(arguments) == cli.OK
    assert capsys.readouterr().out.splitlines() == [f"{f}: N44E131.hgt" for f in files]
    np.testing.assert_array_equal(Terrain(out).height_amsl_m(44.49, [131.51, 131.71]), [120, 340])


def test_unusable_file_is_named_and_the_others_are_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = tmp_path / "photo.tif"
    foreign.write_bytes(b"\xff\xd8\xff\xe0")
    absent = tmp_path / "absent.tif"
    good = elevation(tmp_path / "good.tif", 77)
    out = tmp_path / "terrain"
    files = [str(foreign), str(absent), str(good)]
    assert cli.main(["terrain", *files, "--out", str(out), "--datum", "egm96"]) == cli.MISCONFIGURED
    told = capsys.readouterr().err
    assert f"{foreign}: not a readable GeoTIFF" in told
    assert f"{absent}: no such file" in told
    assert Terrain(out).height_amsl_m(44.49, 131.51) == 77


def test_datum_nobody_names_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = elevation(tmp_path / "u.tif", 1)
    assert cli.main(["terrain", str(file), "--out", str(tmp_path / "t")]) == cli.MISCONFIGURED
    told = capsys.readouterr().err
    assert f"{file}: no known vertical datum" in told
    assert "--datum" in told


def test_folder_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = elevation(tmp_path / "a.tif", 1)
    out = tmp_path / "taken"
    out.write_text("a file")
    assert cli.main(["terrain", str(file), "--out", str(out), "--datum", "egm96"]) == cli.DIED
    assert str(out) in capsys.readouterr().err


def test_missing_library_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tifffile", None)
    assert cli.main(["terrain", "a.tif", "--out", str(tmp_path)]) == cli.MISCONFIGURED
    assert "kedrovka[geotiff]" in capsys.readouterr().err


def test_unknown_datum_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["terrain", "a.tif", "--out", "t", "--datum", "wgs72"])
    assert ended.value.code == cli.MISCONFIGURED
    with pytest.raises(SystemExit) as ended:
        cli.main(["terrain", "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr()
    assert "egm96" in told.err
    assert "exit codes:" in told.out
