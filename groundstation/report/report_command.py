"""`kedrovka-ground report`: a report into a file, PDF or HTML by the file's name."""

import argparse
import getpass
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.errors import BridgeError, ConfigError

if TYPE_CHECKING:
    from groundstation.config import GroundSettings
    from groundstation.report.asked import Asked

OK, FAILED, MISCONFIGURED, NO_DATABASE = 0, 1, 2, 4
EXIT_CODES = """\
exit codes:
  0  the report is in the file
  1  it could not be written; the line says why, and the file is what it was before
  2  wrong command line or configuration, or nothing of that name is in the database
  4  the database cannot be opened
"""


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put it among the commands."""
    report = subcommands.add_parser(
        "report",
        help="write a report: the quarter, a raid, a winter count, a donor's summary",
        description="Write a report as PDF or HTML, with all that the station knows: guard the\n"
        "file accordingly. Only a donor's summary is made to be given away.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    report.add_argument("report", choices=("quarterly", "raid", "census", "donor"))
    report.add_argument(
        "--out", type=_report_file, required=True, metavar="FILE.pdf", help="or FILE.html"
    )
    for name, which in (("--from", "first"), ("--to", "last")):
        report.add_argument(
            name, type=_day, dest=name[2:], metavar="DATE", help=f"{which} day, as 2026-03-31"
        )
    report.add_argument("--raid", metavar="ID", help="of the raid's sheet: its id or its number")
    report.add_argument("--count", metavar="ID", help="of the census: the count's id or its name")
    report.add_argument("--lang", choices=("ru", "en"), help="default: the station's first")
    report.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file; its table [ground] is read"
    )
    report.set_defaults(run=report_command, verbose=False)


def report_command(options: argparse.Namespace) -> int:
    """`kedrovka-ground report`."""
    try:
        from groundstation.store.errors import StoreBroken
        from groundstation.words import Refusal
    except ModuleNotFoundError as error:
        return _say(f"no {error.name}: pip install 'kedrovka[ground]'", MISCONFIGURED)
    try:
        settings = _settings(options)
        language = options.lang or settings.station.languages[0]
        try:
            _write(settings, options, language)
        except Refusal as refusal:
            code = FAILED if refusal.status == 503 else MISCONFIGURED
            return _say(refusal.text(language), code)
    except ConfigError as error:
        return _say(str(error), MISCONFIGURED)
    except StoreBroken as error:
        return _say(str(error), NO_DATABASE)
    except BridgeError as error:
        return _say(str(error), FAILED)
    except OSError as error:
        return _say(f"{options.out}: cannot be written: {error.strerror or error}", FAILED)
    print(options.out)
    return OK


def _write(settings: "GroundSettings", options: argparse.Namespace, language: str) -> None:
    from firmware_bridge.whole_file import write_whole
    from groundstation.basemap.basemap import Basemap
    from groundstation.report import page, reports
    from groundstation.report.drawing import desk
    from groundstation.store.console import open_store, reading, writing

    now = datetime.now(UTC)
    asked = _asked(settings, options, language, now)
    with open_store(settings) as engine:
        with reading(engine) as connection:
            figures = reports.gather(connection, options.report, asked)
        if figures.sensitive:
            with writing(engine) as connection:
                reports.note(connection, options.report, figures, asked, now)
    basemap = Basemap(settings.terrain, settings.tile_cache(), settings.basemap.quota_mb, 1)
    try:
        paper = reports.paper_of(settings, asked, address_of(settings), now)
        tools = desk(settings, basemap, asked.language)
        body = reports.body(options.report, figures, paper, tools)
    finally:
        basemap.close()
    if options.out.suffix.lower() == ".pdf":
        write_whole(options.out, page.pdf(page.whole(body, figures.title, paper, paged=True)))
    else:
        write_whole(options.out, page.whole(body, figures.title, paper, styled=True))


def address_of(settings: "GroundSettings") -> str:
    """Under which links in a report lead to the page; it ends in a slash."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    port = 8080 if settings.port in ("auto", 0) else settings.port
    scheme = "http" if settings.tls.certificate is None else "https"
    return (settings.station.url or f"{scheme}://{host}:{port}").rstrip("/") + "/"


def _asked(
    settings: "GroundSettings", options: argparse.Namespace, language: str, now_utc: datetime
) -> "Asked":
    from groundstation.access.account import console
    from groundstation.records.wall_clock import zone_of
    from groundstation.report.asked import Asked

    account = console(getpass.getuser())
    today = now_utc.astimezone(zone_of(settings.station.zone)).date()
    span = getattr(options, "from"), options.to
    spoken = "en" if language == "en" else "ru"
    return Asked(account, spoken, today, *span, options.raid, options.count)  # type: ignore[arg-type]


def _settings(options: argparse.Namespace) -> "GroundSettings":
    from firmware_bridge.settings import load_settings
    from groundstation.config import GroundSettings

    return load_settings(GroundSettings, options.config, "ground", {})


def _report_file(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (".pdf", ".html"):
        raise argparse.ArgumentTypeError(f"{text!r} ends neither in .pdf nor in .html")
    return path


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2026-03-31") from None


def _say(text: str, code: int) -> int:
    print(f"kedrovka-ground: {text}", file=sys.stderr)
    return code
