"""Another data model into ours: what both have is as it comes, what only ours has stays.

Nothing goes away by a file, because records hang on it; what is not wanted any more is made
inactive in the editor. Which categories are sensitive and which attributes personal is not in
SMART's file and stays as it was.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from groundstation.records.model import (
    AttributeDef,
    AttributeUse,
    CategoryDef,
    DataModel,
    Names,
    Node,
)

T = TypeVar("T", AttributeDef, AttributeUse, CategoryDef, Node)


def merged(ours: DataModel, came: DataModel) -> DataModel:
    """The model that comes, and behind it what only ours has."""
    attributes, alone = _pairs(ours.attributes, came.attributes)
    return DataModel(
        list(dict.fromkeys([*came.languages, *ours.languages])),
        [*(_attribute(before, new) for before, new in attributes), *alone],
        _categories(ours.categories, came.categories),
    )


def _pairs(ours: Sequence[T], came: Sequence[T]) -> tuple[list[tuple[T | None, T]], list[T]]:
    """What comes beside ours of the same key, and what only we have."""
    before = {item.key: item for item in ours}
    pairs = [(before.pop(item.key, None), item) for item in came]
    return pairs, list(before.values())


def _attribute(ours: AttributeDef | None, came: AttributeDef) -> AttributeDef:
    if ours is None:
        return came
    return replace(
        came,
        names=_names(ours.names, came.names),
        values=_nodes(ours.values, came.values),
        personal=ours.personal,
    )


def _nodes(ours: Sequence[Node], came: Sequence[Node]) -> list[Node]:
    pairs, alone = _pairs(ours, came)
    return [*(_node(before, new) for before, new in pairs), *alone]


def _node(ours: Node | None, came: Node) -> Node:
    if ours is None:
        return came
    names = _names(ours.names, came.names)
    return replace(came, names=names, children=_nodes(ours.children, came.children))


def _categories(ours: Sequence[CategoryDef], came: Sequence[CategoryDef]) -> list[CategoryDef]:
    pairs, alone = _pairs(ours, came)
    return [*(_category(before, new) for before, new in pairs), *alone]


def _category(ours: CategoryDef | None, came: CategoryDef) -> CategoryDef:
    if ours is None:
        return came
    _, alone = _pairs(ours.attributes, came.attributes)
    return replace(
        came,
        names=_names(ours.names, came.names),
        attributes=[*came.attributes, *alone],
        children=_categories(ours.children, came.children),
        sensitivity=ours.sensitivity,
    )


def _names(ours: Names, came: Names) -> dict[str, str]:
    return {**came, **{code: name for code, name in ours.items() if code not in came}}
