"""The data model as one asks it while reading: is this category, attribute, item one of ours."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from groundstation.records.model import AttributeDef, AttributeType, CategoryDef, DataModel, Node


@dataclass(frozen=True, slots=True)
class Known:
    """Keys by what they are of."""

    categories: frozenset[str]
    """hkeys."""
    attributes: Mapping[str, AttributeDef]
    items: Mapping[str, frozenset[str]]
    """Of the attributes of type LIST and TREE: keys, or hkeys with the dot behind."""

    def is_item(self, attribute: str, item: str) -> bool:
        """Whether the attribute takes one item, and this is one."""
        return item in self.items.get(attribute, frozenset())


def known(model: DataModel) -> Known:
    """The keys of a model."""
    items = {}
    for attribute in model.attributes:
        if attribute.type is AttributeType.LIST:
            items[attribute.key] = frozenset(node.key for node in attribute.values)
        elif attribute.type is AttributeType.TREE:
            items[attribute.key] = frozenset(_paths(attribute.values))
    attributes = {attribute.key: attribute for attribute in model.attributes}
    return Known(frozenset(_paths(model.categories)), attributes, items)


def _paths(nodes: Sequence[CategoryDef] | Sequence[Node], above: str = "") -> Iterator[str]:
    for node in nodes:
        path = f"{above}{node.key}."
        yield path
        yield from _paths(node.children, path)
