"""An XML document from a stranger: read safely, and as far as it is whole.

Nothing is declared, fetched or expanded: a DOCTYPE is refused by name before the parser sees it.
Where the document breaks, the tree holds what ended before, and the elements that were open.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from firmware_bridge.files.text import document as in_ascii
from groundstation.exchange.remarks import Remarks
from groundstation.exchange.words import REFUSALS
from groundstation.words import Refusal

MAX_BYTES = 64 << 20
"""A month of a patrol with a point every 2 s has half of it."""
MAX_ELEMENTS = 2_000_000
_CHUNK = 1 << 20
_PROLOG = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_DECLARATION = re.compile(r"\s*<\?xml\b.*?\?>", re.DOTALL)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0 (fifth edition), section 2.2."""
_NAMESPACE = re.compile(r"/xml/(\d{1,3})\.(\d{1,3})/\w+$")

Element = Any
"""lxml's; it has no types of its own."""


@dataclass(frozen=True, slots=True)
class Document:
    """The root element, and which of SMART's formats its namespace names."""

    root: Element
    name: str
    """The root's name without its namespace."""
    version: tuple[int, int] | None
    """1.3 as (1, 3); None where the namespace is not one of SMART's."""
    unfinished: frozenset[Element]
    """Elements whose end never came; empty where the document is whole."""


def parse(raw: bytes, name: str, remarks: Remarks) -> Document:
    """The document, as far as it is whole. Raises Refusal where there is nothing to be had."""
    if len(raw) > MAX_BYTES:
        raise Refusal(REFUSALS, "too_large", name=name, limit_mb=MAX_BYTES >> 20)
    text = _text(raw, remarks)
    prolog = _PROLOG.match(text)
    if text.startswith("<!DOCTYPE", prolog.end() if prolog else 0):
        raise Refusal(REFUSALS, "doctype", name=name)
    # Ours are the encoding and the clean text; what the document declared is spoken for.
    body = _DECLARATION.sub("", text, count=1).encode()
    root, unfinished = _tree(body, name, remarks)
    found = _NAMESPACE.search(root.tag.partition("}")[0])
    version = None if found is None else (int(found[1]), int(found[2]))
    return Document(root, local(root), version, unfinished)


def local(element: Element) -> str:
    """An element's name without its namespace; of a broken one whatever the parser made of it."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, name: str) -> Iterator[Element]:
    """Those of that name, in order."""
    return (child for child in element if local(child) == name)


def first(element: Element, name: str) -> Element | None:
    """The first child of that name."""
    return next(children(element, name), None)


def text_of(element: Element | None) -> str | None:
    """What stands in it; None for no element, and for nothing but blanks."""
    text = None if element is None else (element.text or "").strip()
    return text or None


def clean(text: str) -> str:
    """The text as XML allows it."""
    return _NOT_XML.sub("\ufffd", text)


def cleaned(text: str, remarks: Remarks) -> str:
    """The same, and how much had to be replaced."""
    clean_text, n = _NOT_XML.subn("\ufffd", text)
    if n:
        remarks.add("control_characters", n=n)
    return clean_text


def _text(raw: bytes, remarks: Remarks) -> str:
    data, encoding, _, complaint = in_ascii(raw)
    if complaint:
        remarks.add("bad_value", name="encoding", value=complaint)
    try:
        text = data.decode(encoding)
    except ValueError:
        text = data.decode(encoding, "replace")
        remarks.add("bad_bytes", encoding=encoding, n=text.count("\ufffd"))
    return cleaned(text, remarks)


def _tree(body: bytes, name: str, remarks: Remarks) -> tuple[Element, frozenset[Element]]:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root: Element | None = None
    inside: list[Element] = []
    elements = 0
    why: tuple[int, str] | None = None
    for at in range(0, len(body) + _CHUNK, _CHUNK):
        try:
            parser.feed(body[at : at + _CHUNK]) if at < len(body) else parser.close()
        except etree.XMLSyntaxError as error:
            why = error.lineno or 0, error.msg or "syntax"
        for event, element in parser.read_events():
            if event == "start":
                root = element if root is None else root
                inside.append(element)
                elements += 1
            else:
                inside.pop()
        if elements > MAX_ELEMENTS:
            raise Refusal(REFUSALS, "too_many_elements", name=name, limit=MAX_ELEMENTS)
        if why is not None:
            break
    if root is None:
        raise Refusal(REFUSALS, "no_xml", name=name, why=why[1] if why else "empty")
    if why is not None:
        remarks.add("broken", why[0], why=why[1])
    return root, frozenset(inside)
