"""`kedrovka-ground decode FILE`: what is whole in a file or capture, and what is not."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from firmware_bridge.files import FileUnreadable, read_file
from firmware_bridge.tracks import NO_TIME_US, Contents, Flaw
from firmware_bridge.units import utc_from_unix_us

WHOLE, LOSSES, NOTHING = 0, 3, 4
EXIT_CODES = """\
exit codes:
  0  everything in the file is whole; what was repaired is among the problems
  3  there were problems; what is whole was read
  4  nothing could be read
"""
_SHOWN_PROBLEMS = 20


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put `decode` among the commands."""
    command = subcommands.add_parser(
        "decode",
        help="read a file of a GPS unit, or a capture of one",
        description="Read GPX, FIT, NMEA, memory dumps and raw captures, whole or damaged.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=run, verbose=False)


def run(options: argparse.Namespace) -> int:
    """Read, print, and the exit code."""
    try:
        contents = read_file(options.file)
    except FileUnreadable as error:
        print(f"kedrovka-ground decode: {error}", file=sys.stderr)
        contents = Contents("unknown", None, [], [], [Flaw(-1, str(error))])
    told = summary(contents)
    print(json.dumps(told, ensure_ascii=False) if options.json else _text(told))
    return exit_code(contents)


def exit_code(contents: Contents) -> int:
    """0 whole, 3 with losses, 4 nothing."""
    losses = any(flaw.loss for flaw in contents.flaws)
    if not losses and not contents.lost and contents.format != "unknown":
        return WHOLE
    return LOSSES if contents.points or contents.waypoints or contents.routes else NOTHING


def summary(contents: Contents) -> dict[str, Any]:
    """The object that `--json` prints; `first` and `last` are the extremes of all points' times."""
    segments = [segment for track in contents.tracks for segment in track.segments]
    known = [times for s in segments if len(times := s.time_us[s.time_us != NO_TIME_US])]
    problems = [{"offset": flaw.offset, "what": flaw.what} for flaw in contents.flaws]
    if contents.lost:
        problems.append({"offset": -1, "what": f"{contents.lost} announced records are missing"})
    return {
        "format": None if contents.format == "unknown" else contents.format,
        "unit_id": contents.unit.unit_id if contents.unit else None,
        "tracks": len(contents.tracks),
        "segments": len(segments),
        "points": contents.points,
        "waypoints": len(contents.waypoints),
        "first": _utc(min(int(np.min(times)) for times in known)) if known else None,
        "last": _utc(max(int(np.max(times)) for times in known)) if known else None,
        "problems": problems,
    }


def _utc(unix_us: int) -> str:
    """RFC 3339 with whole seconds, milliseconds or microseconds, the least that is exact."""
    moment = utc_from_unix_us(unix_us)
    spec = "milliseconds" if moment.microsecond % 1000 == 0 else "microseconds"
    text = moment.isoformat(timespec=spec if moment.microsecond else "seconds")
    return text.removesuffix("+00:00") + "Z"


def _text(told: dict[str, Any]) -> str:
    lines = [f"{key:<10} {told[key]}" for key in told if key != "problems"]
    problems = told["problems"]
    lines.append(f"{'problems':<10} {len(problems)}")
    for problem in problems[:_SHOWN_PROBLEMS]:
        lines.append(f"  at {problem['offset']}: {problem['what']}")
    if len(problems) > _SHOWN_PROBLEMS:
        lines.append(f"  and {len(problems) - _SHOWN_PROBLEMS} more: --json shows all")
    return "\n".join(lines)
