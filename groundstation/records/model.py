"""The data model: which categories there are, and what is asked about each.

The structure is SMART's data model XML, element for element, so that a model comes in and goes
out without loss (`exchange/smart/model_xml`); ours is `primorye.xml` beside this file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Names = Mapping[str, str]
"""Language code -> name."""


class AttributeType(StrEnum):
    """What an attribute's value is."""

    NUMERIC = "NUMERIC"
    TEXT = "TEXT"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    LIST = "LIST"
    MLIST = "MLIST"
    TREE = "TREE"


@dataclass(frozen=True, slots=True)
class Node:
    """An entry of a list (without children) or of a tree."""

    key: str
    names: Names
    is_active: bool = True
    children: Sequence["Node"] = ()
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class AttributeDef:
    """Something that can be asked."""

    key: str
    type: AttributeType
    names: Names
    is_required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    regex: str | None = None
    aggregations: Sequence[str] = ()
    values: Sequence[Node] = ()
    """Of a LIST, MLIST or TREE."""
    icon: str | None = None
    personal: bool = False
    """Says who an offender is; not part of SMART's file."""


@dataclass(frozen=True, slots=True)
class AttributeUse:
    """An attribute asked in a category."""

    key: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class CategoryDef:
    """A category; its children are asked its attributes too."""

    key: str
    names: Names
    is_multiple: bool = True
    is_active: bool = True
    attributes: Sequence[AttributeUse] = ()
    children: Sequence["CategoryDef"] = ()
    icon: str | None = None
    sensitivity: int | None = None
    """Chapman's (2020) category 1 (withheld) to 4 (0.001 degrees); None: told as it is, or as the
    parent says. Not part of SMART's file."""


@dataclass(frozen=True, slots=True)
class DataModel:
    """All of it."""

    languages: Sequence[str] = ()
    attributes: Sequence[AttributeDef] = ()
    categories: Sequence[CategoryDef] = field(default_factory=tuple)
