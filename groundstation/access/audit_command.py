"""`kedrovka-ground audit verify`: is the log of who did what whole?"""

import argparse

from groundstation.access.on_console import OK, AtConsole, add_config, in_store
from groundstation.access.words import CONSOLE

BROKEN = 1
EXIT_CODES = """\
exit codes:
  0  the log is whole, as far as it can tell
  1  it is not; the line names the first entry that is wrong
  2  wrong command line or configuration
  4  the database cannot be opened
"""


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put `audit` among the commands."""
    command = subcommands.add_parser("audit", help="the log of who did what")
    inner = command.add_subparsers(title="commands", required=True, metavar="COMMAND")
    verify = inner.add_parser(
        "verify",
        help="look whether the log is whole",
        description="Make every entry's seal again, and look for the heads that were noted\n"
        "beside the database.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(verify, lambda options: in_store(options, _verify))


def _verify(at: AtConsole) -> int:
    # Here, because a companion computer has the command but not the libraries.
    from groundstation.store import audit_check, audit_heads

    file = at.settings.audit_heads()
    heads, damaged = audit_heads.noted(file)
    found = audit_check.check(at.connection, heads)
    at.say(CONSOLE, "checked", entries=found.entries, head=found.head, heads=len(heads))
    if damaged:
        at.say(CONSOLE, "heads_damaged", file=file, lines=damaged)
    if found.fault is not None:
        at.say(CONSOLE, found.fault.code, **found.fault.values)
        return BROKEN
    if file.exists():  # made by root, it would be closed to the station
        audit_heads.note(file, found.entries, found.head, at.now_utc)
    return OK
