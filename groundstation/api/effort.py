"""/api/v1/effort and /suggestions: where raids went, and where to go next.

GET /effort?from&to&cell_m&kind
    {"cell_m", "cells": [{"lat_deg", "lon_deg", "bbox": [west, south, east, north], "km",
    "minutes", "raids"}], "km", "raids"}: every step clipped exactly on the grid's lines; a cell
    that is not listed is unknown, not empty
GET /suggestions?from&to&cell_m&category&count&explored&kind
    {"cell_m", "category", "items": [{"lat_deg", "lon_deg", "bbox", "why": "hot" | "rate" |
    "unknown", "finds", "km", "rate", "low", "high", "hot"}]}, the best first: finds of that
    branch of the data model a kilometre, shrunk, with a 95 % interval and Gi*; `explored` is the
    share of cells nobody visited in that time

Both within the scope of who asks. Sizes: cells of 250 m to 20 km.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from sqlalchemy import Connection

from groundstation.api.common import AccountOf, StationOf
from groundstation.api.filing import Since, Until
from groundstation.patrol.grid import Grid, IntArray
from groundstation.patrol.raster import EffortRaster
from groundstation.patrol.where_next import EXPLORED, Suggestion, Why, where_next
from groundstation.records.raid import RaidKind
from groundstation.store import efforts
from groundstation.store.efforts import ON_FOOT, Span

router = APIRouter(tags=["effort"])
CellM = Annotated[float, Query(ge=250, le=20_000, description="side of a cell, metres")]
Kinds = Annotated[list[RaidKind] | None, Query(description="all but flights unless given")]
Branch = Annotated[str, Query(min_length=2, max_length=255, description="category and below")]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """A visited cell."""

    lat_deg: float
    lon_deg: float
    bbox: Box
    """West, south, east, north in degrees."""
    km: float
    minutes: float
    raids: int


@dataclass(frozen=True, slots=True)
class EffortMap:
    """All visited cells."""

    cell_m: float
    km: float
    raids: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class SuggestedCell:
    """A cell to go to, and why."""

    lat_deg: float
    lon_deg: float
    bbox: Box
    why: Why
    finds: int
    km: float | None
    rate: float | None
    low: float | None
    high: float | None
    hot: float | None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Where to go next."""

    cell_m: float
    category: str
    items: Sequence[SuggestedCell]


@router.get("/effort")
async def effort(
    station: StationOf,
    account: AccountOf,
    since: Since = None,
    until: Until = None,
    cell_m: CellM = 1000.0,
    kind: Kinds = None,
) -> EffortMap:
    """Kilometres, minutes and raids of each cell."""
    span = Span(account, since, until, kind or ON_FOOT)
    made = await station.store.read(lambda c: efforts.raster(c, span, cell_m))
    return _map(made)


@router.get("/suggestions")
async def suggestions(
    station: StationOf,
    account: AccountOf,
    since: Since = None,
    until: Until = None,
    cell_m: CellM = 1000.0,
    category: Branch = "violation.",
    count: Annotated[int, Query(ge=1, le=200)] = 20,
    explored: Annotated[float, Query(ge=0, le=1)] = EXPLORED,
    kind: Kinds = None,
) -> Suggestions:
    """Cells to go to, with the reason."""
    span = Span(account, since, until, kind or ON_FOOT)

    def work(connection: Connection) -> tuple[Grid, list[Suggestion]]:
        made = efforts.raster(connection, span, cell_m)
        found = efforts.finds(connection, span).under(category)
        return made.grid, where_next(made, found.lat_deg, found.lon_deg, count, explored)

    grid, items = await station.store.read(work)
    i = np.array([item.i for item in items], np.int64)
    j = np.array([item.j for item in items], np.int64)
    told = [
        SuggestedCell(
            item.lat_deg, item.lon_deg, box, item.why, item.finds, item.km, item.rate, item.low,
            item.high, item.hot,
        )
        for item, box in zip(items, _boxes(grid, i, j), strict=True)
    ]  # fmt: skip
    return Suggestions(cell_m, category, told)


def _map(made: EffortRaster) -> EffortMap:
    lat, lon = (column.tolist() for column in made.grid.centres(made.i, made.j))
    columns = lat, lon, _boxes(made.grid, made.i, made.j)
    values = made.km.tolist(), made.minutes.tolist(), made.raids.tolist()
    cells = [Cell(*row) for row in zip(*columns, *values, strict=True)]
    raids = len(np.unique(made.visit_raid))
    return EffortMap(made.grid.cell_m, float(made.km.sum()), raids, cells)


def _boxes(grid: Grid, i: IntArray, j: IntArray) -> list[Box]:
    south, west = (column.tolist() for column in grid.place(i, j))
    north, east = (column.tolist() for column in grid.place(i + 1, j + 1))
    return list(zip(west, south, east, north, strict=True))
