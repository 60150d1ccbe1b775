"""The command and the process: settings, ports, exit codes, a watcher that dies."""

import socket
import tomllib
from pathlib import Path
from typing import Any

import pytest

from groundstation import cli
from groundstation.config import GroundSettings
from groundstation.server import WatcherDied


def test_dead_watcher_ends_the_server_and_is_named(sqlite_station: Any) -> None:
    sqlite_station.call(sqlite_station.station.watchers["trail pruner"].cancel)
    sqlite_station.join()
    assert isinstance(sqlite_station.error, WatcherDied)
    assert "trail pruner" in str(sqlite_station.error)


def test_taken_port_is_named_with_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == cli.PORT_TAKEN
    told = capsys.readouterr().err
    assert f"127.0.0.1:{port}" in told
    assert "--port auto" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[ground]\nprot = 1\n", "did you mean 'port'"),
        ("[ground]\nport = 70000\n", "70000"),
        ("[ground.station]\nlanguages = ['fr']\n", "fr"),
        ("[ground.radio]\nlinks = ['carrier-pigeon']\n", "carrier-pigeon"),
    ],
)
def test_wrong_setting_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEDROVKA_GROUND__HOST", "127.0.0.1")
    path = tmp_path / "kedrovka.toml"
    path.write_text(text, encoding="utf-8")
    port = [] if "port" in text else ["--port", "0"]
    assert cli.main(["serve", "--config", str(path), *port]) == cli.MISCONFIGURED
    assert words in capsys.readouterr().err


def test_database_that_cannot_be_opened_has_its_own_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEDROVKA_GROUND__DATABASE", "postgresql://nobody@127.0.0.1:1/none")
    assert cli.main(["serve", "--port", "0"]) == cli.NO_DATABASE
    assert "127.0.0.1" in capsys.readouterr().err


def test_example_shows_every_key_with_its_default() -> None:
    source = Path(cli.__file__).with_name("example.toml").read_text(encoding="utf-8")
    lines = [
        line.removeprefix("# ") if " = " in line and line.startswith("# ") else line
        for line in source.splitlines()
    ]
    shown = tomllib.loads("\n".join(lines))["ground"]
    # TOML has no None: the line shows another zone than the machine's.
    default = GroundSettings().station.model_copy(update={"zone": shown["station"]["zone"]})
    assert GroundSettings(**shown).station == default
    assert set(shown) == set(GroundSettings.model_fields)
    for table in ("station", "radio", "basemap", "trail"):
        assert set(shown[table]) == set(getattr(GroundSettings(), table).__class__.model_fields)


def test_help_reads_well(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["serve", "--help"]):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert ended.value.code == 0
        assert "exit codes:" in capsys.readouterr().out


def test_page_without_its_libraries_says_what_to_run(
    sqlite_station: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("groundstation.app.WEB", tmp_path)
    answer = sqlite_station.client.get("/")
    assert answer.status_code == 503
    assert "make web" in answer.text


def test_files_outside_the_page_are_not_served(sqlite_station: Any) -> None:
    for path in ("/../app.py", "/%2e%2e/app.py", "/..%2fapp.py"):
        assert sqlite_station.client.get(path).status_code == 404
