"""/api/v1/model: the data model observations are written in.

GET /model                     {"model": number, "document": DataModel}; number 0: ours, nobody
                               changed it yet
PUT /model {"base", "document"}  the same: a new state, made from the one of number `base`; 409
                               `changed_elsewhere` when somebody was faster, `in_use` when it
                               lacks what records hold
GET /model/history             [{"model", "time_utc", "who"}], newest first
GET /model/model.xml?model     as SMART reads it (data model XML 1.1)
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from groundstation.api.common import AccountOf, StationOf
from groundstation.exchange.smart.model_xml import write_model
from groundstation.records.model import DataModel
from groundstation.records.words import FILING
from groundstation.store import models
from groundstation.store.models import State, StoredModel
from groundstation.words import Refusal

router = APIRouter(prefix="/model", tags=["raids"])


@dataclass(frozen=True, slots=True)
class ChangedModel:
    """A model, and the state it was made from."""

    base: Annotated[int, Field(ge=0, lt=2**63)]
    document: DataModel


@router.get("")
async def current(station: StationOf) -> StoredModel:
    """The one in force."""
    return await station.store.read(models.stored)


@router.put("")
async def put(body: ChangedModel, station: StationOf, account: AccountOf) -> StoredModel:
    """A new state."""
    now = station.clock()
    return await station.store.write(
        lambda c: models.put(c, body.document, account, now, body.base)
    )


@router.get("/history")
async def past(station: StationOf) -> list[State]:
    """Who changed it when."""
    return await station.store.read(models.history)


@router.get("/model.xml", response_class=Response)
async def as_xml(
    station: StationOf, model: Annotated[int | None, Query(ge=0, lt=2**63)] = None
) -> Response:
    """As SMART reads it."""
    try:
        found = await station.store.read(lambda c: models.stored(c, model))
    except LookupError:
        raise Refusal(FILING, "unknown_record", 404) from None
    name = {"Content-Disposition": 'attachment; filename="data-model.xml"'}
    return Response(write_model(found.document), media_type="application/xml", headers=name)
