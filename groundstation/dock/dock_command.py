"""`kedrovka-ground dock`: the docking board in a terminal; `dock once` beside it.

For a station whose service is not running; with it, the board is on its page.
"""

import argparse
import asyncio
import logging
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.errors import BridgeError, ConfigError
from groundstation.dock import once_command
from groundstation.store.errors import StoreBroken
from groundstation.words import console_language

if TYPE_CHECKING:
    from rich.console import Console

    from groundstation.config import GroundSettings
    from groundstation.dock.board import Docked
    from groundstation.dock.words import Language

OK, DIED, MISCONFIGURED, NO_DATABASE = 0, 1, 2, 4
EXIT_CODES = """\
exit codes:
  0  stopped by a signal, everything read is stored
  1  the dock died; the last line says why
  2  wrong command line or configuration
  4  the database cannot be opened
"""
REFRESH_S = 0.25


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put `dock` among the commands."""
    command = subcommands.add_parser(
        "dock",
        help="read handheld GPS units",
        description="Watch for handheld GPS units on ports and volumes, read and store every one "
        "that is plugged in, and show the board here, until SIGINT or SIGTERM.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--config", type=Path, metavar="FILE",
                         help="TOML file; its table [ground] is read")  # fmt: skip
    command.add_argument("--ports", action="append", metavar="GLOB",
                         help="watch these paths (default: those of [ground.dock])")  # fmt: skip
    command.add_argument("--language", choices=("ru", "en"), help="default: by LANG")
    command.add_argument("--verbose", action="store_true", help="log more")
    command.set_defaults(run=run)
    inner = command.add_subparsers(title="commands", metavar="COMMAND")
    once_command.add(inner)


def run(options: argparse.Namespace) -> int:
    """Watch until a signal; the exit code."""
    # Here, because `dock once` and `decode` need no settings, which take a third of their start.
    from firmware_bridge.settings import load_settings
    from groundstation.config import GroundSettings

    overrides = {} if not options.ports else {"dock": {"ports": options.ports}}
    spoken: Language = options.language or console_language()
    try:
        settings = load_settings(GroundSettings, options.config, "ground", overrides)
        asyncio.run(_watch(settings, spoken))
    except ModuleNotFoundError as error:
        return _say(f"no {error.name}: pip install 'kedrovka[ground]'", MISCONFIGURED)
    except ConfigError as error:
        return _say(str(error), MISCONFIGURED)
    except StoreBroken as error:
        return _say(str(error), NO_DATABASE)
    except BridgeError as error:
        return _say(str(error), DIED)
    return OK


async def _watch(settings: "GroundSettings", language: "Language") -> None:
    # Here, because a companion computer has the command but not the libraries.
    from rich.console import Console

    from groundstation.dock.service import Dock
    from groundstation.dock.terminal import plain
    from groundstation.records.wall_clock import zone_of
    from groundstation.station import own_devices, utc_now
    from groundstation.store.store import Store

    console = Console()
    shown: dict[str, Docked] = {}

    def publish(line: "Docked", progress: bool) -> None:
        shown[line.place] = line
        if not console.is_terminal and not progress:
            console.print(plain(line, language), markup=False, highlight=False, soft_wrap=True)

    store = Store(settings.database_url())
    never = frozenset(own_devices(settings.radio.links))
    zone, captures = zone_of(settings.station.zone), settings.captures_folder()
    dock = Dock(settings.dock, captures, never, store, publish, utc_now, zone)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(store.run_writer()), group.create_task(dock.run())]
            await _show(console, shown, language, stop)
            for task in tasks:
                task.cancel()
    finally:
        store.close()


async def _show(
    console: "Console", shown: "dict[str, Docked]", language: "Language", stop: asyncio.Event
) -> None:
    """Draw the board until `stop`."""
    from rich.live import Live

    from groundstation.dock.terminal import table

    if not console.is_terminal:
        await stop.wait()
        return
    for name in ("firmware_bridge", "groundstation"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with Live(table([], language), console=console, auto_refresh=False) as live:
        while not stop.is_set():
            live.update(table(list(shown.values()), language), refresh=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(REFRESH_S):
                    await stop.wait()


def _say(text: str, code: int) -> int:
    print(f"kedrovka-ground: {text}", file=sys.stderr)
    return code
