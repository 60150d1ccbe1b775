"""Text of files and units: which encoding a document has, and its words as str."""

import codecs
import re
from collections.abc import Callable

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_UNMARKED = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"), (b"<\0g\0", "utf-16-le"))
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_ENTITY = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_PLAIN = bytes(range(0x20, 0x7F))


def document(data: bytes) -> tuple[bytes, str, Callable[[int], int], str | None]:
    """An XML document in an encoding that keeps ASCII's bytes.

    Returns the bytes, the encoding of their texts, a function from an offset in these bytes to
    one in `data`, and a complaint or None. A byte order mark stands above the declaration.
    """
    mark, encoding = _marked(data)
    if encoding is None:
        found = _DECLARED.search(data, 0, 400)
        declared = found[1].decode("ascii") if found else "utf-8"
        usable = _usable(declared)
        complaint = None if usable else f"encoding {declared!r} is not known; read as UTF-8"
        return data, declared if usable else "utf-8", lambda at: at, complaint
    body = data[mark:]
    if encoding == "utf-8":
        return body, encoding, lambda at: at + mark, None
    recoded = body.decode(encoding, "replace").encode("utf-8", "replace")
    return recoded, "utf-8", _Offsets(recoded, encoding, mark, len(data)), None


class _Offsets:
    """From an offset in recoded text to one in the original, counted on from the last one asked:
    of a long document nothing is counted twice as long as offsets grow.
    """

    def __init__(self, recoded: bytes, encoding: str, mark: int, size: int) -> None:
        self._recoded, self._encoding, self._mark, self._size = recoded, encoding, mark, size
        self._last = 0, mark

    def __call__(self, at: int) -> int:
        known, original = self._last if self._last[0] <= at else (0, self._mark)
        between = self._recoded[known:at].decode("utf-8", "replace")
        self._last = at, original + len(between.encode(self._encoding, "replace"))
        # A character that was cut off at the end is replaced by a whole one.
        return min(self._last[1], self._size)


def _marked(data: bytes) -> tuple[int, str | None]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return len(mark), encoding
    for start, encoding in _UNMARKED:
        if data.startswith(start):
            return 0, encoding
    return 0, None


def _usable(encoding: str) -> bool:
    try:
        return _PLAIN.decode(encoding) == _PLAIN.decode("ascii")
    except (LookupError, ValueError):
        return False


def decoded(raw: bytes, encoding: str) -> str:
    """As str; bytes that the encoding does not know are read as windows-1251, the Cyrillic
    units' own.
    """
    try:
        return raw.decode(encoding)
    except ValueError:
        return raw.decode("cp1251", "backslashreplace")


def words(raw: bytes, encoding: str) -> str:
    """A text of the document, its character references resolved, no other entity ever."""
    text = decoded(raw, encoding)
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED[found[3]]
    code = int(found[1], 16) if found[1] else int(found[2])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else found[0]
