"""`make demo`: simulator, onboard process and ground station as three processes on real sockets.

What a rescue of the whole way looks like without hardware: the quadcopter flies, its camera sees,
the onboard process finds the fire, the ground station shows it. Any of the three may be killed;
it is started again and the others go on. Everything lies under one folder:

    terrain/        elevation tiles; generated once, a real .hgt dropped here takes its place
    tiles/          the rendered map
    run/            configuration, logs, recording, spool and database of the last run
"""

import argparse
import fcntl
import json
import logging
import math
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from firmware_bridge.errors import BridgeError, PortBusy
from sim import scenario as scenarios
from sim.demo_season import Season
from sim.scenario import Scenario
from sim.supervise import Child
from sim.world import World, terrain

log = logging.getLogger("demo")

SCENARIO = "fire-patrol"
DEFAULT_FOLDER = Path(".demo")
CONFIG = "kedrovka.toml"
LOOK_EVERY_S = 0.4
GROUND_READY_S = 40.0
PORT_TRIES = 50
LOGIN = "demo"
CODE = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the three meet, all on loopback."""

    page: int
    autopilot: int
    camera: int
    radio: int


@dataclass(frozen=True, slots=True)
class Doors:
    """How each of them gets in."""

    password: str
    code: str
    """Opens the page once."""
    vehicle_key: str
    reading_key: str


def run(folder: Path | None = None, browser: bool = True, duration_s: float | None = None) -> int:
    """Run until a signal, or for `duration_s`; the exit code."""
    folder = (folder or DEFAULT_FOLDER).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            log.error("another demo runs in %s", folder)
            return 3
        return _run_locked(folder, browser, duration_s, stop)


def _run_locked(
    folder: Path, browser: bool, duration_s: float | None, stop: threading.Event
) -> int:
    scenario = scenarios.load(SCENARIO)
    work = folder / "run"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(exist_ok=True)
    _prepare_terrain(folder / "terrain", scenario)
    with ExitStack() as reserved:
        return _run_on(choose_ports(reserved), folder, scenario, browser, duration_s, stop)


def _run_on(
    ports: Ports, folder: Path, scenario: Scenario, browser: bool, duration_s: float | None,
    stop: threading.Event,
) -> int:  # fmt: skip
    work = folder / "run"
    config = work / CONFIG
    config.write_text(configuration(folder, ports, scenario), encoding="utf-8")
    doors = _make_doors(config)
    config.write_text(configuration(folder, ports, scenario, doors.vehicle_key), encoding="utf-8")
    children = [
        Child(name, [sys.executable, "-m", *command], work / f"{name}.log")
        for name, command in commands(folder, ports, config).items()
    ]
    ends_s = math.inf if duration_s is None else time.monotonic() + duration_s
    try:
        for child in children:
            child.start()
        _guide(children, ports, folder, scenario, doors, browser, stop, ends_s)
    except BridgeError as error:
        log.error("%s", error)
        return 1
    finally:
        for child in reversed(children):
            child.stop()
    log.info("all three have ended; this run is kept in %s", work)
    return 0


def _make_doors(config: Path) -> Doors:
    """An administrator and two keys, as anybody makes them."""
    password = secrets.token_urlsafe(9)
    person = ["user", "add", LOGIN, "--name", "Demo", "--role", "administrator"]
    _ground(config, [*person, "--password-stdin"], password)
    code = CODE.search(_ground(config, ["user", "code", LOGIN, "--entry"]))
    if code is None:
        raise BridgeError("the ground station gives no code to enter with")
    vehicle = _ground(config, ["key", "add", "demo"]).strip()
    reading = _ground(config, ["key", "add", "demo, first fire", "--reads"]).strip()
    return Doors(password, code[0], vehicle, reading)


def _ground(config: Path, words: Sequence[str], given: str = "") -> str:
    """What a command of the ground station prints."""
    command = [sys.executable, "-m", "groundstation.cli", *words, "--config", str(config)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise BridgeError(f"{' '.join(words[:2])}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def commands(folder: Path, ports: Ports, config: Path) -> dict[str, list[str]]:
    """Modules and arguments of the three processes."""
    simulate = ["sim.cli", "run", SCENARIO, "--terrain", str(folder / "terrain")]
    simulate += ["--listen", f"tcp:127.0.0.1:{ports.autopilot}"]
    simulate += ["--listen", f"udpout:127.0.0.1:{ports.radio}"]
    simulate += ["--camera", f"tcp:127.0.0.1:{ports.camera}"]
    return {
        "ground": ["groundstation.cli", "serve", "--config", str(config)],
        "sim": simulate,
        "onboard": ["onboard.cli", "run", "--config", str(config)],
    }


def configuration(folder: Path, ports: Ports, scenario: Scenario, key: str = "") -> str:
    """The TOML file that onboard and ground station share."""
    work, land = folder / "run", folder / "terrain"
    lever = ", ".join(str(x) for x in scenario.camera.lever_frd_m)
    return f"""\
