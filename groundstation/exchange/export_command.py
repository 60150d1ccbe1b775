"""`kedrovka-ground export`: records into a file of another program, or to an EarthRanger server."""

import argparse
import getpass
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from firmware_bridge.errors import BridgeError, ConfigError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from groundstation.config import GroundSettings
    from groundstation.exchange.exports.gather import Gathering
    from groundstation.words import Language

OK, FAILED, MISCONFIGURED, NO_DATABASE = 0, 1, 2, 4
FILES = ("smart", "gpx", "kml", "geojson", "gpkg", "csv", "capthist")
EARTHRANGER = "earthranger"
EXIT_CODES = """\
exit codes:
  0  the file is there, whole (or the server has everything)
  1  nothing was exported; the line says why, and a file of that name is what it was
  2  wrong command line or configuration
  4  the database cannot be opened
"""


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put it among the commands."""
    command = subcommands.add_parser(
        "export",
        help="write raids and observations for other programs",
        description="Write raids that touch the span, with their ways and observations.\n"
        "smart: a ZIP of SMART patrols, or an .xml of one; kml: .kml or .kmz; capthist: a ZIP\n"
        "for R's secr; csv: as Excel of that language opens it.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--format", required=True, choices=[*FILES, EARTHRANGER])
    command.add_argument("--out", type=Path, metavar="PATH", help="of a file")
    command.add_argument("--from", type=_day, metavar="DATE", dest="first", help="first day")
    command.add_argument("--to", type=_day, metavar="DATE", dest="last", help="last day")
    command.add_argument("--raid", type=UUID, metavar="ID", help="only this one")
    command.add_argument(
        "--public", action="store_true",
        help="as a guest would see it: no ways, no people, sensitive places generalised",
    )  # fmt: skip
    command.add_argument("--lang", choices=["ru", "en"], help="of names (default: the station's)")
    command.add_argument("--server", metavar="URL", help="of earthranger")
    command.add_argument(
        "--token-stdin", action="store_true", help="read the server's access token from stdin"
    )
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file; its table [ground] is read"
    )
    command.set_defaults(run=export_command, verbose=False)


def export_command(options: argparse.Namespace) -> int:
    """`kedrovka-ground export`."""
    try:
        from firmware_bridge.settings import load_settings
        from groundstation.config import GroundSettings
        from groundstation.store.console import open_store
        from groundstation.store.errors import StoreBroken, StoreUnavailable
        from groundstation.words import Refusal
    except ModuleNotFoundError as error:
        return _say(f"no {error.name}: pip install 'kedrovka[ground]'", MISCONFIGURED)
    try:
        _check(options)
        settings = load_settings(GroundSettings, options.config, "ground", {})
        language = options.lang or settings.station.languages[0]
        with open_store(settings) as engine:
            _export(options, settings, engine, language)
    except Refusal as refusal:
        return _say(refusal.text(options.lang or "ru"), FAILED)
    except (StoreBroken, StoreUnavailable) as error:
        return _say(str(error), NO_DATABASE)
    except BridgeError as error:
        return _say(str(error), MISCONFIGURED)
    except OSError as error:
        return _say(f"{options.out}: {error.strerror or error}", FAILED)
    return OK


def _check(options: argparse.Namespace) -> None:
    if options.format == EARTHRANGER:
        if options.server is None or not options.token_stdin:
            raise ConfigError("--format earthranger: needs --server URL and --token-stdin")
    elif options.out is None:
        raise ConfigError(f"--format {options.format}: needs --out PATH")


def _export(
    options: argparse.Namespace, settings: "GroundSettings", engine: "Engine", language: "Language"
) -> None:
    from groundstation.access.account import console
    from groundstation.exchange.exports.gather import Gathering, Wanted, public
    from groundstation.records.wall_clock import zone_of
    from groundstation.store.console import reading

    account = console(getpass.getuser())
    seen_as = public(account) if options.public else account
    wanted = Wanted(options.first, options.last, options.raid)
    with reading(engine) as connection:
        zone = zone_of(settings.station.zone)
        gathering = Gathering(connection, account, seen_as, wanted, zone)
        if options.format == EARTHRANGER:
            _send(options, gathering, engine, language)
        else:
            _write(options, settings, gathering, engine, language)


def _write(
    options: argparse.Namespace,
    settings: "GroundSettings",
    gathering: "Gathering",
    engine: "Engine",
    language: "Language",
) -> None:
    from groundstation.exchange.exports.export import beside, write
    from groundstation.store.console import writing

    with beside(options.out) as fresh:
        done = write(
            options.format, fresh, options.out, gathering, language,
            settings.photographs_folder(),
        )  # fmt: skip
        with writing(engine) as connection:
            done.note(connection, datetime.now(UTC))
    for line in done.lines(options.out, language):
        print(line)


def _send(
    options: argparse.Namespace, gathering: "Gathering", engine: "Engine", language: "Language"
) -> None:
    try:
        from groundstation.exchange.exports import earthranger
    except ModuleNotFoundError as error:
        raise ConfigError(f"no {error.name}: pip install 'kedrovka[earthranger]'") from error
    from groundstation.exchange.exports.export import Exported
    from groundstation.exchange.exports.gather import Written, names_of
    from groundstation.exchange.exports.words import REFUSALS
    from groundstation.store.console import writing
    from groundstation.words import Refusal

    token = sys.stdin.readline().strip()
    if not token:
        raise Refusal(REFUSALS, "no_token")
    er = earthranger.client(options.server, token)
    names = names_of(gathering.connection, gathering.seen_as, language)
    sent = earthranger.send(er, options.server, gathering, names)
    with writing(engine) as connection:
        written = Written(observations=sent.created + sent.changed, points=sent.points)
        Exported(EARTHRANGER, written, gathering).note(connection, datetime.now(UTC))
    for line in sent.lines(options.server, language):
        print(line)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}': write a date like 2026-01-31") from None


def _say(text: str, code: int) -> int:
    print(f"kedrovka-ground: {text}", file=sys.stderr)
    return code
