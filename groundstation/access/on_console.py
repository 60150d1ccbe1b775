"""What the commands for accounts, keys and the audit log share."""

import argparse
import os
import pwd
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.errors import BridgeError, ConfigError
from groundstation.access.account import Account, console
from groundstation.words import Language, Refusal, Table, console_language, say

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from groundstation.config import GroundSettings

OK, REFUSED, MISCONFIGURED, NO_DATABASE = 0, 1, 2, 4
EXIT_CODES = """\
exit codes:
  0  done
  1  not done; the line says why
  2  wrong command line or configuration
  4  the database cannot be opened
"""


@dataclass(frozen=True, slots=True)
class AtConsole:
    """What a command works with, inside one transaction."""

    connection: "Connection"
    settings: "GroundSettings"
    by: Account
    now_utc: datetime
    language: Language
    told: list[str] = field(default_factory=list)
    """Printed after the commit: no code or key is shown that is not stored."""

    def tell(self, line: str) -> None:
        """Say something."""
        self.told.append(line)

    def say(self, table: Table, code: str, **values: object) -> None:
        """Say a sentence."""
        self.tell(say(table, code, self.language, **values))


def add_config(command: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    """The option every such command has, and what runs it."""
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file; its table [ground] is read"
    )
    command.set_defaults(run=run, verbose=False)


def in_store(options: argparse.Namespace, work: Callable[[AtConsole], int]) -> int:
    """Open the station's database and do the work in one transaction; the exit code."""
    try:
        # Here, because a companion computer has the command but not the libraries.
        from firmware_bridge.settings import load_settings
        from groundstation.config import GroundSettings
        from groundstation.store.console import open_store, writing
        from groundstation.store.errors import StoreBroken
    except ModuleNotFoundError as error:
        return _say(f"no {error.name}: pip install 'kedrovka[ground]'", MISCONFIGURED)
    language = console_language()
    try:
        settings = load_settings(GroundSettings, options.config, "ground")
        by, now = console(pwd.getpwuid(os.getuid()).pw_name), datetime.now(UTC)
        with open_store(settings) as engine, writing(engine) as connection:
            at = AtConsole(connection, settings, by, now, language)
            code = work(at)
    except Refusal as refusal:
        return _say(refusal.text(language), REFUSED)
    except ConfigError as error:
        return _say(str(error), MISCONFIGURED)
    except StoreBroken as error:
        return _say(str(error), NO_DATABASE)
    except BridgeError as error:
        return _say(str(error), REFUSED)
    print("\n".join(at.told))
    return code


def _say(text: str, code: int) -> int:
    print(f"kedrovka-ground: {text}", file=sys.stderr)
    return code
