"""`kedrovka-sim patrols`: a synthetic park's raids as files."""

import argparse
import json
import math
from datetime import date
from pathlib import Path

from firmware_bridge.errors import ConfigError
from sim.patrols.census import make_routes
from sim.patrols.park import make_park
from sim.patrols.raids import RAIDS_PER_YEAR, raids
from sim.patrols.routes import routes_geojson, routes_gpx
from sim.patrols.smart import patrol_xml
from sim.patrols.truth import raid_line, truth

MOST_PER_YEAR = 1200.0
"""More than the park's people can go."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The subcommand's command line."""
    command = commands.add_parser(
        "patrols",
        help="raids of a synthetic park as SMART patrol XML, and what is true of them",
        description="Write DIR/patrols/*.xml (SMART patrol XML 1.3, one raid each), "
        "DIR/routes.geojson and routes.gpx (of the winter count) and DIR/truth.json (the rates, "
        "densities and lengths behind them). The same seed gives the same raids, whatever the "
        "span.",
    )
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    command.add_argument("--from", type=_day, required=True, metavar="DATE", dest="first")
    command.add_argument("--to", type=_day, required=True, metavar="DATE", dest="last")
    command.add_argument(
        "--raids-per-year", type=float, default=RAIDS_PER_YEAR, metavar="N",
        help=f"without the winter count ({RAIDS_PER_YEAR:g})",
    )  # fmt: skip
    command.add_argument("--seed", type=int, default=1, metavar="N")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write everything; raises ConfigError."""
    first, last, per_year = options.first, options.last, options.raids_per_year
    if last < first:
        raise ConfigError(f"--to {last}: is before --from {first}")
    if not 0 <= per_year <= MOST_PER_YEAR or math.isnan(per_year):
        raise ConfigError(f"--raids-per-year {per_year:g}: must be 0 to {MOST_PER_YEAR:g}")
    if options.seed < 0:
        raise ConfigError(f"--seed {options.seed}: must not be negative")
    folder: Path = options.out / "patrols"
    park = make_park(options.seed)
    lines = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for raid in raids(park, first, last, per_year):
            (folder / f"{raid.number}.xml").write_text(patrol_xml(raid, park), encoding="utf-8")
            lines.append(raid_line(raid))
        routes = make_routes(park)
        for name, text in (
            ("routes.geojson", routes_geojson(routes, park.ground)),
            ("routes.gpx", routes_gpx(routes, park.ground)),
            ("truth.json", _json(truth(park, first, last, lines, routes))),
        ):
            (options.out / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--out {options.out}: {error.strerror or error}") from error
    points, found = (sum(int(line[key]) for line in lines) for key in ("points", "finds"))
    print(f"{options.out}: {len(lines)} raids, {points} points, {found} finds")
    return 0


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}': write a date like 2026-01-31") from None
