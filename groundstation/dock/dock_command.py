"""`kedrovka-ground dock`: the docking board in a terminal; `dock once` beside it."""

import argparse

from groundstation.dock import once_command


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put `dock` among the commands."""
    command = subcommands.add_parser(
        "dock",
        help="read handheld GPS units",
        description="Read handheld GPS units.",
    )
    inner = command.add_subparsers(title="commands", required=True, metavar="COMMAND")
    once_command.add(inner)
