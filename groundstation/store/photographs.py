"""Photographs of raids and observations; the files themselves are `photographs.folder`'s."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, or_, select

from groundstation.access.account import Account
from groundstation.photographs.folder import Kept
from groundstation.photographs.picture import Look
from groundstation.photographs.words import TABLE
from groundstation.records.photograph import Level, Photograph
from groundstation.records.words import FILING
from groundstation.store import observation_lists
from groundstation.store import raids as store_raids
from groundstation.store.tables import observations, photographs, raid_days, raids
from groundstation.words import Refusal

TAKEN_OUTSIDE_RAID = "taken_outside_raid"


def put(
    connection: Connection,
    kept: Kept,
    photograph_id: UUID,
    name: str,
    raid_id: UUID | None,
    observation_id: UUID | None,
    level: Level,
    account: Account,
    now_utc: datetime,
) -> tuple[Photograph, bool]:
    """Attach a kept file; the photograph, and whether it is new: it may be sent twice.

    Raises Refusal: another file, or one of another record, under the same id; a raid or
    observation nobody filed.
    """
    stored = get(connection, photograph_id)
    if stored is not None:
        if (stored.sha256, stored.raid_id, stored.observation_id) != (
            kept.sha256,
            raid_id,
            observation_id,
        ):
            raise Refusal(TABLE, "photograph_other", 409)
        return stored, False
    if not _filed(connection, raid_id, observation_id):
        raise Refusal(TABLE, "photograph_of_nothing", 404)
    look = kept.look
    values = {
        "photograph_id": photograph_id,
        "sha256": kept.sha256,
        "media_type": look.media_type,
        "bytes": kept.bytes,
        "name": name,
        "raid_id": raid_id,
        "observation_id": observation_id,
        "level": level,
        "taken_utc": _taken_utc(connection, look, raid_id, observation_id),
        "lat_deg": look.lat_deg,
        "lon_deg": look.lon_deg,
        "extras": _extras(look),
        "flaws": list(look.flaws),
        "filed_by": account.login,
        "filed_utc": now_utc,
    }
    connection.execute(photographs.insert().values(values))
    photograph = get(connection, photograph_id)
    assert photograph is not None
    return photograph, True


def check_place(
    connection: Connection, raid_id: UUID | None, observation_id: UUID | None, account: Account
) -> None:
    """Raises Refusal where the account may not attach anything: nobody filed it, or not theirs."""
    if not _filed(connection, raid_id, observation_id):
        raise Refusal(TABLE, "photograph_of_nothing", 404)
    theirs = (raid_id is None or store_raids.visible(connection, raid_id, account)) and (
        observation_id is None or observation_lists.visible(connection, observation_id, account)
    )
    if not theirs:
        raise Refusal(FILING, "not_yours", 403)


def withdraw(connection: Connection, photograph_id: UUID, reason: str) -> Photograph | None:
    """It does not count any more; None when it is not known. The first reason stands."""
    this = photographs.c.photograph_id == photograph_id
    connection.execute(
        photographs.update().where(this, photographs.c.withdrawn.is_(None)).values(withdrawn=reason)
    )
    return get(connection, photograph_id)


def get(connection: Connection, photograph_id: UUID) -> Photograph | None:
    """One photograph."""
    statement = _SELECT.where(photographs.c.photograph_id == photograph_id)
    row = connection.execute(statement).one_or_none()
    return _photograph(row) if row is not None else None


def of_raid(connection: Connection, raid_id: UUID) -> list[Photograph]:
    """Those of the raid and of its observations, in the order they were taken."""
    inside = select(observations.c.observation_id).where(observations.c.raid_id == raid_id)
    c = photographs.c
    where = or_(c.raid_id == raid_id, c.observation_id.in_(inside))
    return [_photograph(row) for row in connection.execute(_SELECT.where(where).order_by(*_ORDER))]


def of_observation(connection: Connection, observation_id: UUID) -> list[Photograph]:
    """Those of one observation, in the order they were taken."""
    statement = _SELECT.where(photographs.c.observation_id == observation_id).order_by(*_ORDER)
    return [_photograph(row) for row in connection.execute(statement)]


def used_bytes(connection: Connection) -> int:
    """What all of them take on the disk; the same file twice counts once."""
    files = select(photographs.c.sha256, func.max(photographs.c.bytes).label("bytes"))
    once = files.group_by(photographs.c.sha256).subquery()
    return int(connection.scalar(select(func.sum(once.c.bytes))) or 0)


_OF = func.coalesce(photographs.c.raid_id, observations.c.raid_id)
_SELECT = (
    select(photographs, raids.c.start_date, raids.c.end_date)
    .outerjoin(observations, observations.c.observation_id == photographs.c.observation_id)
    .outerjoin(raids, raids.c.raid_id == _OF)
)
_ORDER = photographs.c.taken_utc, photographs.c.filed_utc, photographs.c.photograph_id


def _photograph(row: Row[Any]) -> Photograph:
    values = dict(row._mapping)
    first, last = values.pop("start_date"), values.pop("end_date")
    photograph = Photograph(**values | {"level": Level(values["level"])})
    if _outside(photograph, first, last):
        # Asked of the raid as it stands: its days may be put right after the picture came.
        return replace(photograph, flaws=[*photograph.flaws, TAKEN_OUTSIDE_RAID])
    return photograph


def _outside(photograph: Photograph, first: date | None, last: date | None) -> bool:
    local = photograph.extras.get("taken_local")
    if first is None or last is None or not isinstance(local, str):
        return False
    return not first <= datetime.fromisoformat(local).date() <= last


def _extras(look: Look) -> dict[str, str | int]:
    local = look.taken_local.isoformat() if look.taken_local else None
    said = {
        "taken_local": local,
        "camera": look.camera,
        "width_px": look.width_px,
        "height_px": look.height_px,
        "orientation": look.orientation if look.orientation != 1 else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _filed(connection: Connection, raid_id: UUID | None, observation_id: UUID | None) -> bool:
    if raid_id is None and observation_id is None:
        return False
    raid = select(raids.c.raid_id).where(raids.c.raid_id == raid_id)
    observation = select(observations.c.observation_id).where(
        observations.c.observation_id == observation_id
    )
    known = [
        connection.execute(statement).first() is not None
        for statement, wanted in ((raid, raid_id), (observation, observation_id))
        if wanted is not None
    ]
    return all(known)


def _taken_utc(
    connection: Connection, look: Look, raid_id: UUID | None, observation_id: UUID | None
) -> datetime | None:
    """By the camera's own offset, else by that of the record it belongs to."""
    if look.taken_local is None:
        return None
    offset = look.utc_offset
    if offset is None:
        seconds = connection.scalar(
            select(observations.c.utc_offset_s).where(
                observations.c.observation_id == observation_id
            )
            if observation_id is not None
            else select(raid_days.c.utc_offset_s)
            .where(raid_days.c.raid_id == raid_id)
            .order_by(raid_days.c.date)
            .limit(1)
        )
        if seconds is None:
            return None
        offset = timedelta(seconds=seconds)
    return (look.taken_local - offset).replace(tzinfo=UTC)
