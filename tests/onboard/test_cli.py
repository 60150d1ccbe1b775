"""The command line: exit codes, help, and replays a person would type."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from onboard.cli import OK, UNREADABLE, USAGE, main
from tests.onboard.peers import flat_terrain, picture


@pytest.fixture
def stills(tmp_path: Path) -> Path:
    """Five radiometric TIFFs of one view, degrees Celsius."""
    folder = tmp_path / "stills"
    folder.mkdir()
    for n in range(5):
        celsius = picture(n).astype(np.float32) / 100 - 273.15
        tifffile.imwrite(folder / f"{n}.tiff", celsius)
    return folder


@pytest.mark.parametrize("command", [[], ["run"], ["replay"], ["check"]])
def test_help_reads_well_and_ends_with_0(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([*command, "--help"])
    assert end.value.code == OK
    text = capsys.readouterr().out
    assert "kedrovka-onboard" in text
    if not command:
        assert "exit codes: 0 ok, 2 usage or configuration, 3 nothing readable, 70" in text


@pytest.mark.parametrize("arguments", [["fly"], [], ["replay"], ["run", "--autopilto", "x"]])
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == USAGE


def test_pictures_without_telemetry_give_fires_without_a_place(
    stills: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(stills), "--fov", "50", "--json"]) == OK
    result = json.loads(capsys.readouterr().out)
    assert (result["frames"], result["searched"], result["with_pose"]) == (5, 5, 0)
    assert [line["fires"] for line in result["per_frame"]] == [1] * 5
    (hotspot,) = result["hotspots"]
    assert hotspot["kind"] == "fire"
    assert hotspot["fix"] is None
    assert hotspot["unlocated_because"].startswith("no pose")
    assert hotspot["peak_kelvin"] == pytest.approx(600, abs=0.1)


def test_the_table_tells_the_same(stills: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(stills)]) == OK
    text = capsys.readouterr().out
    assert "frames    5 read, 5 searched" in text
    assert "hotspots  1 confirmed" in text
    assert "unlocated: lens unknown for 160 x 120 pixels" in text


def test_a_broken_picture_among_good_ones_is_named_and_skipped(
    stills: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (stills / "2.tiff").write_bytes((stills / "2.tiff").read_bytes()[:500])
    assert main(["replay", str(stills)]) == OK
    text = capsys.readouterr().out
    assert "4 read" in text
    assert "2.tiff" in text


def test_nothing_readable_ends_with_3_and_the_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note.txt").write_text("not a picture")
    assert main(["replay", str(tmp_path / "note.txt")]) == UNREADABLE
    assert "note.txt" in capsys.readouterr().err
    assert main(["replay", str(tmp_path / "absent")]) == UNREADABLE
    assert "absent" in capsys.readouterr().err


def test_a_foreign_telemetry_log_ends_with_3_and_the_name(
    stills: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "x.tlog"
    log.write_bytes(b"\0" * 5000)
    assert main(["replay", str(stills), "--tlog", str(log)]) == UNREADABLE
    assert "x.tlog" in capsys.readouterr().err


def test_check_names_what_is_wrong_and_praises_what_is_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    terrain = flat_terrain(tmp_path / "terrain")
    config = tmp_path / "k.toml"
    config.write_text(
        f'[onboard.terrain]\nfolder = "{terrain}"\n[onboard.camera]\nurl = "y16:/dev/video0"\n'
    )
    assert main(["check", "--config", str(config)]) == USAGE
    assert "[onboard.autopilot] url is missing" in capsys.readouterr().err
    config.write_text(config.read_text() + '[onboard.autopilot]\nurl = "udpin:0.0.0.0:14550"\n')
    assert main(["check", "--config", str(config)]) == OK
    (terrain / "N45E131.hgt").write_bytes(b"short")
    assert main(["check", "--config", str(config)]) == USAGE
    assert "N45E131.hgt: 5 bytes" in capsys.readouterr().err


def test_a_real_lepton_clip_is_read_whole(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = min((shared / "data/thermal/cacophony").rglob("*.cptv"), key=lambda p: p.stat().st_size)
    assert main(["replay", str(clip), "--json"]) == OK
    result = json.loads(capsys.readouterr().out)
    assert result["frames"] > 10
    assert result["searched"] + sum(result["dropped"].values()) == result["frames"]
