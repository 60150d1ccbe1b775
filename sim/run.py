"""`kedrovka-sim run`: a scenario as a process on real ports."""

import argparse
import json
import logging
import math
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firmware_bridge.errors import BridgeError, ConfigError
from sim import scenario as scenarios
from sim.camera.frames import FrameServer
from sim.camera.outputs import Output, camera_url, open_output, open_visible, visible_url
from sim.camera.studio import Lines, Studio
from sim.craft import Craft
from sim.handhelds.arrivals import Arrivals
from sim.line_of_sight import Station
from sim.link import Listener, Port, open_link
from sim.parameter_file import ParameterFile, of_vehicle
from sim.runner import Runner
from sim.scenario import Scenario
from sim.scoring import command as scoring
from sim.scoring import score, told
from sim.scoring.seen import Watch
from sim.simulation import Simulation
from sim.truth_file import TruthFile, open_truth
from sim.world import World, terrain

DEFAULT_SCENARIO = "ready-to-fly"
DEFAULT_LISTEN = "tcp:127.0.0.1:5760"
DEFAULT_CAMERA = "tcp:127.0.0.1:5770"
DEFAULT_NAVIGATORS = Path("navigators")
PORTS_APART = 10
"""Between the ports of one vehicle and the next, as between instances of ArduPilot's simulator."""
SWITCH_INTERVAL_S = 0.001
"""The camera's thread must not hold the autopilot's answers for the usual 5 ms."""

log = logging.getLogger(__name__)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The subcommand's command line."""
    command = commands.add_parser("run", help="fly a scenario")
    command.add_argument(
        "scenario",
        nargs="?",
        default=DEFAULT_SCENARIO,
        help=f"name or TOML file ({DEFAULT_SCENARIO})",
    )  # fmt: skip
    command.add_argument(
        "--listen", action="append", metavar="URL",
        help="tcp:HOST:PORT waits there for clients, udpout:HOST:PORT sends there as a telemetry "
        "radio, udpin:HOST:PORT answers whoever speaks, pty:PATH is a serial port; may be repeated "
        f"({DEFAULT_LISTEN}). The next vehicle's ports are {PORTS_APART} higher, its pty has -2 at "
        "the end",
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
    command.add_argument(
        "--home", metavar="LAT,LON,ALT,HEADING", help="degrees, metres AMSL of the ground there"
    )
    command.add_argument("--terrain", type=Path, metavar="DIR", help="folder of .hgt tiles")
    command.add_argument("--seed", type=int, metavar="N", help="of wind, errors and noise")
    command.add_argument("--duration", type=float, metavar="S", help="simulated seconds")
    command.add_argument(
        "--speedup", type=float, default=1.0, metavar="N", help="times real time, if it can"
    )
    command.add_argument("--truth", type=Path, metavar="FILE", help="one JSON line a frame")
    command.add_argument(
        "--parameters", type=Path, metavar="FILE",
        help="keeps the autopilot's changed parameters from run to run, as NAME VALUE lines; the "
        "next vehicle's file has -2 at the end of its name",
    )  # fmt: skip
    command.add_argument(
        "--navigators", type=Path, metavar="DIR", default=DEFAULT_NAVIGATORS,
        help="where a scenario's handheld units come to: DIR/ports/*, DIR/volumes/* "
        f"({DEFAULT_NAVIGATORS})",
    )  # fmt: skip
    command.add_argument(
        "--score",
        metavar="URL",
        help="at the end, judge what this ground station was told; its key "
        "for reading is in $KEDROVKA_KEY",
    )  # fmt: skip
    command.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="changes",
        help="change one value of the scenario, such as wind.speed=9; may be repeated",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="say what stands where as JSON")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Fly until the end or a signal; raises ConfigError, TerrainError, PortBusy, BridgeError."""
    for name, value in (("speedup", options.speedup), ("duration", options.duration)):
        if value is not None and not 0 < value < math.inf:
            raise ConfigError(f"--{name} {value}: must be above 0")
    scenario = scenarios.load(options.scenario, _changes(options))
    ground = terrain.Ground(options.terrain or terrain.default_folder(), grows=True)
    world = World(scenario, ground)
    watch = Watch() if options.score else None
    with ExitStack() as stack:
        truth = _truth(options.truth, watch, len(scenario.fleet()), stack)
        stands = [_stand(options, n, own, world, truth) for n, own in enumerate(scenario.fleet())]
        began_s = time.time()
        fleet = [stand.manned(began_s) for stand in stands]
        runner = Runner(fleet, options.speedup, options.duration)
        if scenario.navigator:
            arrivals = _arrivals(options, scenario, world, began_s)
            stack.callback(arrivals.close)
            runner.on_turn = arrivals.advance
        _stop_on_signals(runner.stop)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        began = datetime.fromtimestamp(began_s, UTC)
        _say(options, fleet, began)
        runner.run()
        studios = [craft.studio for craft in fleet if craft.studio is not None]
        for studio in studios:
            studio.finish()
            if studio.failure is not None:
                raise BridgeError(f"camera: {studio.failure}") from studio.failure
    log.info(
        "flew %.1f s, %d frames, %d dropped",
        runner.time_s, sum(s.rendered for s in studios), sum(s.dropped for s in studios),
    )  # fmt: skip
    if watch is not None:
        timeline = score.Timeline(began, options.speedup, runner.knots)
        _tell_score(options, scenario, watch, timeline)
    return 0


def _arrivals(
    options: argparse.Namespace, scenario: Scenario, world: World, began_s: float
) -> Arrivals:
    def place_of(north_m: float, east_m: float) -> tuple[float, float, float]:
        lat_deg, lon_deg = world.from_map(north_m, east_m)
        return lat_deg, lon_deg, world.ground.height_at(lat_deg, lon_deg)

    folder = options.navigators
    return Arrivals(scenario.navigator, folder, scenario.seed, options.speedup, place_of, began_s)


def _tell_score(
    options: argparse.Namespace, scenario: Scenario, watch: Watch, timeline: score.Timeline
) -> None:
    hotspots = told.fetch(options.score, since=timeline.began)
    wanted: frozenset[str] = frozenset(scenario.score.wanted)
    scoring.show(score.judge(watch.things, hotspots, timeline, wanted), options.json)


@dataclass(frozen=True, slots=True)
class _Stand:
    """A vehicle's ports and its camera, before it is there."""

    scenario: Scenario
    world: World
    links: list[Listener | Port]
    server: Output | None
    visible: FrameServer | None
    studio: Studio | None
    parameters: ParameterFile | None
    waits_for_camera: bool

    def manned(self, unix_s: float) -> Craft:
        """With the vehicle, whose time begins now."""
        radio = self.scenario.radio
        kept = None if self.parameters is None else self.parameters.read()
        simulation = Simulation(self.scenario, self.world.ground, unix_s, kept, self.world)
        return Craft(
            simulation, self.studio, self.server, self.visible, self.links, self.parameters,
            self.waits_for_camera, Station(self.world, radio) if radio.line_of_sight else None,
        )  # fmt: skip


