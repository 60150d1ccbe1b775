"""SMART's data model XML 1.0 and 1.1, in and out.

    DataModel
      languages   languages @code                          (1.0: language)
      attributes  attribute @key @isrequired @type [@iconkey]
                    aggregations @aggregation ; qa_minmax / MinValue, MaxValue ; qa_regex
                    names @language_code @value
                    values @key @isactive [@iconkey] / names            of a LIST or MLIST
                    tree @key @isactive [@iconkey] / names, children*   of a TREE
      categories  category @key @ismultiple @isactive [@iconkey]
                    names ; attributes @isactive @attributekey ; category*

Which attributes are personal and which categories sensitive is not SMART's business and is
neither read nor written here.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lxml import etree

from groundstation.exchange.remarks import Remark, Remarks
from groundstation.exchange.smart.document import (
    Document,
    Element,
    children,
    clean,
    first,
    local,
    parse,
    text_of,
)
from groundstation.exchange.words import REFUSALS
from groundstation.records.model import (
    AttributeDef,
    AttributeType,
    AttributeUse,
    CategoryDef,
    DataModel,
    Node,
)
from groundstation.words import Refusal

NAMESPACE = "http://www.smartconservationsoftware.org/xml/1.1/datamodel"
ROOT = "DataModel"
NEWEST = (1, 1)
MAX_KEY = 128
"""SMART's own limit."""

