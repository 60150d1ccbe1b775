"""`kedrovka-ground import FILE...`: SMART patrols and models, files of GPS units, tables."""

import argparse
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.errors import BridgeError, ConfigError
from groundstation.store.errors import StoreBroken
from groundstation.words import Language, Refusal

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from groundstation.config import GroundSettings

TAKEN, FAILED, MISCONFIGURED, LOSSES, NOTHING, NO_DATABASE = range(6)
EXIT_CODES = """\
exit codes:
  0  everything in the files is in the database, or was there before
  1  the disk or the database failed meanwhile; what was printed as taken is taken
  2  wrong command line or configuration
  3  something in a file was not taken: the lines say what, where and why
  4  of one of the files nothing could be taken
  5  the database cannot be opened
"""


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put `import` among the commands."""
    command = subcommands.add_parser(
        "import",
        help="take in SMART patrols and data models, GPX, tables of observations",
        description="Take files into the database: SMART patrol XML 1.0 to 1.3, SMART data model\n"
        "XML, ZIP archives of them with attachments, files of GPS units (GPX, FIT, NMEA,\n"
        "...), CSV tables of observations. Each file is kept as it came and filed in one\n"
        "transaction; one that was taken before is told and left alone. The station may\n"
        "go on serving meanwhile.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file; its table [ground] is read"
    )
    command.add_argument(
        "--lang", choices=["ru", "en"], help="of what is printed (default: the station's first)"
    )
    command.add_argument(
        "--ours",
        action="store_true",
        help="the files are this park's own: people, teams and stations they bring are active at "
        "once, instead of waiting for somebody to look at them",
    )
    command.set_defaults(run=run, verbose=False)


def run(options: argparse.Namespace) -> int:
    """Take the files one after the other; the exit code."""
    from firmware_bridge.settings import load_settings
    from groundstation.config import GroundSettings
    from groundstation.store.console import open_store

    try:
        settings = load_settings(GroundSettings, options.config, "ground", {})
        language: Language = options.lang or settings.station.languages[0]
        with open_store(settings) as engine:
            ours: bool = options.ours
            return max(_take(engine, settings, path, language, ours) for path in options.files)
    except ConfigError as error:
        return _say(str(error), MISCONFIGURED)
    except StoreBroken as error:
        return _say(str(error), NO_DATABASE)
    except BridgeError as error:
        return _say(str(error), FAILED)
    except OSError as error:
        return _say(f"{error.filename}: {error.strerror or error}", FAILED)


def _take(
    engine: "Engine", settings: "GroundSettings", path: Path, language: Language, ours: bool
) -> int:
    from groundstation.access.account import console
    from groundstation.exchange.one_file import read_bounded, take
    from groundstation.exchange.told import has_losses, lines

    try:
        raw = read_bounded(path)
        who = console(getpass.getuser())
        outcome = take(engine, settings, raw, path.name, who, datetime.now(UTC), ours)
    except Refusal as why:
        print(why.text(language))
        return NOTHING
    print("\n".join(lines(outcome, language)), flush=True)
    return LOSSES if has_losses(outcome) else TAKEN


def _say(text: str, code: int) -> int:
    print(f"kedrovka-ground import: {text}", file=sys.stderr)
    return code
