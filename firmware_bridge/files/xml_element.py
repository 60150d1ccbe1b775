"""One whole element of a damaged or whole XML document, as a shape and its values.

    <trkpt lat="1" lon="2"><ele>3</ele></trkpt>
    shape   start trkpt lat lon / start ele / text / end ele / end trkpt
    values  1 2 3

Elements of one unit repeat a handful of shapes. `pattern` turns a shape into a regular
expression that reads the next such element at once; NUL bytes apart, it accepts nothing that
this scanner would read otherwise. Prefixes need no declaration, no entity is expanded, nothing is
fetched. XML 1.0 (fifth edition), sections 2.3 to 2.8 and 3.1.
"""

import re
from dataclasses import dataclass
from itertools import islice

_NAME = rb"[A-Za-z_:\x80-\xff][A-Za-z0-9_:.\-\x80-\xff]*+"
_ATTRIBUTE = rb"""\s++(%s)\s*+=\s*+("[^"<\0]*+"|'[^'<\0]*+')""" % _NAME
TAG = re.compile(
    rb"""<(/?)(%s)((?:\s++%s\s*+=\s*+(?:"[^"<\0]*+"|'[^'<\0]*+'))*+)\s*+(/?)>""" % (_NAME, _NAME)
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_CDATA = b"<![CDATA["
ASIDES = ((b"<!--", b"-->"), (b"<?", b"?>"), (_CDATA, b"]]>"))
MAX_ASIDE = 65_536
"""Bytes of a comment, instruction or CDATA section; in a longer one its end is missing."""
MAX_DEPTH = 32
MAX_EVENTS = 200_000
"""Of one element: a Garmin route point may carry thousands of shaping points."""
MAX_PATTERN_EVENTS = 80
MAX_ATTRIBUTES = 10_000
"""Of one tag, by its equals signs."""
MAX_NAME = 256
"""Bytes of a name: paths of longer ones would be many times as long as the document."""


@dataclass(frozen=True, slots=True)
class Event:
    """A tag, or the text of an element that has no others inside."""

    kind: str
    """`start`, `empty` (a start that is its own end), `text`, `end`."""
    name: bytes = b""
    """As the document writes it, with the prefix."""
    attributes: tuple[tuple[bytes, bytes], ...] = ()
    """Name and quotation mark of each; their values stand in `Element.values`."""


@dataclass(frozen=True, slots=True)
class Element:
    """What stands from `start` to `end`, the end tag included."""

    shape: tuple[Event, ...]
    values: tuple[bytes, ...]
    """Values of attributes and texts in the document's order, escaped as they stand there."""
    start: int
    end: int
    plain: bool
    """No comment, CDATA section, processing instruction or mixed text: `pattern` may be used."""
    mixed: bytes = b""
    """Text beside child elements, which no shape has room for."""


class Broken(Exception):
    """The element is not whole; reading goes on at `resume`."""

    def __init__(self, resume: int, why: str) -> None:
        super().__init__(why)
        self.resume, self.why = resume, why


class Endings:
    """The next place of a text in a document; however often it is asked for, a byte is looked at
    a few times at most.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._known: dict[bytes, tuple[int, int]] = {}

    def find(self, what: bytes, at: int, reach: int = MAX_ASIDE) -> int:
        """The first `what` from `at` on that ends within `reach` bytes, or -1."""
        begun, found = self._known.get(what, (0, -1))
        if not begun <= at <= found:
            found = self._data.find(what, at)
            found = found if found >= 0 else len(self._data)
            self._known[what] = at, found
        return found if found < len(self._data) and found + len(what) <= at + reach else -1


def attributes(raw: bytes) -> dict[bytes, bytes]:
    """Names and values of what stands behind a tag's name, the first MAX_ATTRIBUTES."""
    found = islice(_ATTRIBUTES.finditer(raw), MAX_ATTRIBUTES)
    return {one[1]: one[2][1:-1] for one in found}


def local(name: bytes) -> bytes:
    """The name without its prefix."""
    return name.rpartition(b":")[2]


def read_element(data: bytes, start: int, stops: frozenset[bytes], endings: Endings) -> Element:
    """The element whose start tag stands at `start`.

    `stops` are local names that cannot stand inside it: where one does, this element was cut.
    `endings` are of the whole document. Raises Broken.
    """
    events: list[Event] = []
    values: list[bytes] = []
    open_names: list[bytes] = []
    mixed: list[bytes] = []
    text: list[bytes] = []
    plain, at = True, start
    while True:
        skipped = _skip(data, at, text, endings)
        if skipped != at:
            at, plain = skipped, False
        else:
            found = TAG.match(data, at)
            if found is None:
                raise Broken(*_why_no_tag(data, at))
            closing, name, raw, empty = found.groups()
            own_end = closing and len(open_names) == 1 and name == open_names[0]
            if at != start and local(name) in stops and not own_end:
                raise Broken(at, f"cut off by <{closing.decode()}{_shown(name)}>")
            if closing:
                if open_names[-1] != name:
                    raise Broken(found.end(), f"</{_shown(name)}> ends <{_shown(open_names[-1])}>")
                if events[-1].kind == "start":
                    events.append(Event("text"))
                    values.append(b"".join(text))
                else:
                    mixed.append(b"".join(text))
                events.append(Event("end", open_names.pop()))
            else:
                mixed.append(b"".join(text))
                if len(name) > MAX_NAME or raw.count(b"=") > MAX_ATTRIBUTES:
                    raise Broken(found.end(), "a name too long or too many attributes")
                pairs = _ATTRIBUTES.findall(raw)
                quotes = tuple((key, value[:1]) for key, value in pairs)
                events.append(Event("empty" if empty else "start", name, quotes))
                values.extend(value[1:-1] for _, value in pairs)
                if not empty:
                    open_names.append(name)
            text.clear()
            at = found.end()
            if not open_names:
                break
            if len(open_names) > MAX_DEPTH or len(events) > MAX_EVENTS:
                raise Broken(at, "nested too deep or too long")
        following = data.find(b"<", at)
        if following < 0:
            raise Broken(len(data), "the file ends inside it")
        text.append(data[at:following])
        if b"\0" in text[-1]:
            raise Broken(following, "NUL bytes inside it")
        at = following
    rest = b"".join(mixed).strip()
    return Element(tuple(events), tuple(values), start, at, plain and not rest, rest)


def _skip(data: bytes, at: int, text: list[bytes], endings: Endings) -> int:
    """Behind a comment, instruction or CDATA section at `at`; the latter's text is kept."""
    for opening, ending in ASIDES:
        if data.startswith(opening, at):
            end = endings.find(ending, at)
            if end < 0:
                raise Broken(at + 1, f"{opening.decode()} without an end")
            if opening is _CDATA:
                inner = data[at + len(_CDATA) : end]
                text.append(inner.replace(b"&", b"&amp;").replace(b"<", b"&lt;"))
            return end + len(ending)
    return at


def _why_no_tag(data: bytes, at: int) -> tuple[int, str]:
    following = data.find(b"<", at + 1)
    if following < 0:
        return len(data), "the file ends inside it"
    return following, f"a broken tag {data[at : min(following, at + 40)]!r}"


def _shown(name: bytes) -> str:
    return name[:40].decode("utf-8", "backslashreplace")


def pattern(shape: tuple[Event, ...]) -> re.Pattern[bytes] | None:
    """Reads the next element of this shape, values as groups; None where it would be too long.

    Tags are taken as nearly all programs write them, `<a b="c">`: every allowed space more costs
    a third of the speed. NUL bytes, which the scanner refuses, are left to the caller.
    """
    if len(shape) > MAX_PATTERN_EVENTS:
        return None
    parts: list[bytes] = []
    for event, following in zip(shape, (*shape[1:], Event("")), strict=True):
        if event.kind == "text":
            parts.append(rb"([^<]*+)")
            continue
        if event.kind == "end":
            parts.append(rb"</%s>\s*+" % re.escape(event.name))
            continue
        parts.append(b"<" + re.escape(event.name))
        for key, quote in event.attributes:
            parts.append(rb"\s++%s=%s([^%s<]*+)%s" % (re.escape(key), *(quote,) * 3))
        ending = rb"\s*+/>" if event.kind == "empty" else b">"
        parts.append(ending if following.kind == "text" else ending + rb"\s*+")
    return re.compile(b"".join(parts))
