"""`kedrovka-sim score`: what was told, against a truth file."""

import argparse
import json
import math
from datetime import UTC, datetime
from pathlib import Path

from firmware_bridge.errors import ConfigError
from sim.scoring.report import as_json, table
from sim.scoring.score import WANTED, Score, Timeline, judge
from sim.scoring.seen import read_truth
from sim.scoring.told import read_told
from sim.world.target import KINDS


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The subcommand's command line."""
    command = commands.add_parser("score", help="hold hotspots against a truth file")
    command.add_argument("truth", type=Path, metavar="TRUTH", help="as `run --truth` wrote it")
    command.add_argument(
        "hotspots", metavar="HOTSPOTS",
        help="URL of a ground station; or a file: its answer, or one JSON object a line",
    )  # fmt: skip
    command.add_argument(
        "--began", metavar="UTC", help="when the run began, as it said; gives the seconds to alarm"
    )
    command.add_argument("--speedup", type=float, default=1.0, metavar="N", help="of the run (1)")
    command.add_argument(
        "--wanted", metavar="KIND,...", help=f"what must be told ({','.join(sorted(WANTED))})"
    )
    command.add_argument("--json", action="store_true", help="print JSON, not a table")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the score; raises ConfigError, BridgeError."""
    if not 0 < options.speedup < math.inf:
        raise ConfigError(f"--speedup {options.speedup}: must be above 0")
    timeline = Timeline(_moment(options.began), options.speedup) if options.began else None
    told = read_told(options.hotspots)
    show(judge(read_truth(options.truth), told, timeline, _kinds(options.wanted)), options.json)
    return 0


def show(score: Score, as_data: bool) -> None:
    """Onto standard output."""
    print(json.dumps(as_json(score), ensure_ascii=False) if as_data else table(score), flush=True)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--began {text}: write it like 2026-04-20T02:20:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _kinds(text: str | None) -> frozenset[str]:
    if text is None:
        return WANTED
    kinds = frozenset(text.split(","))
    if unknown := kinds - KINDS.keys():
        raise ConfigError(f"--wanted {min(unknown)}: must be of {', '.join(KINDS)}")
    return kinds
