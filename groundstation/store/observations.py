"""Observations: filed, changed, withdrawn, restored; nothing is ever deleted.

One belongs to a raid, whose finds and extent it changes, or stands alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    func,
    select,
    update,
)

from groundstation.access.account import Account
from groundstation.access.redact import Sensitive, sensitive, unseen_kept
from groundstation.records.check import Asked, asked, check_observation, local_date
from groundstation.records.folding import folded
from groundstation.records.hours import past_midnight
from groundstation.records.observation import Observation
from groundstation.records.raid import Day
from groundstation.records.words import FILING
from groundstation.store import history, models, raids
from groundstation.store.history import Action
from groundstation.store.observation_lists import (
    COLUMNS,
    ObservationFilter,
    cursor_of,
    find,
    find_seen,
    observation_of,
    of_raid,
    of_raids,
    visible,
)
from groundstation.store.raid_beside import EAST_OF_ALL
from groundstation.store.tables import (
    observations,
    people,
    raid_days,
    raid_tracks,
    sites,
)
from groundstation.store.tables import raids as raid_table
from groundstation.store.track_scope import sees_waypoint
from groundstation.words import Refusal

__all__ = [
    "FiledObservation",
    "ObservationFilter",
    "Rules",
    "cursor_of",
    "file",
    "find",
    "find_seen",
    "get",
    "of_raid",
    "of_raids",
    "restore",
    "rules",
    "visible",
    "withdraw",
]


@dataclass(frozen=True, slots=True)
class Rules:
    """The data model in force, as filing asks it; read once for many observations."""

    asked: Asked
    sensitive: Sensitive


@dataclass(frozen=True, slots=True)
class FiledObservation:
    """An observation as it stands after filing."""

    observation: Observation
    changed: bool
    """False: it was filed before just so."""


def rules(connection: Connection) -> Rules:
    """Of the data model in force."""
    model = models.current(connection)
    return Rules(asked(model), sensitive(model))


def file(
    connection: Connection,
    observation: Observation,
    account: Account,
    now_utc: datetime,
    by: Rules | None = None,
    import_id: int | None = None,
) -> FiledObservation:
    """File a new observation, or a change of one; with `by` the model is not read again.

    Raises Refusal (`records.words`): somebody else changed it, it is not theirs, it names
    something unknown.
    """
    by = by or rules(connection)
    stored = get(connection, observation.observation_id, lock=True)
    if observation.observed_utc is not None:
        in_utc = observation.observed_utc.astimezone(UTC)
        observation = replace(observation, observed_utc=in_utc)
    if stored is not None:
        _check_allowed(connection, stored.observation_id, account)
        observation = unseen_kept(observation, stored, by.sensitive, account)
    if not history.is_change(connection, "observation", stored, observation):
        assert stored is not None
        return FiledObservation(stored, False)
    if stored is not None and import_id is None:
        history.check_age(account, _filed_utc(connection, stored.observation_id), now_utc)
    _check_references(connection, observation, stored, account)
    observation = _checked(connection, observation, by, now_utc)
    _write(connection, observation, account, now_utc)
    action = Action.FILED if stored is None else Action.CHANGED
    history.note(connection, "observation", observation, stored, action, account, now_utc)
    of = {observation.raid_id} | (set() if stored is None else {stored.raid_id})
    for raid_id in of - {None}:
        assert raid_id is not None
        raids.recount(connection, raid_id)
    return FiledObservation(observation, True)


def withdraw(
    connection: Connection,
    observation_id: UUID,
    revision: int,
    reason: str,
    account: Account,
    now_utc: datetime,
) -> FiledObservation:
    """It no longer counts, for that reason."""
    return _turned(connection, observation_id, revision, reason, reason, account, now_utc)


def restore(
    connection: Connection,
    observation_id: UUID,
    revision: int,
    reason: str,
    account: Account,
    now_utc: datetime,
) -> FiledObservation:
    """It counts again."""
    return _turned(connection, observation_id, revision, None, reason, account, now_utc)


def get(connection: Connection, observation_id: UUID, lock: bool = False) -> Observation | None:
    """One observation, whoever may see it."""
    statement = select(*COLUMNS).where(observations.c.observation_id == observation_id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    return None if row is None else observation_of(row)


def _turned(
    connection: Connection,
    observation_id: UUID,
    revision: int,
    withdrawn: str | None,
    reason: str,
    account: Account,
    now_utc: datetime,
) -> FiledObservation:
    stored = get(connection, observation_id, lock=True)
    if stored is None:
        raise Refusal(FILING, "unknown_record", 404)
    _check_allowed(connection, observation_id, account)

    def write(now: Observation) -> None:
        changes = {
            "revision": now.revision,
            "withdrawn": now.withdrawn,
            "updated_utc": now_utc,
        }
        this = observations.c.observation_id == observation_id
        connection.execute(update(observations).where(this).values(changes))

    now = history.turned(
        connection, "observation", stored, revision, withdrawn, reason, write, account, now_utc
    )
    if now.raid_id is not None:
        raids.recount(connection, now.raid_id)
    return FiledObservation(now, now is not stored)


def _write(
    connection: Connection, observation: Observation, account: Account, now_utc: datetime
) -> None:
    row = {field.name: getattr(observation, field.name) for field in fields(Observation)}
    row["attributes"] = _plain(observation.attributes)
    row["flaws"] = list(observation.flaws)
    row["search"] = folded(observation.comment)
    row["date"] = local_date(observation) or _day_of_raid(connection, observation) or now_utc.date()
    row["updated_utc"] = now_utc
    this = observations.c.observation_id == observation.observation_id
    if connection.execute(update(observations).where(this).values(row)).rowcount == 0:
        first = {"filed_by": account.login, "filed_utc": now_utc}
        connection.execute(observations.insert().values(row | first))


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, str | bool | int | float) else list(value)
        for key, value in attributes.items()
    }


def _check_allowed(connection: Connection, observation_id: UUID, account: Account) -> None:
    if not visible(connection, observation_id, account):
        raise Refusal(FILING, "not_yours", 403)


def _check_references(
    connection: Connection, o: Observation, stored: Observation | None, account: Account
) -> None:
    def known(column: Any, key: Any) -> bool:
        return connection.execute(select(column).where(column == key)).first() is not None

    if o.raid_id is not None and not raids.visible(connection, o.raid_id, account):
        exists = known(raid_table.c.raid_id, o.raid_id)
        raise Refusal(FILING, "not_yours", 403) if exists else Refusal(FILING, "unknown_raid")
    if o.observer is not None and not known(people.c.person, o.observer):
        raise Refusal(FILING, "unknown_person", person=o.observer)
    if o.site_id is not None and not known(sites.c.site_id, o.site_id):
        raise Refusal(FILING, "unknown_site")
    # A place of others must not be taken out of their drafts by whoever names it.
    kept = stored is not None and o.docked == stored.docked
    if o.docked is not None and not kept and not sees_waypoint(connection, account, o.docked):
        raise Refusal(FILING, "unknown_waypoint", waypoint=o.docked)


def _checked(
    connection: Connection, observation: Observation, by: Rules, now_utc: datetime
) -> Observation:
    today = (now_utc + EAST_OF_ALL).date()
    days, box = None, None
    if observation.raid_id is not None:
        days = _days_of_raid(connection, observation.raid_id)
        t = raid_tracks.c
        low = func.min(t.west_deg), func.min(t.south_deg)
        around = select(*low, func.max(t.east_deg), func.max(t.north_deg))
        row = connection.execute(around.where(t.raid_id == observation.raid_id)).one()
        box = None if None in row else (row[0], row[1], row[2], row[3])
    return check_observation(observation, by.asked, today, days, box)


def _days_of_raid(connection: Connection, raid_id: UUID) -> tuple[date, date]:
    """Its first and its last day, which may go past midnight."""
    r, d = raid_table.c, raid_days.c
    dates = connection.execute(select(r.start_date, r.end_date).where(r.raid_id == raid_id)).one()
    columns = d.date, d.start_time, d.end_time, d.rest_minutes, d.utc_offset_s
    days = [Day(*row) for row in connection.execute(select(*columns).where(d.raid_id == raid_id))]
    ends = [day.date + timedelta(days=past_midnight(day)) for day in days]
    return dates.start_date, max([dates.end_date, *ends])


def _day_of_raid(connection: Connection, observation: Observation) -> date | None:
    r = raid_table.c
    return connection.scalar(select(r.start_date).where(r.raid_id == observation.raid_id))


def _filed_utc(connection: Connection, observation_id: UUID) -> datetime:
    statement = select(observations.c.filed_utc).where(
        observations.c.observation_id == observation_id
    )
    filed_utc: datetime = connection.execute(statement).scalar_one()
    return filed_utc
