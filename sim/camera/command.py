"""`kedrovka-sim camera`: this world's cameras on a vehicle that another autopilot flies."""

import argparse
import json
import logging
import math
import signal
from contextlib import ExitStack
from pathlib import Path

from firmware_bridge.errors import BridgeError, ConfigError
from sim import scenario as scenarios
from sim.camera.follow import Follower, check
from sim.camera.outputs import camera_url, open_output, open_visible, visible_url
from sim.camera.studio import Studio
from sim.truth_file import open_truth
from sim.world import World, terrain

log = logging.getLogger(__name__)

DEFAULT_SCENARIO = "fire-patrol"
DEFAULT_OUT = "tcp:127.0.0.1:5770"
OPTIONS = (
    ("--out", "URL", DEFAULT_OUT, f"tcp:HOST:PORT, v4l2:/dev/videoN or none ({DEFAULT_OUT})"),
    ("--visible", "URL", "none", "tcp:HOST:PORT: motion JPEG over HTTP (none)"),
    ("--scenario", "NAME", DEFAULT_SCENARIO, f"name or TOML file ({DEFAULT_SCENARIO})"),
    (
        "--home",
        "LAT,LON,ALT",
        None,
        "where the scenario lies instead; with ALT, metres AMSL, its "
        "ground is lifted to where the autopilot has it",
    ),
)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The subcommand's command line."""
    command = commands.add_parser(
        "camera", help="render for a vehicle that ArduPilot's SITL or a real autopilot flies"
    )
    for name, metavar, default, words in OPTIONS:
        command.add_argument(name, metavar=metavar, default=default, help=words)
    command.add_argument(
        "--autopilot", required=True, metavar="URL",
        help="tcp:HOST:PORT, udpin:HOST:PORT, udpout:HOST:PORT or a serial port's path",
    )  # fmt: skip
    command.add_argument("--terrain", type=Path, metavar="DIR", help="folder of .hgt tiles")
    command.add_argument("--system", type=int, metavar="N", help="the vehicle's id, if not alone")
    command.add_argument("--baud", type=int, default=115200, metavar="N")
    command.add_argument("--truth", type=Path, metavar="FILE", help="one JSON line a frame")
    command.add_argument("--duration", type=float, metavar="S")
    command.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="changes",
        help="change one value of the scenario; may be repeated",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="say what stands where as JSON")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Render until a signal; raises ConfigError, PortBusy, BridgeError."""
    check(options.autopilot)
    if options.duration is not None and not 0 < options.duration < math.inf:
        raise ConfigError(f"--duration {options.duration}: must be above 0")
    changes = [*options.changes, *_home_changes(options.home)]
    scenario = scenarios.load(options.scenario, changes)
    ground = terrain.Ground(options.terrain or terrain.default_folder(), grows=True)
    world = World(scenario, ground)
    with ExitStack() as stack:
        server = open_output("--out", options.out, scenario.camera)
        visible = open_visible("--visible", options.visible)
        for output in (server, visible):
            if output is not None:
                stack.callback(output.close)
        out = None
        if options.truth is not None:
            out = stack.enter_context(open_truth(options.truth))
        studio = Studio(scenario, world, server, out, visible)
        stack.callback(studio.finish)
        follower = Follower(
            options.autopilot, scenario, world, studio, options.baud, options.system,
            options.duration,
        )  # fmt: skip
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: follower.stop.set())
        _say(options, camera_url(server), visible_url(visible), world)
        follower.run()
        if studio.failure is not None:
            raise BridgeError(f"camera: {studio.failure}") from studio.failure
    log.info("%d frames, %d without telemetry", studio.rendered, follower.given_up)
    return 0


def _say(
    options: argparse.Namespace, camera: str | None, visible: str | None, world: World
) -> None:
    lat, lon, alt = world.home_lat_deg, world.home_lon_deg, round(world.home_alt_amsl_m, 1)
    if options.json:
        said = {"autopilot": options.autopilot, "camera": camera, "visible": visible}
        print(json.dumps(said | {"home": [lat, lon, alt]}), flush=True)
    else:
        print(
            f"camera {camera or 'off'} for {options.autopilot}; "
            f"the world's home is {lat:.5f},{lon:.5f}, {alt} m AMSL",
            flush=True,
        )


def _home_changes(home: str | None) -> list[str]:
    if home is None:
        return []
    keys = ("home.lat_deg", "home.lon_deg", "home.alt_amsl_m")
    try:
        numbers = [float(value) for value in home.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3):
        raise ConfigError(f"--home {home}: write LAT,LON or LAT,LON,ALT")
    return [f"{key}={number}" for key, number in zip(keys, numbers, strict=False)]
