"""What people decide about a hotspot; the history is only ever appended to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, select

from groundstation.store.hotspots import HotspotState, StoredHotspot, get
from groundstation.store.tables import hotspot_history, hotspots


class Action(StrEnum):
    """What a person can do with a hotspot."""

    ACKNOWLEDGE = "acknowledge"
    DISMISS = "dismiss"
    REOPEN = "reopen"


AFTER = {
    (HotspotState.NEW, Action.ACKNOWLEDGE): HotspotState.ACKNOWLEDGED,
    (HotspotState.NEW, Action.DISMISS): HotspotState.DISMISSED,
    (HotspotState.ACKNOWLEDGED, Action.DISMISS): HotspotState.DISMISSED,
    (HotspotState.ACKNOWLEDGED, Action.REOPEN): HotspotState.NEW,
    (HotspotState.DISMISSED, Action.REOPEN): HotspotState.NEW,
    # Asked for twice, done once.
    (HotspotState.NEW, Action.REOPEN): HotspotState.NEW,
    (HotspotState.ACKNOWLEDGED, Action.ACKNOWLEDGE): HotspotState.ACKNOWLEDGED,
    (HotspotState.DISMISSED, Action.DISMISS): HotspotState.DISMISSED,
}
"""What is not here is refused: a dismissed hotspot is reopened before it is acknowledged."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One entry of the history."""

    time_utc: datetime
    action: Action
    who: str
    reason: str | None


def decide(
    connection: Connection, hotspot_id: UUID, decision: Decision
) -> tuple[StoredHotspot | None, bool]:
    """The hotspot after the decision (None: not known), and whether the decision was allowed."""
    stored = get(connection, hotspot_id, lock=True)
    if stored is None:
        return None, False
    state = AFTER.get((stored.state, decision.action))
    if state is None or state is stored.state:
        return stored, state is not None
    connection.execute(
        hotspot_history.insert().values(
            hotspot_id=hotspot_id,
            time_utc=decision.time_utc,
            action=str(decision.action),
            who=decision.who,
            reason=decision.reason,
        )
    )
    this = hotspots.c.hotspot_id == hotspot_id
    connection.execute(hotspots.update().where(this).values(state=str(state)))
    return get(connection, hotspot_id), True


def history(connection: Connection, hotspot_id: UUID) -> list[Decision]:
    """Oldest first."""
    h = hotspot_history.c
    statement = (
        select(h.time_utc, h.action, h.who, h.reason)
        .where(h.hotspot_id == hotspot_id)
        .order_by(h.entry)
    )
    return [
        Decision(row.time_utc, Action(row.action), row.who, row.reason)
        for row in connection.execute(statement)
    ]
