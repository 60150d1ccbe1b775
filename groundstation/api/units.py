"""/api/v1/units: handheld units, who has them, and what was read from them.

GET  /units                     [{"unit": Unit, "person": Person | null}], docked last first
GET  /units/{unit}              {"unit", "person", "issues", "history", "downloads"}
POST /units/{unit}/label {"label"}          what people wrote on it; the Unit
POST /units/{unit}/issue {"person", "from_utc"}
                                from then on (default: now) it is that person's, nobody's for
                                null; the same object as GET /units/{unit}. Who had it before
                                now, only those may say who see the tracks of all who had it
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import AwareDatetime, Field
from sqlalchemy import Connection

from groundstation.api.common import AccountOf, StationOf, check_times
from groundstation.api.dock import UnitKey
from groundstation.records.words import FILING
from groundstation.station import Station
from groundstation.store import audit, downloads, people, units
from groundstation.store.downloads import Outcome
from groundstation.store.people import Issue, Person
from groundstation.store.track_scope import may_issue
from groundstation.store.units import Entry, Unit
from groundstation.words import Refusal

router = APIRouter(prefix="/units", tags=["units"])
DOWNLOADS = 100


@dataclass(frozen=True, slots=True)
class HeldUnit:
    """A unit and who has it now."""

    unit: Unit
    person: Person | None


@dataclass(frozen=True, slots=True)
class UnitDetail:
    """All about one unit."""

    unit: Unit
    person: Person | None
    issues: Sequence[Issue]
    history: Sequence[Entry]
    downloads: Sequence[Outcome]


@dataclass(frozen=True, slots=True)
class Label:
    """What people wrote on a unit."""

    label: Annotated[str, Field(max_length=80)] | None


@dataclass(frozen=True, slots=True)
class Issuing:
    """A unit goes into somebody's hands."""

    person: Annotated[int, Field(ge=1, lt=2**63)] | None
    from_utc: AwareDatetime | None = None


@router.get("")
async def find(station: StationOf) -> list[HeldUnit]:
    """Every unit ever docked."""
    now = station.clock()

    def work(connection: Connection) -> list[HeldUnit]:
        return [
            HeldUnit(unit, people.holder(connection, unit.unit, now))
            for unit in units.find(connection)
        ]

    return await station.store.read(work)


@router.get("/{unit}")
async def one(unit: UnitKey, station: StationOf) -> UnitDetail:
    """One unit with its history."""
    return await _detail(station, unit)


@router.post("/{unit}/label")
async def label(unit: UnitKey, body: Label, station: StationOf, by: AccountOf) -> Unit:
    """Write on a unit."""
    text = (body.label or "").strip() or None
    now = station.clock()

    def work(connection: Connection) -> Unit | None:
        relabelled = units.relabel(connection, unit, text)
        if relabelled is not None:
            audit.append(connection, by, "labelled", "unit", unit, {"label": text}, now)
        return relabelled

    changed = await station.store.write(work)
    if changed is None:
        raise _unknown(unit)
    if station.dock is not None:
        await station.dock.renamed(unit)
    return changed


@router.post("/{unit}/issue")
async def issue(unit: UnitKey, body: Issuing, station: StationOf, by: AccountOf) -> UnitDetail:
    """Issue a unit to a person, or take it back."""
    check_times(from_utc=body.from_utc)
    now = station.clock()
    from_utc = body.from_utc or now

    def work(connection: Connection) -> bool:
        if units.get(connection, unit) is None:
            return False
        if from_utc < now and not may_issue(connection, by, unit, from_utc):
            raise Refusal(FILING, "was_with_others", 403)
        people.issue(connection, unit, body.person, from_utc, by.login, now)
        detail = {"person": body.person, "from_utc": from_utc.isoformat()}
        audit.append(connection, by, "issued", "unit", unit, detail, now)
        return True

    try:
        known = await station.store.write(work)
    except LookupError as error:
        raise HTTPException(404, str(error)) from error
    if not known:
        raise _unknown(unit)
    if station.dock is not None:
        await station.dock.renamed(unit)
    return await _detail(station, unit)


async def _detail(station: Station, key: str) -> UnitDetail:
    now = station.clock()

    def work(connection: Connection) -> UnitDetail | None:
        unit = units.get(connection, key)
        if unit is None:
            return None
        return UnitDetail(
            unit,
            people.holder(connection, key, now),
            people.issues(connection, key),
            units.history(connection, key),
            downloads.of_unit(connection, key, DOWNLOADS),
        )

    detail = await station.store.read(work)
    if detail is None:
        raise _unknown(key)
    return detail


def _unknown(unit: str) -> HTTPException:
    return HTTPException(404, f"unit {unit!r:.130} was never docked")
