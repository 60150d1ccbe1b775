"""`kedrovka-sim handheld`: a virtual unit on a port one can point any program at."""

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmware_bridge.errors import ConfigError
from sim.handhelds.build import FAMILIES, Wanted
from sim.handhelds.faults import FAULTS, fault_named
from sim.handhelds.pace import Wire
from sim.handhelds.unit import VirtualUnit

log = logging.getLogger(__name__)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The subcommand's command line."""
    command = commands.add_parser(
        "handheld",
        help="a virtual handheld GPS unit on a pseudo-terminal",
        epilog="\n".join(
            ["faults (NAME, or NAME@N for the N-th packet of the bulk transfer):"]
            + [f"  {name:18} {fault.title}" for name, fault in FAULTS.items()]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_options(command)
    command.set_defaults(run=run)


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--family", required=True, choices=list(FAMILIES))
    command.add_argument("--link", required=True, type=Path, metavar="PATH",
                         help="becomes a symbolic link to the port")  # fmt: skip
    command.add_argument("--model", help="; ".join(
        f"{name}: {', '.join(family.models)}" for name, family in FAMILIES.items()
    ))  # fmt: skip
    command.add_argument("--points", type=int, default=200, metavar="N")
    command.add_argument("--waypoints", type=int, default=10, metavar="N")
    command.add_argument("--baud", type=int, metavar="N", help="rate of the unit's port")
    command.add_argument("--fault", default="none", metavar="NAME")
    command.add_argument("--unit-id", type=int, metavar="N")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--speedup", type=float, default=1.0, metavar="N",
                         help="the wire is so many times faster than its rate")  # fmt: skip
    command.add_argument("--truth", type=Path, metavar="FILE", help="what it holds, as JSON")
    command.add_argument("--json", action="store_true", help="say what stands where as JSON")


def run(options: argparse.Namespace) -> int:
    """Serve the port until a signal; raises ConfigError."""
    unit = _unit(options)
    held = unit.truth() | {"fault": options.fault, "baud": unit.baud}
    if options.truth is not None:
        _write_truth(options.truth, held)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    wire = Wire(unit, options.link, options.speedup)
    try:
        _say(options, held, wire)
        wire.run(stop)
        if wire.unplugged:
            wire.close()
            log.info("unplugged; the port is gone")
            stop.wait()
    finally:
        wire.close()
    return 0


def _unit(options: argparse.Namespace) -> VirtualUnit:
    for name in ("points", "waypoints"):
        if getattr(options, name) < 0:
            raise ConfigError(f"--{name} {getattr(options, name)}: must not be below 0")
    if options.speedup <= 0:
        raise ConfigError(f"--speedup {options.speedup}: must be above 0")
    family = FAMILIES[options.family]
    model = options.model or family.models[0]
    if model not in family.models:
        raise ConfigError(f"--model {model}: must be one of {', '.join(family.models)}")
    return family.build(
        Wanted(
            model, options.points, options.waypoints, options.baud or family.baud,
            fault_named(options.fault), options.seed, options.unit_id,
        )
    )  # fmt: skip


def _write_truth(path: Path, held: Mapping[str, Any]) -> None:
    try:
        path.write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--truth {path}: {error.strerror}") from error


def _say(options: argparse.Namespace, held: Mapping[str, Any], wire: Wire) -> None:
    if options.json:
        keys = ("family", "model", "unit_id", "baud", "points", "fault")
        place = {"link": str(wire.link), "device": wire.device, "pty_us": round(wire.pty_s * 1e6)}
        print(json.dumps({key: held[key] for key in keys} | place), flush=True)
    else:
        print(
            f"{held['model']} ({held['family']}), {held['points']} points and "
            f"{len(held['waypoints'])} waypoints, on {wire.link} at {held['baud']} baud; "
            f"fault: {options.fault}",
            flush=True,
        )


if __name__ == "__main__":  # without the autopilot's and the camera's libraries: twice as quick
    _parser = argparse.ArgumentParser(prog="python -m sim.handhelds.command")
    _add_options(_parser)
    sys.exit(run(_parser.parse_args()))
