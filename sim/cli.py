"""The command `kedrovka-sim`."""

import argparse
import json
import logging
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from firmware_bridge.errors import BridgeError, ConfigError, PortBusy, TerrainError
from sim import scenario as scenarios
from sim.camera.frames import FrameServer
from sim.camera.outputs import Output, camera_url, open_output, open_visible, visible_url
from sim.camera.studio import Studio
from sim.handhelds import command as handheld
from sim.link import Listener, Port, open_link
from sim.runner import Runner
from sim.simulation import Simulation
from sim.world import relief, terrain

OK, DIED, MISCONFIGURED, PORT_TAKEN = 0, 1, 2, 3
EXIT_CODES = """\
exit codes:
  0  ended by --duration or a signal
  1  the simulation died; the last line says of what
  2  wrong command line, scenario or terrain; the line names file, key and value
  3  a port is taken
"""
DEFAULT_SCENARIO = "ready-to-fly"
DEFAULT_LISTEN = "tcp:127.0.0.1:5760"
DEFAULT_CAMERA = "tcp:127.0.0.1:5770"
SWITCH_INTERVAL_S = 0.001
"""The camera's thread must not hold the autopilot's answers for the usual 5 ms."""

log = logging.getLogger("sim")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="kedrovka-sim",
        description="A quadcopter with a thermal camera over real or generated hills, on real "
        "ports: MAVLink as ArduCopter speaks it, frames as a camera sends them.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = command.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="fly a scenario"))
    listing = commands.add_parser("list", help="the scenarios that come with the program")
    listing.set_defaults(run=_list)
    ground = commands.add_parser("terrain", help="make a tile of hills (existing ones stay)")
    ground.add_argument("--out", type=Path, required=True, metavar="DIR")
    ground.add_argument("--tile", action="append", metavar="NAME", help="default N43E131")
    ground.add_argument("--seed", type=int, default=terrain.DEFAULT_SEED)
    ground.set_defaults(run=_terrain)
    handheld.add(commands)
    demo = commands.add_parser("demo", help="simulator, onboard and ground station together")
    demo.add_argument("--no-browser", action="store_true", help="do not open the page")
    demo.add_argument("--folder", type=Path, help="default .demo")
    demo.set_defaults(run=_demo)
    return command


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("scenario", nargs="?", default=DEFAULT_SCENARIO, help="name or TOML file")
    command.add_argument(
        "--listen", action="append", metavar="URL",
        help="tcp:HOST:PORT waits there for clients, udpout:HOST:PORT sends there as a telemetry "
        f"radio, pty:PATH is a serial port; may be repeated ({DEFAULT_LISTEN})",
    )  # fmt: skip
    command.add_argument(
        "--camera", metavar="URL", default=DEFAULT_CAMERA,
        help="tcp:HOST:PORT serves frames there, as onboard's stream:tcp:HOST:PORT reads them; "
        f"v4l2:/dev/videoN feeds a loopback device; none ({DEFAULT_CAMERA})",
    )  # fmt: skip
    command.add_argument(
        "--visible", metavar="URL", default="none",
        help="tcp:HOST:PORT serves the visible picture there, as motion JPEG over HTTP (none)",
    )  # fmt: skip
    command.add_argument("--home", metavar="LAT,LON,ALT,HEADING", help="degrees and metres AMSL")
    command.add_argument("--terrain", type=Path, metavar="DIR", help="folder of .hgt tiles")
    command.add_argument("--seed", type=int, help="of wind, errors and noise")
    command.add_argument("--duration", type=float, metavar="S", help="simulated seconds")
    command.add_argument(
        "--speedup", type=float, default=1.0, metavar="N", help="times real time, if it can"
    )
    command.add_argument("--truth", type=Path, metavar="FILE", help="one JSON line a frame")
    command.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="changes",
        help="change one value of the scenario, such as wind.speed_m_s=9; may be repeated",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="say what stands where as JSON")
    command.set_defaults(run=_run)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    try:
        code: int = options.run(options)
    except (ConfigError, TerrainError) as error:
        log.error("%s", error)
        return MISCONFIGURED
    except PortBusy as error:
        log.error("%s", error)
        return PORT_TAKEN
    except BridgeError as error:
        log.error("%s", error)
        return DIED
    return code


