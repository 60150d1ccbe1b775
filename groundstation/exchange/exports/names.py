"""What things are called, for people who read an export."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from groundstation.exchange.exports.words import LABELS
from groundstation.records.model import AttributeDef, AttributeType, CategoryDef, DataModel, Node
from groundstation.records.observation import Observation
from groundstation.records.raid import Attribute, Raid
from groundstation.words import Language, say


@dataclass(frozen=True, slots=True)
class Names:
    """Names by key; what has none is called by its key."""

    language: Language
    categories: Mapping[str, Mapping[str, str]]
    """hkey -> language -> name."""
    attributes: Mapping[str, AttributeDef]
    items: Mapping[str, Mapping[str, Mapping[str, str]]]
    """Attribute key -> list key or tree hkey -> language -> name."""
    terms: Mapping[tuple[str, str], Mapping[str, str]]
    """Kind and key of a term -> language -> name."""
    people: Mapping[int, str]
    """Empty where the account is not to know who they are."""

    def label(self, code: str) -> str:
        """A word of ours."""
        return say(LABELS, code, self.language)

    def category(self, key: str | None, language: Language | None = None) -> str:
        """Of an observation; a remark for one without."""
        if key is None:
            return say(LABELS, "remark", language or self.language)
        return self._one(self.categories.get(key, {}), key, language)

    def attribute(self, key: str) -> str:
        """Of an attribute; a second value of one is called as the first."""
        known = self.attributes.get(key.partition("#")[0])
        return self._one(known.names if known else {}, key)

    def value(self, key: str, value: Attribute) -> str:
        """Of an attribute's value, list keys by their names."""
        if isinstance(value, bool):
            return self.label("yes" if value else "no")
        if isinstance(value, float | int):
            return f"{value:g}" if abs(value) < 1e6 else str(value)
        items = self.items.get(key.partition("#")[0], {})
        if isinstance(value, str):
            return self._one(items.get(value, {}), value)
        return ", ".join(self._one(items.get(item, {}), item) for item in value)

    def term(self, kind: str, key: str | None) -> str | None:
        """Of a team, station, mandate or means of transport; None for none."""
        return None if key is None else self._one(self.terms.get((kind, key), {}), key)

    def transports(self, raid: Raid) -> list[str]:
        """Of its legs, each once."""
        named = (self.term("transport", leg.transport) for leg in raid.legs)
        return list(dict.fromkeys(name for name in named if name is not None))

    def said(self, observation: Observation) -> list[tuple[str, str]]:
        """Names and values of an observation's attributes, without what a file kept for itself."""
        attributes = observation.attributes.items()
        return [(self.attribute(k), self.value(k, v)) for k, v in attributes if k[:1] != "@"]

    def _one(
        self, names: Mapping[str, str], otherwise: str, language: Language | None = None
    ) -> str:
        wanted = language or self.language
        return names.get(wanted) or next(iter(names.values()), otherwise)


def category_names(model: DataModel) -> dict[str, Mapping[str, str]]:
    """By hkey."""
    return dict(_paths(model.categories))


def item_names(model: DataModel) -> dict[str, dict[str, Mapping[str, str]]]:
    """By attribute, then by list key or tree hkey."""
    return {
        attribute.key: dict(_paths(attribute.values))
        if attribute.type is AttributeType.TREE
        else {node.key: node.names for node in attribute.values}
        for attribute in model.attributes
    }


def _paths(
    nodes: Sequence[CategoryDef] | Sequence[Node], above: str = ""
) -> Iterator[tuple[str, Mapping[str, str]]]:
    for node in nodes:
        path = f"{above}{node.key}."
        yield path, node.names
        yield from _paths(node.children, path)
