"""`kedrovka-ground key`: keys of vehicles and of programs that read."""

import argparse

from groundstation.access.on_console import EXIT_CODES, OK, AtConsole, add_config, in_store
from groundstation.access.words import CONSOLE


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Put `key` among the commands."""
    command = subcommands.add_parser(
        "key",
        help="keys of quadcopters",
        description="Issue keys to quadcopters, list them, and take them back.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inner = command.add_subparsers(title="commands", required=True, metavar="COMMAND")
    adding = inner.add_parser("add", help="issue a key; it is printed once and not kept")
    adding.add_argument("name", help="of the vehicle, for people")
    adding.add_argument("--system-id", type=_system_id, metavar="N",
                        help="the only vehicle it may report for (1 to 254)")  # fmt: skip
    adding.add_argument("--reads", action="store_true",
                        help="for a program that reads hotspots instead of reporting")  # fmt: skip
    add_config(adding, lambda options: in_store(options, lambda at: _add(at, options)))
    add_config(inner.add_parser("list", help="all keys"), lambda o: in_store(o, _list))
    revoking = inner.add_parser("revoke", help="take a key back")
    revoking.add_argument("id", type=int, help="as `key list` shows it")
    add_config(revoking, lambda options: in_store(options, lambda at: _revoke(at, options)))


def _system_id(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 254:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 1 and 254")
    return number


def _add(at: AtConsole, options: argparse.Namespace) -> int:
    from groundstation.store import keys

    _, secret = keys.add(
        at.connection, at.by, options.name, at.now_utc, options.system_id, options.reads
    )
    at.tell(secret)
    return OK


def _list(at: AtConsole) -> int:
    from groundstation.store import keys

    for key in keys.find(at.connection):
        told = [str(key.key), key.name, "reads" if key.reads else "reports"]
        told += [f"vehicle {key.system_id}"] if key.system_id is not None else []
        told += [f"used {key.used_utc:%Y-%m-%d %H:%M}"] if key.used_utc else ["never used"]
        told += [f"REVOKED {key.revoked_utc:%Y-%m-%d %H:%M}"] if key.revoked_utc else []
        at.tell("  ".join(told))
    return OK


def _revoke(at: AtConsole, options: argparse.Namespace) -> int:
    from groundstation.store import keys

    key = keys.revoke(at.connection, at.by, options.id, at.now_utc)
    at.say(CONSOLE, "revoked", key=key.key, name=key.name)
    return OK
