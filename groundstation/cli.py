"""The command `kedrovka-ground`."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from firmware_bridge.errors import BridgeError, ConfigError, PortBusy
from firmware_bridge.settings import load_settings
from groundstation.config import GroundSettings
from groundstation.store.errors import StoreBroken

OK, DIED, MISCONFIGURED, PORT_TAKEN, NO_DATABASE = 0, 1, 2, 3, 4
EXIT_CODES = """\
exit codes:
  0  stopped by a signal, everything stored
  1  a loop of the station died; the last line says which
  2  wrong command line or configuration; the line names file, key and value
  3  the address is taken or not allowed
  4  the database cannot be opened
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="kedrovka-ground",
        description="Kedrovka's ground station: receives fires and heat from the quadcopters over "
        "HTTP and MAVLink radio, keeps them, and shows them on the rangers' map.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subcommands = command.add_subparsers(title="commands", required=True, metavar="COMMAND")
    serving = subcommands.add_parser(
        "serve",
        help="run the service and its page",
        description="Run the service and its page until SIGINT or SIGTERM.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serving.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file; its table [ground] is read"
    )
    serving.add_argument("--host", help="address to listen on (default 127.0.0.1; 0.0.0.0: all)")
    serving.add_argument("--port", help="TCP port (default 8080), or 'auto': the next free one")
    serving.add_argument("--verbose", action="store_true", help="log more")
    serving.set_defaults(run=serve_command)
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if options.verbose:
        logging.getLogger("groundstation").setLevel(logging.DEBUG)
    code: int = options.run(options)
    return code


def serve_command(options: argparse.Namespace) -> int:
    """`kedrovka-ground serve`."""
    try:
        # Here, because a companion computer has the command but not the libraries.
        from groundstation.server import run_station
    except ModuleNotFoundError as error:
        print(f"kedrovka-ground: no {error.name}: pip install 'kedrovka[ground]'", file=sys.stderr)
        return MISCONFIGURED
    given = {"host": options.host, "port": options.port}
    overrides = {key: value for key, value in given.items() if value is not None}
    try:
        settings = load_settings(GroundSettings, options.config, "ground", overrides)
        run_station(settings)
    except BridgeError as error:
        print(f"kedrovka-ground: {error}", file=sys.stderr)
        return _exit_code(error)
    return OK


def _exit_code(error: BridgeError) -> int:
    codes: list[tuple[type[BridgeError], int]] = [
        (ConfigError, MISCONFIGURED),
        (PortBusy, PORT_TAKEN),
        (StoreBroken, NO_DATABASE),
    ]
    return next((code for kind, code in codes if isinstance(error, kind)), DIED)


if __name__ == "__main__":
    sys.exit(main())