# Written by the demo; a real installation has one such file a machine.

[onboard]
name = "demo"

[onboard.autopilot]
url = "tcp:127.0.0.1:{ports.autopilot}"

[onboard.camera]
url = "stream:tcp:127.0.0.1:{ports.camera}"

[onboard.camera.lens]
horizontal_fov_deg = {scenario.camera.horizontal_fov_deg}

[onboard.camera.mount]
lever_frd_m = [{lever}]

[onboard.terrain]
folder = {_quoted(land)}

[onboard.recorder]
folder = {_quoted(work / "recordings")}
quota_mb = 500

[onboard.spool]
folder = {_quoted(work / "spool")}

[onboard.uplink.http]
url = "http://127.0.0.1:{ports.page}"
key = "{key}"

[ground]
host = "127.0.0.1"
port = {ports.page}
data = {_quoted(work / "ground")}
terrain = {_quoted(land)}

[ground.station]
name = "Kedrovka demo"
lat_deg = {scenario.home.lat_deg}
lon_deg = {scenario.home.lon_deg}
zoom = 15.5

[ground.basemap]
cache = {_quoted(folder / "tiles")}

[ground.radio]
links = ["udpin:127.0.0.1:{ports.radio}"]
"""


def _quoted(path: Path) -> str:
    """A TOML string; JSON's escapes of characters beyond 16 bits are not TOML's."""
    return json.dumps(str(path), ensure_ascii=False)


def choose_ports(reserved: ExitStack) -> Ports:
    """The usual ports, or the next free ones; says so. No other demo takes them meanwhile."""
    return Ports(
        page=_free_port("page", 8080, socket.SOCK_STREAM, reserved),
        autopilot=_free_port("autopilot", 5760, socket.SOCK_STREAM, reserved),
        camera=_free_port("camera", 5770, socket.SOCK_STREAM, reserved),
        radio=_free_port("radio", 14550, socket.SOCK_DGRAM, reserved),
    )


def _free_port(what: str, wanted: int, kind: socket.SocketKind, reserved: ExitStack) -> int:
    for port in range(wanted, wanted + PORT_TRIES):
        if not _is_free(port, kind) or not _reserve(port, reserved):
            continue
        if port != wanted:
            log.info("%s: port %d is taken, using %d", what, wanted, port)
        return port
    raise PortBusy(f"{what}: ports {wanted} to {wanted + PORT_TRIES - 1} are all taken")


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # As the servers do: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _reserve(port: int, reserved: ExitStack) -> bool:
    """Keep other demos off a port that none of our three has opened yet, or that one of them has
    left for a moment: else their onboard process would report to our ground station."""
    mark = reserved.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    try:
        # An abstract name (unix(7)): it goes with this process, however that ends.
        mark.bind(f"\0kedrovka-demo-{port}")
    except OSError:
        return False
    return True


def _prepare_terrain(folder: Path, scenario: Scenario) -> None:
    home = scenario.home
    name = terrain.tile_name(math.floor(home.lat_deg), math.floor(home.lon_deg))
    made = terrain.ensure_tile(folder, name.removesuffix(".hgt"))
    log.info("terrain: %s %s", folder / name, "generated" if made else "found, used as it is")


def _guide(
    children: Sequence[Child], ports: Ports, folder: Path, scenario: Scenario, doors: Doors,
    browser: bool, stop: threading.Event, ends_s: float,
) -> None:  # fmt: skip
    """Tells what happens until the end, and keeps the three alive."""
    page = f"http://127.0.0.1:{ports.page}/"
    began_s, opened, fire = time.monotonic(), False, False
    season = Season(folder / "run" / "season", folder / "run" / CONFIG, datetime.now().date())
    log.info("simulator: autopilot tcp:127.0.0.1:%d, camera :%d", ports.autopilot, ports.camera)
    log.info("radio: udp 127.0.0.1:%d; logs: %s", ports.radio, folder / "run")
    while not stop.wait(LOOK_EVERY_S) and time.monotonic() < ends_s:
        for child in children:
            child.watch()
        after_s = time.monotonic() - began_s
        if not opened and _get(page + "healthz") is not None:
            opened = True
            log.info("page: %s", page)
            entry = f"{page}#/enter/{doors.code}"
            log.info("open %s (once), or sign in as %s: %s", entry, LOGIN, doors.password)
            if browser:
                _open_page(entry)
        elif not opened and after_s > GROUND_READY_S:
            raise BridgeError(f"ground station does not answer: {children[0].last_line()}")
        if opened and not fire:
            fire = _tell_first_fire(page, doors.reading_key, after_s, scenario, folder)
        if fire:
            season.watch()
    season.stop()
    log.info("ending")


def _tell_first_fire(page: str, key: str, after_s: float, scenario: Scenario, folder: Path) -> bool:
    answer = _get(page + "api/v1/hotspots", key) or {"items": []}
    for hotspot in answer["items"]:
        fix = hotspot["fix"]
        if hotspot["kind"] == "fire" and fix:
            away_m = _nearest_fire_m(fix["lat_deg"], fix["lon_deg"], scenario, folder)
            log.info(
                "first fire on the map after %.0f s: %.5f N %.5f E, 90 %% within %.0f m; "
                "the simulator lit one %.1f m from there",
                after_s, fix["lat_deg"], fix["lon_deg"], fix["ce90_m"], away_m,
            )  # fmt: skip
            log.info("Ctrl-C ends all three")
            return True
    return False


def _nearest_fire_m(lat: float, lon: float, scenario: Scenario, folder: Path) -> float:
    world = World(scenario, terrain.Ground(folder / "terrain"))
    place = world.map_point(lat, lon)
    return min(math.dist(place, (t.north_m, t.east_m)) for t in world.targets if t.kind == "fire")


def _get(url: str, key: str = "") -> Any:
    """Parsed JSON, or None while nobody answers."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=2) as reply:
            return json.load(reply)
    except (OSError, ValueError, urllib.error.URLError):
        return None


def _open_page(page: str) -> None:
    """In a graphical browser only: a text browser would take the terminal."""
    if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()
    else:
        log.info("no screen here: open the page from a browser")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of `python -m sim.demo`."""
    command = argparse.ArgumentParser(prog="python -m sim.demo", description=__doc__)
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.add_argument("--no-browser", action="store_true", help="do not open the page")
    command.add_argument("--folder", type=Path, help=f"default {DEFAULT_FOLDER}")
    command.add_argument("--duration", type=float, metavar="S", help="end by itself")
    options = command.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        return run(options.folder, not options.no_browser, options.duration)
    except BridgeError as error:
        log.error("%s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
