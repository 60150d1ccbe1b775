"""The command line: exit codes, help, and replays a person would type."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from onboard.cli import OK, UNREADABLE, USAGE, main
from tests.onboard.peers import flat_terrain, picture

ROOT = Path(__file__).resolve().parents[2]


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


def test_replay_names_a_fault_once_and_logs_it_only_when_asked(stills: Path) -> None:
    (stills / "2.tiff").write_bytes(b"II*\0 no picture")
    calm, told = (
        subprocess.run(
            [sys.executable, "-m", "onboard.cli", "replay", str(stills), *more],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            cwd=ROOT,
        )
        for more in ([], ["-v"])
    )
    assert calm.stdout.count("2.tiff") == 1
    assert calm.stderr == ""
    assert "2.tiff" in told.stderr


@pytest.mark.parametrize(
    ("option", "url", "words"),
    [
        ("--camera", "y61:/dev/video0", r"\[onboard.camera\] url: y61:/dev/video0: no such file"),
        ("--camera", "y16:", r"\[onboard.camera\] url: y16:: no such file"),
        ("--camera", "stream:tcp:host", "a frame stream is stream:tcp:HOST:PORT"),
        ("--camera", "rtps://host/a", "cameras are not reached by rtps://"),
        ("--autopilot", "upd:0.0.0.0:14550", r"\[onboard.autopilot\] url: .*must begin with"),
    ],
)
def test_a_misspelt_address_ends_run_at_once(
    option: str, url: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = {"--autopilot": "udpin:127.0.0.1:14550", "--camera": "y16:/dev/video97"}
    arguments = [part for pair in (addresses | {option: url}).items() for part in pair]
    assert main(["run", *arguments]) == USAGE
    assert re.search(words, capsys.readouterr().err)


def test_run_without_settings_says_what_it_lacks_and_where_its_data_is(tmp_path: Path) -> None:
    """Nothing is written where it happens to be started."""
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir()
    command = [sys.executable, "-m", "onboard.cli", "run"]
    command += ["--autopilot", "udpin:127.0.0.1:0", "--camera", "y16:/dev/video97"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(home)}
    environment.pop("STATE_DIRECTORY", None)
    with subprocess.Popen(
        command, cwd=here, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "video97 is not there" in line:
                process.send_signal(signal.SIGTERM)
        assert process.wait(10) == OK
    log = "".join(lines)
    assert f"reports are kept in {home}/kedrovka/spool" in log
    assert "[onboard.camera.lens] is not set: hotspots have no place" in log
    assert "[onboard.uplink.http] url is not set" in log
    assert (home / "kedrovka" / "spool").is_dir()
    assert not list(here.iterdir())


@pytest.mark.parametrize("option", ["--fps", "--fov"])
@pytest.mark.parametrize("value", ["0", "-9", "nan", "fast"])
def test_a_figure_that_is_none_is_wrong_usage(option: str, value: str, stills: Path) -> None:
    with pytest.raises(SystemExit) as end:
        main(["replay", str(stills), option, value])
    assert end.value.code == USAGE


def test_a_part_of_a_recording_leads_to_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "flight/00000001.krec"]) == USAGE
    assert "replay its folder flight" in capsys.readouterr().err


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
