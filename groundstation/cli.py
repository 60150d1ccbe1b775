"""The command `kedrovka-ground`."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from firmware_bridge.errors import BridgeError, ConfigError, PortBusy, TerrainError
from firmware_bridge.terrain.geotiff import Datum, import_geotiff
from groundstation.access import audit_command, key_command, user_command
from groundstation.backup import command as backup_command
from groundstation.dock import decode_command, dock_command
from groundstation.exchange import export_command, import_command
from groundstation.report import report_command
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
TERRAIN_EXIT_CODES = """\
exit codes:
  0  every file is in the folder
  1  the folder cannot be written
  2  wrong command line, or a file that cannot be used: the line names it; the others are imported
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
    _add_terrain(subcommands)
    decode_command.add(subcommands)
    dock_command.add(subcommands)
    import_command.add(subcommands)
    user_command.add(subcommands)
    key_command.add(subcommands)
    audit_command.add(subcommands)
    backup_command.add(subcommands)
    export_command.add(subcommands)
    report_command.add(subcommands)
    return command


def _add_terrain(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    importing = subcommands.add_parser(
        "terrain",
        help="import GeoTIFF elevation models",
        description="Write GeoTIFF elevation models (WGS84 latitude and longitude) into .hgt\n"
        "tiles for the map and for the quadcopter. Tiles that are there keep what the\n"
        "files do not hold.",
        epilog=TERRAIN_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    importing.add_argument("files", nargs="+", type=Path, metavar="FILE.tif")
    importing.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder of .hgt tiles"
    )
    importing.add_argument(
        "--datum",
        choices=[str(datum) for datum in Datum],
        help="what the heights are measured from, where the files do not say: "
        "egm96 (SRTM, NASADEM), egm2008 (Copernicus) or ellipsoid",
    )
    importing.add_argument("--verbose", action="store_true", help="log more")
    importing.set_defaults(run=terrain_command)


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
        from firmware_bridge.settings import load_settings
        from groundstation.config import GroundSettings
        from groundstation.server import run_station
    except ModuleNotFoundError as error:
        return _say(f"no {error.name}: pip install 'kedrovka[ground]'", MISCONFIGURED)
    given = {"host": options.host, "port": options.port}
    overrides = {key: value for key, value in given.items() if value is not None}
    try:
        settings = load_settings(GroundSettings, options.config, "ground", overrides)
        run_station(settings)
    except BridgeError as error:
        return _say(str(error), _exit_code(error))
    return OK


def terrain_command(options: argparse.Namespace) -> int:
    """`kedrovka-ground terrain`."""
    code = OK
    datum = Datum(options.datum) if options.datum else None
    for file in options.files:
        try:
            tiles = import_geotiff(file, options.out, datum=datum)
        except ModuleNotFoundError as error:
            return _say(f"no {error.name}: pip install 'kedrovka[geotiff]'", MISCONFIGURED)
        except TerrainError as error:
            code = _say(str(error), MISCONFIGURED)
        except OSError as error:
            return _say(f"{options.out}: cannot be written: {error.strerror or error}", DIED)
        else:
            names = ", ".join(tile.name for tile in tiles) or "holds no height"
            print(f"{file}: {names}")
    return code


def _say(text: str, code: int) -> int:
    print(f"kedrovka-ground: {text}", file=sys.stderr)
    return code


def _exit_code(error: BridgeError) -> int:
    codes: list[tuple[type[BridgeError], int]] = [
        (ConfigError, MISCONFIGURED),
        (PortBusy, PORT_TAKEN),
        (StoreBroken, NO_DATABASE),
    ]
    return next((code for kind, code in codes if isinstance(error, kind)), DIED)


if __name__ == "__main__":
    sys.exit(main())
