"""One file taken on the command line: the same way as over the wire, step by step."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from groundstation.access.account import Account
from groundstation.config import GroundSettings
from groundstation.dock.proposals import load_table
from groundstation.exchange.filing import Outcome, file, refused
from groundstation.exchange.taking import MAX_BYTES, Taking, keep, prepare
from groundstation.exchange.words import REFUSALS
from groundstation.records.wall_clock import zone_of
from groundstation.store import models
from groundstation.store.console import reading, writing
from groundstation.words import Refusal


def read_bounded(path: Path) -> bytes:
    """The file's bytes. Raises Refusal when it is too large or cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Refusal(REFUSALS, "too_large", name=path.name, limit_mb=MAX_BYTES >> 20)
        return path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise Refusal(REFUSALS, "unreadable", name=str(path), why=why) from error


def take(
    engine: Engine,
    settings: GroundSettings,
    raw: bytes,
    name: str,
    account: Account,
    now_utc: datetime,
    ours: bool = False,
) -> Outcome:
    """Keep, read and file it. Raises Refusal, which is noted, OSError and StoreUnavailable."""
    kept = keep(settings.imports_folder(), raw)
    with reading(engine) as connection:
        model = models.current(connection)
    zone = zone_of(settings.station.zone)
    proposals = load_table(settings.dock.observations)
    by = Taking(model, zone, proposals, settings.photographs_folder())
    try:
        ready = prepare(kept, raw, name, by, now_utc)
    except Refusal as why:
        with writing(engine) as connection:
            refused(connection, kept, name, why, account, now_utc)
        raise
    with writing(engine) as connection:
        return file(connection, ready, account, zone, now_utc, ours)
