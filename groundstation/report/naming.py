"""Names of what records hold by key: categories, attributes, values, terms, in one language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from groundstation.records.model import AttributeType, CategoryDef, DataModel, Names, Node
from groundstation.records.raid import Attribute
from groundstation.report import writing
from groundstation.report.words import WORDS
from groundstation.words import Language, say


@dataclass(frozen=True, slots=True)
class Naming:
    """Ready to be asked."""

    language: Language
    categories: Mapping[str, str]
    """Hkey -> the category's own name, without its parents'."""
    attributes: Mapping[str, str]
    values: Mapping[tuple[str, str], str]
    """Attribute and key of a list's or a tree's node -> its name."""

    def category(self, hkey: str | None) -> str:
        """Its name after its parent's: a 'track' alone says little."""
        if hkey is None:
            return say(WORDS, "remark", self.language)
        own = self.categories.get(hkey)
        if own is None:
            return hkey
        parent = self.categories.get(hkey[: hkey.rstrip(".").rfind(".") + 1])
        return own if parent is None else f"{parent}: {own[:1].lower()}{own[1:]}"

    def told(self, attributes: Mapping[str, Attribute]) -> list[tuple[str, str]]:
        """Names and values of what was noted; what a file said beside the model is left out."""
        return [
            (self.attributes.get(name := key.partition("#")[0], name), self._value(name, value))
            for key, value in attributes.items()
            if not key.startswith("@")
        ]

    def _value(self, attribute: str, value: Attribute) -> str:
        if isinstance(value, bool):
            return say(WORDS, "yes" if value else "no", self.language)
        if isinstance(value, float | int):
            whole = float(value).is_integer()
            text = writing.number(float(value), 0 if whole else 2, self.language)
            return text if whole or not text.endswith("0") else text[:-1]
        if isinstance(value, str):
            return self.values.get((attribute, value), value)
        return ", ".join(self.values.get((attribute, key), key) for key in value)


def naming(model: DataModel, language: Language) -> Naming:
    """Of a data model."""
    chosen = (AttributeType.LIST, AttributeType.MLIST, AttributeType.TREE)
    return Naming(
        language,
        dict(_categories(model.categories, "", language)),
        {a.key: name(a.names, language, a.key) for a in model.attributes},
        {
            (a.key, key): text
            for a in model.attributes
            if a.type in chosen
            for key, text in _nodes(a.values, "", a.type is AttributeType.TREE, language)
        },
    )


def name(names: Names, language: Language, key: str) -> str:
    """In the language, else in any that there is, else the key."""
    return names.get(language) or next(iter(names.values()), None) or key


def _categories(
    categories: Sequence[CategoryDef], parent: str, language: Language
) -> Iterator[tuple[str, str]]:
    for category in categories:
        hkey = f"{parent}{category.key}."
        yield hkey, name(category.names, language, category.key)
        yield from _categories(category.children, hkey, language)


def _nodes(
    nodes: Sequence[Node], parent: str, tree: bool, language: Language
) -> Iterator[tuple[str, str]]:
    for node in nodes:
        key = f"{parent}{node.key}." if tree else node.key
        yield key, name(node.names, language, node.key)
        yield from _nodes(node.children, key, tree, language)
