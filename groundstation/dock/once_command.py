"""`kedrovka-ground dock once`: downloads what hangs on one port."""

import argparse
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from firmware_bridge.errors import BridgeError, ConfigError
from firmware_bridge.handheld.conversation import Event, Identified, Progress
from firmware_bridge.handheld.download import DownloadResult, download, find
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.tracks import Contents
from groundstation.dock.decode_command import summary

WHOLE, MISCONFIGURED, LOSSES, NOTHING = 0, 2, 3, 4
EXIT_CODES = """\
exit codes:
  0  everything the unit announced arrived
  2  wrong command line, or a folder that cannot be written to
  3  some of it was lost; what is whole is in the capture
  4  nothing came: no unit, a busy port, or an empty answer
"""
DEFAULT_BAUD = 9600
MAX_BAUD = 115_200


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command line of `dock once`."""
    once = subcommands.add_parser(
        "once",
        help="download what hangs on one port",
        description="Find out what hangs on the port, download everything it holds, and say "
        "how many records it announced and how many arrived. The raw capture stays in DIR.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    once.add_argument("--port", required=True, metavar="URL",
                      help="serial:/dev/serial/by-id/..., /dev/ttyUSB0, tcp:HOST:PORT")  # fmt: skip
    once.add_argument("--baud", type=int, metavar="N", help="only at this rate (default: search)")
    once.add_argument("--max-baud", type=int, default=MAX_BAUD, metavar="N",
                      help="raise the rate for the transfer up to this one (default %(default)s; "
                      "0: leave it)")  # fmt: skip
    once.add_argument("--json", action="store_true", help="print the outcome as one JSON object")
    once.add_argument("--out", type=Path, default=Path(), metavar="DIR",
                      help="folder for the raw capture (default: here)")  # fmt: skip
    once.set_defaults(run=run, verbose=False)


def run(options: argparse.Namespace) -> int:
    """Download; the exit code."""
    started_s = time.monotonic()
    try:
        url = port_url(options.port, options.baud)
        options.out.mkdir(parents=True, exist_ok=True)
        with _stopped_by_signals() as cancel, _shown() as show:
            result = _download(url, options, show, cancel)
    except ConfigError as error:
        return _refuse(options, str(error), MISCONFIGURED)
    except BridgeError as error:
        return _refuse(options, str(error), NOTHING)
    except OSError as error:
        return _refuse(options, f"{error.filename or options.out}: {error.strerror}", MISCONFIGURED)
    told = outcome(result, time.monotonic() - started_s)
    print(json.dumps(told, ensure_ascii=False) if options.json else in_words(told))
    return exit_code(result)


def port_url(port: str, baud: int | None) -> str:
    """`port` as a URL: a bare path and a serial URL without a rate get one. Raises ConfigError."""
    if baud is not None and baud < 1:
        raise ConfigError(f"--baud {baud}: must be above 0")
    scheme, slash, _ = port.partition("/")
    if (slash and ":" not in scheme) or Path(port).exists():
        port = f"serial:{Path(port).absolute()}"
    if port.startswith("serial:"):
        head, colon, tail = port.rpartition(":")
        given = colon and head != "serial" and tail.isascii() and tail.isdigit()
        device = head if given else port
        rate = baud or (int(tail) if given and len(tail) < 9 else DEFAULT_BAUD)
        return f"{device}:{rate}"
    return port


def exit_code(result: DownloadResult) -> int:
    """See EXIT_CODES."""
    if result.complaint is None:
        return WHOLE
    contents = result.contents
    return LOSSES if contents.points or contents.waypoints else NOTHING


def outcome(result: DownloadResult, seconds: float) -> dict[str, Any]:
    """The download as JSON: what `decode` says of its capture, and how it came."""
    return _told(result.contents) | {
        "complaint": result.complaint,
        "left_at_baud": result.left_at_baud,
        "capture": str(result.capture_path),
        "sha256": result.sha256,
        "seconds": round(seconds, 2),
    }


def _told(contents: Contents) -> dict[str, Any]:
    unit = contents.unit
    return summary(contents) | {
        "model": unit.model if unit else None,
        "firmware": unit.firmware if unit else None,
        "details": dict(unit.details) if unit else {},
        "announced": dict(contents.announced),
        "received": dict(contents.received),
    }


def in_words(told: dict[str, Any]) -> str:
    """The download for people."""
    unit_id = told["unit_id"] or "without a number"
    lines = [f"{told['model'] or told['format']}, unit {unit_id}, firmware {told['firmware']}"]
    for kind, received in told["received"].items():
        announced = told["announced"].get(kind)
        of = "" if announced is None else f" of {announced} announced"
        lines.append(f"  {kind}: {received}{of} records")
    lines.append(
        f"  {told['points']} points in {told['segments']} segments of {told['tracks']} tracks, "
        f"{told['waypoints']} waypoints"
    )
    if told["first"]:
        lines.append(f"  from {told['first']} to {told['last']}")
    lines += [f"  problem: {problem['what']}" for problem in told["problems"]]
    if told["complaint"]:
        lines.append(f"  INCOMPLETE: {told['complaint']}")
    if told["left_at_baud"]:
        lines.append(f"  the unit may still be at {told['left_at_baud']} baud; dock it again")
    lines.append(f"  capture: {told['capture']}  ({told['seconds']} s)")
    return "\n".join(lines)


def _download(
    url: str, options: argparse.Namespace, show: Callable[[Event], None], cancel: threading.Event
) -> DownloadResult:
    unit = find(url, options.baud)
    show(Identified(unit))
    chosen = DownloadOptions(max_baud=options.max_baud or None)
    return download(url, unit, chosen, show, cancel, folder=options.out)


def _refuse(options: argparse.Namespace, why: str, code: int) -> int:
    if options.json:
        nothing = Contents("unknown", None, [], [], [])
        told = _told(nothing) | {"complaint": why, "capture": None}
        print(json.dumps(told, ensure_ascii=False))
    print(f"kedrovka-ground: {why}", file=sys.stderr)
    return code


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """SIGINT and SIGTERM end the download politely; a second one ends the program."""
    cancel = threading.Event()
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, _: object) -> None:
        cancel.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, stop)
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _shown() -> Iterator[Callable[[Event], None]]:
    """A progress bar on a terminal's stderr, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    # Here, because scripts on a companion computer have no use for it.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import (
        Progress as Bars,
    )

    logging.getLogger("firmware_bridge").setLevel(logging.WARNING)
    console = Console(stderr=True)
    columns = (
        TextColumn("[bold]{task.description:>9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console) as bars:
        tasks: dict[str, Any] = {}

        def show(event: Event) -> None:
            if isinstance(event, Identified):
                unit = event.unit
                said = f"{unit.model}, unit {unit.unit_id}, at {unit.baud} baud"
                # What a unit calls itself is no markup, brackets or not.
                console.print(said, style="bold", markup=False, highlight=False)
            elif isinstance(event, Progress):
                if event.kind not in tasks:
                    tasks[event.kind] = bars.add_task(event.kind, rate="")
                task = tasks[event.kind]
                bars.update(task, completed=event.done, total=event.total)
                speed = bars.tasks[bars.task_ids.index(task)].speed
                bars.update(task, rate=f"{speed:.0f}/s" if speed else "")

        yield show
