"""The docking board in a terminal: a table with progress bars, or lines where there is no tty."""

from collections.abc import Iterable

from rich import box
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from groundstation.dock.board import Code, Docked, Phase
from groundstation.dock.words import HEADINGS, PHASES, Language, outcome, unit

GOOD = {Code.STORED, Code.EMPTY, Code.CLEARED}
ODD = {Code.NO_MEMORY, Code.NOT_CONFIRMED}
BAR_WIDTH = 30


def table(lines: Iterable[Docked], language: Language) -> RenderableType:
    """The whole board."""
    said = {key: words[language] for key, words in HEADINGS.items()}
    board = Table(title=said["title"], box=box.ROUNDED, expand=True, title_style="bold")
    for heading in ("unit", "person", "state", "outcome"):
        board.add_column(said[heading], ratio=2 if heading == "outcome" else 1)
    rows = sorted(lines, key=lambda line: line.since_utc)
    for line in rows:
        faded = "dim" if line.phase is Phase.GONE else None
        person = Text(line.person_name or said["nobody"], "" if line.person_name else "yellow")
        board.add_row(
            Group(Text(unit(line), "bold"), Text(line.place, "dim")),
            person,
            _state(line, language),
            Text(outcome(line, language), _colour(line)),
            style=faded,
        )
    return board if rows else Group(board, Text(said["nothing"], "dim"))


def plain(line: Docked, language: Language) -> str:
    """One line of text, for logs."""
    words = f"{line.place}: {unit(line)}: {PHASES[line.phase][language]}"
    return "; ".join(filter(None, (words, outcome(line, language))))


def _state(line: Docked, language: Language) -> RenderableType:
    phase = Text(PHASES[line.phase][language], _colour(line))
    if line.phase not in (Phase.READING, Phase.CLEARING) or line.done is None:
        return phase
    count = f"{line.done}" if line.total is None else f"{line.done}/{line.total}"
    rate = "" if line.rate_per_s is None else f"  {line.rate_per_s:.0f}/s"
    left = "" if line.seconds_left is None else f"  {_clock(line.seconds_left)}"
    bar = ProgressBar(total=line.total, completed=line.done, width=BAR_WIDTH)
    return Group(phase, bar, Text(f"{line.step} {count}{rate}{left}", "cyan"))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _colour(line: Docked) -> str:
    if line.said is None:
        return "cyan"
    if line.said.code in ODD:
        return "yellow"
    return "green" if line.said.code in GOOD else "bold red"
