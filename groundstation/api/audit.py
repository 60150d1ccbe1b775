"""/api/v1/audit: who did what, and who read what is sensitive.

GET /audit?limit&before  {"items": [Entry], "before": number|null}, newest first; `before` of the
                         next page, null at the end
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from groundstation.api.common import StationOf
from groundstation.store import audit
from groundstation.store.audit import Entry

router = APIRouter(prefix="/audit", tags=["access"])


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Part of the log."""

    items: Sequence[Entry]
    before: int | None


@router.get("")
async def find(
    station: StationOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> AuditPage:
    """The log, newest first."""
    items = await station.store.read(lambda c: audit.find(c, limit, before))
    more = bool(items) and items[-1].entry > 1
    return AuditPage(items, items[-1].entry if more else None)
