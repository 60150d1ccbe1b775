"""The demo, as a newcomer runs it: three real processes, real sockets, a fire on the map."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import astuple
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from sim.demo import SCENARIO, Ports, choose_ports, configuration
from sim.scenario import load
from sim.world import terrain
from sim.world.relief import COARSE_POSTS

pytestmark = pytest.mark.xdist_group("demo")

FIRE_DEADLINE_S = 60.0
RETURN_DEADLINE_S = 30.0


class Demo:
    """One running demo and what it says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self._lines: Queue[str] = Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sim.demo", "--no-browser", "--folder", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def until(self, pattern: str, deadline_s: float) -> re.Match[str]:
        """The first new line that matches."""
        end_s = time.monotonic() + deadline_s
        while (left_s := end_s - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left_s)
            except Empty:
                break
            self.said.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"not said in {deadline_s} s: {pattern}\n{''.join(self.said)}")

    def children(self) -> dict[int, str]:
        """Process id to module of the three; the raids come by others that soon end."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = (entry / "cmdline").read_bytes().split(b"\0")
                module, command = words[words.index(b"-m") + 1 :][:2]
                if parent == self.process.pid and command in (b"run", b"serve"):
                    found[int(entry.name)] = module.decode()
        return found

    def one(self, module: str, deadline_s: float, other_than: int = 0) -> int:
        """Process id of one of the three once it runs."""
        for _ in polling(deadline_s):
            for pid, name in self.children().items():
                if name.startswith(module) and pid != other_than:
                    return pid
        raise AssertionError(f"{module} does not run")


def polling(deadline_s: float) -> Iterator[None]:
    """Tries twenty times a second until the deadline."""
    end_s = time.monotonic() + deadline_s
    pause = threading.Event()
    while time.monotonic() < end_s:
        yield
        pause.wait(0.05)


def get(url: str, key: str = "") -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=5) as reply:
        return json.load(reply)


def gone(pids: dict[int, str], deadline_s: float) -> bool:
    def alive(pid: int) -> bool:
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        return False

    return any(not any(alive(pid) for pid in pids) for _ in polling(deadline_s))


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    # A tile that is there already is used as it is, as a real one would be.
    terrain.ensure_tile(tmp_path / "terrain", "N43E131", posts=COARSE_POSTS)
    running = Demo(tmp_path)
    yield running
    if running.process.poll() is None:
        os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait(10)


def reading_key(folder: Path) -> str:
    """A key that reads, made as a person makes one beside a running demo."""
    command = [sys.executable, "-m", "groundstation.cli", "key", "add", "test", "--reads"]
    command += ["--config", str(folder / "run" / "kedrovka.toml")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def newest_state_s(page: str, key: str) -> float | None:
    """When the ground last heard of the vehicle, as text of the API compares in time."""
    states = [row.get("state", row) for row in get(page + "api/v1/vehicles", key)]
    times = [str(s.get("time_utc")) for s in states if s and s.get("time_utc")]
    return max(times) if times else None  # type: ignore[return-value]  # ISO text sorts as time


def test_a_fire_stands_on_the_map_and_each_of_the_three_may_die(demo: Demo):
    demo.until("found, used as it is", 20)
    page = demo.until(r"page: (http://\S+)", 50)[1]
    demo.until(rf"open {page}#/enter/[0-9A-Z-]{{19}} \(once\), or sign in as demo: \S+", 5)
    fire = demo.until(r"first fire on the map after (\d+) s: .* lit one ([\d.]+) m from there", 60)
    assert int(fire[1]) <= FIRE_DEADLINE_S
    assert float(fire[2]) < 15
    for module, name in (("onboard", "onboard"), ("sim", "sim"), ("groundstation", "ground")):
        victim = demo.one(module, 5)
        os.kill(victim, signal.SIGKILL)
        demo.until(f"{name} ended with -9", 10)
        demo.one(module, 10, other_than=victim)
    for _ in polling(RETURN_DEADLINE_S):
        with contextlib.suppress(OSError):
            if get(page + "healthz")["status"] == "ok":
                break
    key = reading_key(demo.folder)
    demo.until("raids of the synthetic park since .* are in", 60)
    before = newest_state_s(page, key)
    moved = (newest_state_s(page, key) not in (None, before) for _ in polling(RETURN_DEADLINE_S))
    assert any(moved)
    children = demo.children()
    assert len(children) == 3
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(20) == 0
    assert gone(children, 2)


def test_a_taken_port_is_named_and_kill_9_leaves_nothing_behind(demo: Demo, tmp_path: Path):
    demo.until(r"page: (http://\S+)", 50)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        taken = probe.connect_ex(("127.0.0.1", 5760)) == 0
    second = Demo(tmp_path / "other")
    try:
        second.until(r"page: port 8080 is taken, using \d+", 30)
        if taken:
            second.until(r"autopilot: port 5760 is taken, using \d+", 30)
        children = demo.children()
        assert len(children) == 3
        demo.process.kill()
        assert gone(children, 5)
    finally:
        second.process.send_signal(signal.SIGINT)
        assert second.process.wait(30) in (0, -2)


def test_two_demos_that_start_at_once_choose_ports_of_their_own():
    with ExitStack() as one, ExitStack() as other:
        first, second = (set(astuple(choose_ports(stack))) for stack in (one, other))
    assert len(first) == len(second) == 4
    assert not first & second


def test_a_folder_of_any_name_is_written_as_toml(tmp_path: Path):
    folder = tmp_path / 'Кедровая падь "\U0001f525"'
    written = tomllib.loads(configuration(folder, Ports(1, 2, 3, 4), load(SCENARIO)))
    assert written["onboard"]["terrain"]["folder"] == str(folder / "terrain")


def test_two_demos_do_not_share_a_folder(demo: Demo):
    demo.until("simulator: autopilot", 30)
    second = Demo(demo.folder)
    second.until("another demo runs in", 20)
    assert second.process.wait(10) == 3
    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(20) == 0
