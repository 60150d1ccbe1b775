"""`kedrovka-ground backup` and `kedrovka-ground restore`."""

import argparse
import getpass
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.errors import BridgeError, ConfigError

if TYPE_CHECKING:
    from groundstation.config import GroundSettings

OK, FAILED, MISCONFIGURED = 0, 1, 2
BACKUP_EXIT_CODES = """\
exit codes:
  0  the backup was made, read back and restored into a scratch database
  1  it could not be; the line says why, and no file of its name was left
  2  wrong command line or configuration
"""
RESTORE_EXIT_CODES = """\
exit codes:
  0  everything is back (with --check: everything in the file is whole)
  1  the file is damaged, another station's, or its place is not empty; nothing was changed
  2  wrong command line or configuration
"""


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put both among the commands."""
    backup = subcommands.add_parser(
        "backup",
        help="make an encrypted copy of everything filed",
        description="Write the database, photographs, imported files and raw captures into one\n"
        "file in age's encryption, read it back and restore it into a scratch database.\n"
        "The station may go on serving meanwhile. The key lies beside the database\n"
        "(backup.key): keep a copy of it elsewhere, nothing opens a backup without it.",
        epilog=BACKUP_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    backup.add_argument(
        "--out", type=Path, metavar="DIR", help="folder (default: that of the configuration)"
    )
    restore = subcommands.add_parser(
        "restore",
        help="bring a backup back into an empty station",
        description="Decrypt a backup, check every byte of it, and put it where the\n"
        "configuration says. What is there already is never written over.",
        epilog=RESTORE_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    restore.add_argument("file", type=Path, metavar="FILE.age")
    restore.add_argument(
        "--key", type=Path, metavar="FILE", help="the station's key (default: backup.key)"
    )
    restore.add_argument("--check", action="store_true", help="only look whether it is whole")
    for command, run in ((backup, backup_command), (restore, restore_command)):
        command.add_argument(
            "--config", type=Path, metavar="FILE", help="TOML file; its table [ground] is read"
        )
        command.set_defaults(run=run, verbose=False)


def backup_command(options: argparse.Namespace) -> int:
    """`kedrovka-ground backup`."""
    from groundstation.access.account import console
    from groundstation.backup import job
    from groundstation.store.console import open_store

    try:
        settings, now = _settings(options), datetime.now(UTC)
        about = {"version": version("kedrovka"), "station": settings.station.name}
        folders, out = settings.kept_folders(), options.out or settings.backup_folder()
        with open_store(settings) as engine:
            made = job.make(engine, folders, job.key(settings.backup_key()), out, now, about)
            job.note(engine, console(getpass.getuser()), "make", made.path, now)
    except ConfigError as error:
        return _say("backup", str(error), MISCONFIGURED)
    except BridgeError as error:
        return _say("backup", str(error), FAILED)
    except OSError as error:
        return _say("backup", f"{error.filename}: {error.strerror}", FAILED)
    print(f"{made.path}: {made.bytes} bytes, {made.rows} rows, {made.files} files; read back whole")
    return OK


def restore_command(options: argparse.Namespace) -> int:
    """`kedrovka-ground restore`."""
    from groundstation.access.account import console
    from groundstation.backup import job
    from groundstation.store.console import open_store

    try:
        settings = _settings(options)
        identity = job.read_key(options.key or settings.backup_key())
        if options.check:
            manifest = job.verify(options.file, identity)
        else:
            url, folders = settings.database_url(), settings.kept_folders()
            manifest = job.restore(options.file, identity, url, folders)
            with open_store(settings) as engine:
                who, now = console(getpass.getuser()), datetime.now(UTC)
                job.note(engine, who, "restore", options.file, now)
    except ConfigError as error:
        return _say("restore", str(error), MISCONFIGURED)
    except BridgeError as error:
        return _say("restore", str(error), FAILED)
    except OSError as error:
        return _say("restore", f"{error.filename}: {error.strerror}", FAILED)
    about = manifest.about
    what = f"{sum(about['rows'].values())} rows, {len(manifest.files) - 1} files"
    done = "is whole" if options.check else "restored"
    print(f"{options.file}: {about['station']}, {about['time_utc']}: {what}; {done}")
    return OK


def _settings(options: argparse.Namespace) -> "GroundSettings":
    from firmware_bridge.settings import load_settings
    from groundstation.config import GroundSettings

    return load_settings(GroundSettings, options.config, "ground", {})


def _say(command: str, text: str, code: int) -> int:
    print(f"kedrovka-ground {command}: {text}", file=sys.stderr)
    return code