def default_terrain() -> Path:
    """Where generated tiles are kept when nobody says otherwise."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "kedrovka" / "terrain"


def _run(options: argparse.Namespace) -> int:
    if not 0 < options.speedup < math.inf:
        raise ConfigError(f"--speedup {options.speedup}: must be above 0")
    changes = [*options.changes, *_home_changes(options.home)]
    if options.seed is not None:
        changes.append(f"seed={options.seed}")
    scenario = scenarios.load(options.scenario, changes)
    folder = options.terrain or default_terrain()
    home = scenario.home
    tile = terrain.tile_name(int(home.lat_deg // 1), int(home.lon_deg // 1))
    if terrain.ensure_tile(folder, tile.removesuffix(".hgt"), posts=relief.COARSE_POSTS):
        log.info("terrain: made %s", folder / tile)
    simulation = Simulation(scenario, terrain.Ground(folder), time.time())
    with ExitStack() as stack:
        links = [open_link(url) for url in options.listen or [DEFAULT_LISTEN]]
        server = open_output("--camera", options.camera, scenario.camera)
        visible = open_visible("--visible", options.visible)
        out = _truth_file(options.truth, stack)
        studio = Studio(scenario, simulation.world, server, out, visible)
        runner = Runner(simulation, studio, server, options.speedup, options.duration)
        _stop_on_signals(runner.stop)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        _say(options.json, links, server, visible, options.scenario)
        runner.run(links)
        studio.finish()
        for output in (server, visible):
            if output is not None:
                output.close()
    log.info(
        "flew %.1f s, %d frames, %d dropped", simulation.time_s, studio.rendered, studio.dropped
    )
    return OK


def _home_changes(home: str | None) -> list[str]:
    if home is None:
        return []
    keys = ("home.lat_deg", "home.lon_deg", "home.alt_amsl_m", "home.heading_deg")
    values = home.split(",")
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        numbers = []
    if len(numbers) != len(keys):
        raise ConfigError(f"--home {home}: write LAT,LON,ALT,HEADING")
    return [f"{key}={number}" for key, number in zip(keys, numbers, strict=True)]


def _truth_file(path: Path | None, stack: ExitStack) -> TextIO | None:
    if path is None:
        return None
    try:
        return stack.enter_context(path.open("w", encoding="utf-8", buffering=1))
    except OSError as error:
        raise ConfigError(f"--truth {path}: {error.strerror}") from error


def _stop_on_signals(stop: threading.Event) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())


def _say(
    as_json: bool, links: Sequence[Listener | Port], server: Output | None,
    visible: FrameServer | None, name: str,
) -> None:  # fmt: skip
    urls = [link.url if isinstance(link, Listener) else link.name for link in links]
    cameras = {"camera": camera_url(server), "visible": visible_url(visible)}
    if as_json:
        print(json.dumps({"scenario": name, "autopilot": urls, **cameras}), flush=True)
    else:
        said = "; ".join(f"{what} {url}" for what, url in cameras.items() if url)
        print(f"{name}: autopilot on {', '.join(urls)}; {said or 'camera off'}", flush=True)


def _list(_: argparse.Namespace) -> int:
    for name in scenarios.names():
        print(f"{name:16} {scenarios.load(name).title}")
    return OK


def _terrain(options: argparse.Namespace) -> int:
    for name in options.tile or ["N43E131"]:
        made = terrain.ensure_tile(options.out, name, options.seed)
        print(f"{options.out / name}.hgt {'made' if made else 'is there already'}")
    return OK


def _demo(options: argparse.Namespace) -> int:
    from sim import demo

    return demo.run(folder=options.folder, browser=not options.no_browser)


if __name__ == "__main__":
    sys.exit(main())