T = TypeVar("T", AttributeDef, AttributeUse, CategoryDef, Node)


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A data model and what was odd in its file."""

    model: DataModel
    remarks: Sequence[Remark]


def read_model(raw: bytes, name: str = "model.xml") -> ReadModel:
    """The model in the file, as far as it is whole. Raises Refusal when there is none."""
    remarks = Remarks()
    found = parse(raw, name, remarks)
    return ReadModel(model_of(found, name, remarks), remarks.listed())


def model_of(found: Document, name: str, remarks: Remarks) -> DataModel:
    """The model in a parsed document. Raises Refusal when it is of another kind."""
    if found.name != ROOT:
        raise Refusal(REFUSALS, "not_a_model", name=name, root=found.name)
    if found.version is not None and found.version > NEWEST:
        remarks.add("newer_version", version="{}.{}".format(*found.version))
    return _Reader(remarks).model(found.root)


class _Reader:
    """One pass over one tree."""

    def __init__(self, remarks: Remarks) -> None:
        self._remarks = remarks

    def model(self, root: Element) -> DataModel:
        languages = first(root, "languages")
        codes = () if languages is None else (child.get("code") for child in languages)
        attributes = self._all(first(root, "attributes"), "attribute", self._attribute)
        known = {attribute.key for attribute in attributes}
        categories = self._all(first(root, "categories"), "category", self._category)
        for path, use in _uses(categories):
            if use.key not in known:
                self._remarks.add("no_such_attribute", category=path, key=use.key)
        self._unknown(root, {"languages", "attributes", "categories"}, set())
        return DataModel(list(dict.fromkeys(c for c in codes if c)), attributes, categories)

    def _all(self, parent: Element | None, name: str, read: Callable[[Element, str], T]) -> list[T]:
        """Children of that name by key, each key once."""
        found: dict[str, T] = {}
        field = "attributekey" if name == "attributes" else "key"
        for element in () if parent is None else children(parent, name):
            key = (element.get(field) or "").strip()
            if not key:
                self._remarks.add("no_key", element.sourceline, element=name)
            elif "." in key or len(key) > MAX_KEY or len(key.split()) > 1:
                self._remarks.add("bad_key", element.sourceline, key=key, element=name)
            elif key in found:
                self._remarks.add("twice", element.sourceline, key=key)
            else:
                found[key] = read(element, key)
        return list(found.values())

    def _attribute(self, element: Element, key: str) -> AttributeDef:
        written = element.get("type") or ""
        try:
            kind = AttributeType(written.upper())
        except ValueError:
            kind = AttributeType.TEXT
            self._remarks.add("unknown_type", element.sourceline, key=key, type=written)
        limits = first(element, "qa_minmax")
        regex = first(element, "qa_regex")
        entries = "tree" if kind is AttributeType.TREE else "values"
        self._unknown(
            element,
            {"names", "aggregations", "qa_minmax", "qa_regex", entries},
            {"key", "isrequired", "type", "iconkey"},
        )
        return AttributeDef(
            key=key,
            type=kind,
            names=_names(element),
            is_required=_yes(element.get("isrequired"), False),
            minimum=self._number(limits, "MinValue"),
            maximum=self._number(limits, "MaxValue"),
            regex=None if regex is None else (regex.text or ""),
            aggregations=[
                a for e in children(element, "aggregations") if (a := e.get("aggregation"))
            ],
            values=self._all(element, entries, self._node),
            icon=element.get("iconkey"),
        )

    def _number(self, limits: Element | None, name: str) -> float | None:
        element = None if limits is None else first(limits, name)
        text = text_of(element)
        if element is None or text is None:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
        self._remarks.add("bad_value", element.sourceline, name=name, value=text)
        return None

    def _node(self, element: Element, key: str) -> Node:
        self._unknown(element, {"names", "children"}, {"key", "isactive", "iconkey"})
        return Node(
            key=key,
            names=_names(element),
            is_active=_yes(element.get("isactive"), True),
            children=self._all(element, "children", self._node),
            icon=element.get("iconkey"),
        )

    def _category(self, element: Element, key: str) -> CategoryDef:
        self._unknown(
            element,
            {"names", "attributes", "category"},
            {"key", "ismultiple", "isactive", "iconkey"},
        )
        return CategoryDef(
            key=key,
            names=_names(element),
            is_multiple=_yes(element.get("ismultiple"), True),
            is_active=_yes(element.get("isactive"), True),
            attributes=self._all(element, "attributes", _use),
            children=self._all(element, "category", self._category),
            icon=element.get("iconkey"),
        )

    def _unknown(self, element: Element, elements: set[str], fields: set[str]) -> None:
        """Say what is there and not understood."""
        for child in element:
            if local(child) not in elements:
                self._remarks.add("unknown_element", child.sourceline, name=local(child))
        for name in set(element.attrib) - fields:
            if not name.startswith("{"):
                here = local(element)
                self._remarks.add("unknown_field", element.sourceline, name=name, element=here)


def _use(element: Element, key: str) -> AttributeUse:
    return AttributeUse(key, _yes(element.get("isactive"), True))


def _names(element: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in children(element, "names"):
        language = child.get("language_code")
        if language:
            found.setdefault(language, child.get("value") or "")
    return found


def _yes(text: str | None, otherwise: bool) -> bool:
    return otherwise if text is None else text.strip().lower() in ("true", "1")


def _uses(categories: Iterable[CategoryDef], above: str = "") -> Iterable[tuple[str, AttributeUse]]:
    for category in categories:
        path = f"{above}{category.key}."
        yield from ((path, use) for use in category.attributes)
        yield from _uses(category.children, path)


def write_model(model: DataModel) -> bytes:
    """The file SMART imports, version 1.1."""
    root = etree.Element(f"{{{NAMESPACE}}}{ROOT}", nsmap={None: NAMESPACE})
    languages = _sub(root, "languages")
    for code in model.languages:
        _sub(languages, "languages", code=code)
    attributes = _sub(root, "attributes")
    for attribute in model.attributes:
        _write_attribute(attributes, attribute)
    categories = _sub(root, "categories")
    for category in model.categories:
        _write_category(categories, category)
    etree.indent(root, "    ")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _write_attribute(parent: Element, attribute: AttributeDef) -> None:
    element = _sub(
        parent,
        "attribute",
        key=attribute.key,
        isrequired=_word(attribute.is_required),
        type=attribute.type.value,
        iconkey=attribute.icon,
    )
    for aggregation in attribute.aggregations:
        _sub(element, "aggregations", aggregation=aggregation)
    if attribute.minimum is not None or attribute.maximum is not None:
        limits = _sub(element, "qa_minmax")
        for name, number in (("MinValue", attribute.minimum), ("MaxValue", attribute.maximum)):
            if number is not None:
                _sub(limits, name).text = repr(float(number))
    if attribute.regex is not None:
        _sub(element, "qa_regex").text = clean(attribute.regex)
    _write_names(element, attribute.names)
    entries = "tree" if attribute.type is AttributeType.TREE else "values"
    for node in attribute.values:
        _write_node(element, entries, node)


def _write_node(parent: Element, name: str, node: Node) -> None:
    active = _word(node.is_active)
    element = _sub(parent, name, key=node.key, isactive=active, iconkey=node.icon)
    _write_names(element, node.names)
    for child in node.children:
        _write_node(element, "children", child)


def _write_category(parent: Element, category: CategoryDef) -> None:
    element = _sub(
        parent,
        "category",
        key=category.key,
        ismultiple=_word(category.is_multiple),
        isactive=_word(category.is_active),
        iconkey=category.icon,
    )
    _write_names(element, category.names)
    for use in category.attributes:
        _sub(element, "attributes", isactive=_word(use.is_active), attributekey=use.key)
    for child in category.children:
        _write_category(element, child)


def _write_names(element: Element, names: Mapping[str, str]) -> None:
    for language, value in names.items():
        _sub(element, "names", language_code=language, value=value)


def _sub(parent: Element, name: str, **fields: str | None) -> Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    for key, value in fields.items():
        if value is not None:
            element.set(key, clean(value))
    return element


def _word(yes: bool) -> str:
    return "true" if yes else "false"
