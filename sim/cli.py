"""The command `kedrovka-sim`."""

import argparse
import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from firmware_bridge.errors import BridgeError, ConfigError, PortBusy, TerrainError
from sim import run
from sim import scenario as scenarios
from sim.camera import command as camera
from sim.handhelds import command as handheld
from sim.patrols import command as patrols
from sim.scoring import command as score
from sim.world import terrain

OK, DIED, MISCONFIGURED, PORT_TAKEN = 0, 1, 2, 3
EXIT_CODES = """\
exit codes:
  0  ended by --duration or a signal
  1  the simulation died; the last line says of what
  2  wrong command line, scenario or terrain; the line names file, key and value
  3  a port is taken
"""

SOUTH = re.compile(r"-[\d.]")

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
    run.add(commands)
    score.add(commands)
    listing = commands.add_parser("list", help="the scenarios that come with the program")
    listing.set_defaults(run=_list)
    ground = commands.add_parser("terrain", help="make a tile of hills (existing ones stay)")
    ground.add_argument("--out", type=Path, required=True, metavar="DIR")
    ground.add_argument("--tile", action="append", metavar="NAME", help="default N43E131")
    ground.add_argument("--seed", type=int, default=terrain.DEFAULT_SEED)
    ground.set_defaults(run=_terrain)
    camera.add(commands)
    handheld.add(commands)
    patrols.add(commands)
    demo = commands.add_parser("demo", help="simulator, onboard and ground station together")
    demo.add_argument("--no-browser", action="store_true", help="do not open the page")
    demo.add_argument("--folder", type=Path, help="default .demo")
    demo.set_defaults(run=_demo)
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = parser().parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
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


def _joined(arguments: Sequence[str]) -> list[str]:
    """`--home -35,149,584,0` in one word: argparse takes a southern latitude for an option."""
    words: list[str] = []
    for word in arguments:
        if words and words[-1] == "--home" and SOUTH.match(word):
            words[-1] = f"--home={word}"
        else:
            words.append(word)
    return words


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