def _stand(
    options: argparse.Namespace, number: int, scenario: Scenario, world: World,
    truth: TruthFile | None,
) -> _Stand:  # fmt: skip
    listen = options.listen or [DEFAULT_LISTEN]
    links = [open_link(url_of_vehicle(url, number)) for url in listen]
    server = open_output("--camera", url_of_vehicle(options.camera, number), scenario.camera)
    visible = open_visible("--visible", url_of_vehicle(options.visible, number))
    lines = None if truth is None else truth.lane(number)
    unseen = server is None and visible is None and lines is None
    studio = None if unseen else Studio(scenario, world, server, lines, visible)
    path = options.parameters and of_vehicle(options.parameters, number)
    kept = ParameterFile(path) if path else None
    waits = options.speedup > 1 or truth is not None
    return _Stand(scenario, world, links, server, visible, studio, kept, waits)


def url_of_vehicle(url: str, number: int) -> str:
    """The same port of the vehicle that is `number` after the first."""
    kind, _, rest = url.partition(":")
    if number == 0 or kind == "none":
        return url
    if kind == "pty":
        return f"{url}-{number + 1}" if rest else url
    if kind == "v4l2":
        device = rest.rstrip("0123456789")
        return f"v4l2:{device}{int(rest[len(device) :] or 0) + number}"
    host, colon, port = rest.rpartition(":")
    # 0 is any free one; a radio's datagrams of all vehicles go to one ground station.
    if kind not in ("tcp", "udpin") or not colon or not port.isdecimal() or int(port) == 0:
        return url
    return f"{kind}:{host}:{int(port) + PORTS_APART * number}"


def _changes(options: argparse.Namespace) -> list[str]:
    changes = [*options.changes, *_home_changes(options.home)]
    return changes if options.seed is None else [*changes, f"seed={options.seed}"]


def _home_changes(home: str | None) -> list[str]:
    if home is None:
        return []
    keys = ("home.lat_deg", "home.lon_deg", "home.alt_amsl_m", "home.heading_deg")
    values = home.split(",")
    if len(values) != len(keys):
        raise ConfigError(f"--home {home}: write LAT,LON,ALT,HEADING")
    for key, value in zip(keys, values, strict=True):
        try:
            float(value)
        except ValueError:
            raise ConfigError(f"--home {home}: '{value}' ({key}) is not a number") from None
    return [f"{key}={float(value)}" for key, value in zip(keys, values, strict=True)]


def _truth(
    path: Path | None, watch: Watch | None, cameras: int, stack: ExitStack
) -> TruthFile | None:
    """Into the file, and to who will judge by it."""
    outs: list[Lines] = [] if watch is None else [watch]
    if path is not None:
        outs.append(stack.enter_context(open_truth(path)))
    if not outs:
        return None
    truth = TruthFile(outs, cameras)
    stack.callback(truth.close)
    return truth


def _stop_on_signals(stop: threading.Event) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())


def _say(options: argparse.Namespace, fleet: Sequence[Craft], began: datetime) -> None:
    vehicles = [_where(craft) for craft in fleet]
    if options.json:
        first = {key: vehicles[0][key] for key in ("autopilot", "camera", "visible")}
        said = {"scenario": options.scenario, "began_utc": began.isoformat(), **first}
        print(json.dumps({**said, "vehicles": vehicles}), flush=True)
        return
    for vehicle in vehicles:
        print(
            f"{options.scenario}: vehicle {vehicle['system_id']}: autopilot on "
            f"{', '.join(vehicle['autopilot'])}; camera {vehicle['camera'] or 'off'}"
            + (f"; visible {vehicle['visible']}" if vehicle["visible"] else ""),
            flush=True,
        )


def _where(craft: Craft) -> dict[str, Any]:
    """Who is where: names of the ports as they are, after the choice of free ones."""
    return {
        "system_id": craft.simulation.scenario.vehicle.system_id,
        "autopilot": [_name(link) for link in craft.links],
        "camera": camera_url(craft.server),
        "visible": visible_url(craft.visible),
    }


def _name(link: Listener | Port) -> str:
    return link.url if isinstance(link, Listener) else link.name
