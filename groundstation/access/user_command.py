"""`kedrovka-ground user`: accounts, from the station's own console."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from groundstation.access.on_console import EXIT_CODES, OK, AtConsole, add_config, in_store
from groundstation.access.roles import Role
from groundstation.access.words import ACCESS, CONSOLE
from groundstation.words import Refusal

if TYPE_CHECKING:
    from groundstation.store.accounts import StoredAccount


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put `user` among the commands."""
    command = subcommands.add_parser(
        "user",
        help="accounts of people",
        description="Make accounts, list them, switch them off, and hand out one-time codes.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inner = command.add_subparsers(title="commands", required=True, metavar="COMMAND")
    adding = inner.add_parser("add", help="make an account; without a password, print a code")
    adding.add_argument("login")
    adding.add_argument("--name", required=True, help="as it is shown to others")
    adding.add_argument("--role", required=True, choices=[str(role) for role in Role])
    adding.add_argument("--team", metavar="KEY", help="their group")
    adding.add_argument("--person", type=int, metavar="N", help="their number among the people")
    adding.add_argument("--language", choices=("ru", "en"), default="ru")
    adding.add_argument("--password-stdin", action="store_true",
                        help="take the password from the first line of standard input")  # fmt: skip
    add_config(adding, lambda options: in_store(options, lambda at: _add(at, options)))
    add_config(inner.add_parser("list", help="all accounts"), lambda o: in_store(o, _list))
    code = inner.add_parser("code", help="a one-time code for a forgotten password")
    code.add_argument("login")
    code.add_argument("--entry", action="store_true",
                      help="a code that signs in once and leaves the password alone")  # fmt: skip
    add_config(code, lambda options: in_store(options, lambda at: _code(at, options)))
    off = inner.add_parser("off", help="switch an account off; its sessions end")
    off.add_argument("login")
    add_config(off, lambda options: in_store(options, lambda at: _off(at, options)))


def _add(at: AtConsole, options: argparse.Namespace) -> int:
    # Here, because a companion computer has the command but not the libraries.
    from groundstation.access.passwords import Passwords, check_password
    from groundstation.station import is_loopback
    from groundstation.store import accounts, codes

    first = not accounts.administrator_exists(at.connection)
    wanted = accounts.Wanted(options.name, Role(options.role), options.person, options.team)
    made = accounts.add(at.connection, at.by, options.login, wanted, at.now_utc, options.language)
    if options.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        check_password(password, made.login)
        hashed = asyncio.run(Passwords().hash(password))
        accounts.put_password(at.connection, made.account, hashed)
        at.say(CONSOLE, "added", login=made.login)
    else:
        purpose = codes.Purpose.PASSWORD
        code, until = codes.issue(at.connection, at.by, purpose, made, at.now_utc)
        at.say(CONSOLE, "added_code", login=made.login, signs=code, until=f"{until:%Y-%m-%d %H:%M}")
    host = at.settings.host
    if first and made.role is Role.ADMINISTRATOR and not is_loopback(host):
        at.say(CONSOLE, "restart", host=host)
    return OK


def _list(at: AtConsole) -> int:
    from groundstation.store import accounts

    for one in accounts.find(at.connection):
        person = "" if one.person is None else f"person {one.person}"
        state = "on" if one.active else "OFF"
        password = "" if one.has_password else "no password yet"
        words = one.login, one.role, state, one.name, one.team or "", person, password
        at.tell("  ".join(word for word in words if word))
    return OK


def _code(at: AtConsole, options: argparse.Namespace) -> int:
    from groundstation.store import codes

    purpose = codes.Purpose.ENTRY if options.entry else codes.Purpose.PASSWORD
    known = _known(at, options.login)
    code, until = codes.issue(at.connection, at.by, purpose, known, at.now_utc)
    said = "entry" if options.entry else "code"
    at.say(CONSOLE, said, login=known.login, signs=code, until=f"{until:%Y-%m-%d %H:%M}")
    return OK


def _off(at: AtConsole, options: argparse.Namespace) -> int:
    from groundstation.store import accounts

    known = _known(at, options.login)
    wanted = accounts.Wanted(known.name, known.role, known.person, known.team, active=False)
    accounts.change(at.connection, at.by, known.account, wanted, at.now_utc)
    at.say(CONSOLE, "off", login=known.login)
    return OK


def _known(at: AtConsole, login: str) -> "StoredAccount":
    from groundstation.store import accounts

    known = accounts.by_login(at.connection, login)
    if known is None:
        raise Refusal(ACCESS, "no_account", account=login)
    return known
