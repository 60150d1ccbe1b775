"""The docking board elsewhere: as live events, and in a terminal."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def watched(run_station: Callable[..., Any], tmp_path: Path) -> Any:
    return run_station(dock={"ports": [str(tmp_path / "ports" / "*")], "volumes": []})


def events(station: Any) -> Iterator[tuple[str | None, str, Any]]:
    """(id, event, data) of the live stream, until somebody stops listening."""
    with station.client.stream("GET", "/api/v1/live") as answer:
        said: dict[str, str] = {}
        for text in answer.iter_lines():
            if not text and "event" in said:
                yield said.get("id"), said["event"], json.loads(said["data"])
                said = {}
            name, _, value = text.partition(": ")
            said[name] = value


def test_every_phase_and_the_progress_are_told_live(watched: Any, plug: Callable[..., Any]) -> None:
    stream = events(watched)
    assert next(stream)[1] == "hello"
    starting = threading.Timer(0.0, plug, ("a", "garmin"), {"points": 800, "speedup": 1.0})
    starting.start()
    phases, progress = [], []
    for identifier, event, item in stream:
        if event != "dock":
            continue
        (progress if identifier is None else phases).append(item)
        if item["phase"] in ("done", "failed"):
            break
    starting.join()
    stream.close()
    told = list(dict.fromkeys(item["phase"] for item in phases))
    assert told == ["identifying", "reading", "storing", "done"]
    counted = [item for item in progress if item["step"] == "track"]
    assert counted, "no progress was told"
    assert all(0 <= item["done"] <= item["total"] for item in counted)
    assert [i["done"] for i in counted] == sorted(i["done"] for i in counted)
    assert any(item["seconds_left"] is not None for item in counted)
    assert phases[-1]["said"]["values"]["new"] == 800


@pytest.mark.parametrize("on_a_terminal", [False, True], ids=["pipe", "terminal"])
def test_board_in_a_terminal_and_as_lines(
    tmp_path: Path, plug: Callable[..., Any], wait: Callable[..., Any], on_a_terminal: bool
) -> None:
    plug("a", "garmin")
    command = [sys.executable, "-m", "groundstation.cli", "dock", "--language", "ru"]
    command += ["--ports", str(tmp_path / "ports" / "*")]
    ours, theirs = pty.openpty() if on_a_terminal else os.pipe()
    folders = {"KEDROVKA_GROUND__DATA": str(tmp_path / "data"), "TERM": "xterm", "COLUMNS": "160"}
    board = subprocess.Popen(
        command, stdout=theirs, stderr=subprocess.DEVNULL, env={**os.environ, **folders}
    )
    os.close(theirs)
    heard = bytearray()

    def listen() -> None:
        try:
            while data := os.read(ours, 4096):
                heard.extend(data)
        except OSError:
            return  # how a terminal says that its other end is closed

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        wait(lambda: "новых точек 200".encode() in heard, "the outcome", 30.0)
        assert "никому не выдан".encode() in heard or not on_a_terminal
        board.send_signal(signal.SIGINT)
        assert board.wait(20) == 0
    finally:
        board.kill()
        board.wait()
        listener.join(10)
        os.close(ours)


def test_unit_command_line_refuses_a_wrong_setting(tmp_path: Path) -> None:
    config = tmp_path / "ground.toml"
    config.write_text("[ground.dock]\nportz = []\n")
    command = [sys.executable, "-m", "groundstation.cli", "dock", "--config", str(config)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "portz" in ended.stderr
