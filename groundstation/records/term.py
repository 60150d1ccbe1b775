"""What a raid may name: teams, stations, mandates, means of transport."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import Field

from groundstation.records.model import Names
from groundstation.records.raid import Key, PatrolType

TOP_KM_H = {PatrolType.GROUND: 140.0, PatrolType.WATER: 70.0, PatrolType.AIR: 320.0}
"""Of means of transport that `terms.toml` does not know."""


class TermKind(StrEnum):
    """What sort of word it is."""

    TEAM = "team"
    STATION = "station"
    MANDATE = "mandate"
    TRANSPORT = "transport"


@dataclass(frozen=True, slots=True)
class Term:
    """A key that records hold, and what people call it."""

    kind: TermKind
    key: Key
    names: Names
    patrol_type: PatrolType | None = None
    """Of a means of transport."""
    active: bool = True
    """False: not offered any more."""


TermName = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]


def common() -> list[Term]:
    """Those that every station has."""
    return [_term(TermKind(kind), row) for kind, rows in _rows().items() for row in rows]


def top_speeds_m_s() -> dict[str, float]:
    """By means of transport, where one is known."""
    return {row["key"]: row["top_km_h"] / 3.6 for row in _rows()["transport"]}


@cache
def _rows() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((files("groundstation.records") / "terms.toml").read_text("utf-8"))


def _term(kind: TermKind, row: dict[str, Any]) -> Term:
    of = row.get("patrol_type")
    return Term(
        kind, row["key"], {"ru": row["ru"], "en": row["en"]}, PatrolType(of) if of else None
    )
