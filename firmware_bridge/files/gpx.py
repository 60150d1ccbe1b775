"""GPX 1.0 and 1.1 of any program, whole or damaged.

Points are whole when their end tag is there. Runs of points of one shape, which is how units
write them, are read by one regular expression made from the first of them (`xml_element`); it is
this reader's only speed trick, and falls back to the tag by tag scanner at the first difference.
Nothing is declared, fetched or expanded: a prefix is a name, a DOCTYPE is skipped and named.
topografix.com/GPX/1/0 and /1/1.
"""

import re
from pathlib import Path

from firmware_bridge.files.gpx_run import PointRun
from firmware_bridge.files.gpx_waypoint import fields, waypoint
from firmware_bridge.files.source import Flaws, read_bytes
from firmware_bridge.files.text import document, words
from firmware_bridge.files.timestamps import NO_ZONE
from firmware_bridge.files.xml_element import (
    ASIDES,
    TAG,
    Broken,
    Endings,
    attributes,
    local,
    read_element,
)
from firmware_bridge.tracks import Contents, Segment, Track, UnitIdentity, Waypoint

POINTS = frozenset({b"trkpt", b"rtept", b"wpt"})
_STOPS = POINTS | {b"trkseg", b"trk", b"rte", b"gpx", b"metadata"}
_ROOT = re.compile(rb"<(?:[A-Za-z_][A-Za-z0-9_.-]*+:)?(?:gpx|trkpt|rtept|wpt)[\s>]")
_MAX_DETAILS = 10_000
MAX_ITEMS = 300_000
"""Waypoints, tracks, routes and segments of one file together."""
MAX_POINTS = 10_000_000
MAX_BREAKS = 200_000
"""No damage leaves so many; what does would cost minutes."""
MAX_OPEN = 64
"""Elements inside each other; a bomb of deeper ones is not remembered."""


def is_gpx(head: bytes) -> bool:
    """Whether a file that begins so is GPX, cut ones and UTF-16 included."""
    data = document(head)[0]
    return _ROOT.search(data) is not None


def read_gpx(path: Path) -> Contents:
    """What is whole in the file. Raises FileUnreadable."""
    flaws = Flaws()
    return decode_gpx(read_bytes(path, flaws), flaws)


def decode_gpx(raw: bytes, flaws: Flaws | None = None) -> Contents:
    """What is whole in a GPX document; never raises on what it contains."""
    return _Reader(raw, flaws or Flaws()).read()


class _Reader:
    """One pass over one document."""

    def __init__(self, raw: bytes, flaws: Flaws) -> None:
        self._flaws = flaws
        self._data, self._encoding, self._offset, complaint = document(raw)
        if complaint:
            flaws.add(0, complaint)
        self._endings = Endings(self._data)
        self._open: list[bytes] = []
        self._tracks: list[Track] = []
        self._routes: list[Track] = []
        self._waypoints: list[Waypoint] = []
        self._segments: list[Segment] = []
        self._segment_count = 0
        self._extras: dict[str, str] = {}
        self._details: dict[str, str] = {}
        self._points = PointRun(self._data, self._encoding, self._complain)
        self._zoneless, self._first_zoneless = 0, 0
        self._kind = b""
        self._breaks = 0

    def _broken(self, at: int, what: str) -> None:
        """The document itself is damaged here."""
        self._breaks += 1
        self._complain(at, what)

    def _complain(self, at: int, what: str) -> None:
        """At an offset of the document as scanned."""
        if what == NO_ZONE:
            self._first_zoneless = at if not self._zoneless else self._first_zoneless
            self._zoneless += 1
            return
        # In UTF-16 the place of each is work, and there may be one for every point.
        self._flaws.add(at if self._flaws.full else self._offset(at), what)

    def read(self) -> Contents:
        """Scan tag by tag, points in runs."""
        data, at = self._data, 0
        while (start := data.find(b"<", at)) >= 0:
            self._between(at, start)
            if (why := self._why_enough()) is not None:
                self._complain(start, f"{why}: {len(data) - start} bytes not read")
                at = len(data)
                break
            at = self._tag(start)
        self._between(at, len(data))
        self._finish()
        if not self._details and not (self._tracks or self._waypoints or self._routes):
            self._complain(0, "no GPX in it")
        unit = UnitIdentity("storage", None, None, None, None, self._details)
        return Contents(
            "gpx",
            unit if self._details else None,
            self._tracks,
            self._waypoints,
            self._flaws.listed(),
            routes=self._routes,
        )

    def _why_enough(self) -> str | None:
        """Each item costs memory of its own and each break time, however little it holds."""
        if self._breaks > MAX_BREAKS:
            return f"broken at more than {MAX_BREAKS} places"
        if self._points.count > MAX_POINTS:
            return f"more than {MAX_POINTS} points"
        items = len(self._waypoints) + len(self._tracks) + len(self._routes) + self._segment_count
        return f"more than {MAX_ITEMS} waypoints and segments" if items > MAX_ITEMS else None

    def _between(self, start: int, end: int) -> None:
        text = self._data[start:end]
        if text.isspace() or not text:
            return
        nuls = text.count(b"\0")
        what = f"{nuls} NUL bytes" if nuls else f"text outside any element: {text[:80]!r}"
        self._broken(start + max(0, text.find(b"\0")), what)

    def _tag(self, start: int) -> int:
        """Take what begins at `start`; where to go on."""
        data = self._data
        for opening, ending in ASIDES:
            if data.startswith(opening, start):
                end = self._endings.find(ending, start)
                return end + len(ending) if end >= 0 else self._lost(start)
        if data.startswith(b"<!", start):
            return self._doctype(start)
        found = TAG.match(data, start)
        if found is None:
            return self._lost(start)
        closing, name, _, empty = found.groups()
        if closing:
            self._close(local(name), start)
            return found.end()
        if local(name) in POINTS:
            return self._point(start, local(name))
        if local(name) in (b"gpx", b"trk", b"rte", b"trkseg", b"metadata"):
            if not empty:
                self._enter(local(name), start)
            written = attributes(found[3])
            for key in (b"creator", b"version") if local(name) == b"gpx" else ():
                if key in written:
                    self._details[key.decode()] = words(written[key], self._encoding)
            return found.end()
        return self._other(start)

    def _lost(self, start: int) -> int:
        following = self._data.find(b"<", start + 1)
        end = following if following >= 0 else len(self._data)
        self._broken(start, f"{end - start} bytes that are no XML: {self._data[start:end][:60]!r}")
        return end

    def _doctype(self, start: int) -> int:
        data = self._data
        find = self._endings.find
        end = find(b">", start)
        bracket = find(b"[", start, end - start) if end >= 0 else -1
        if bracket >= 0:
            inner = find(b"]", bracket)
            end = data.find(b">", inner, inner + 100) if inner >= 0 else -1
        self._broken(start, "a document type declaration, skipped: its entities stay unexpanded")
        return end + 1 if end >= 0 else self._lost(start)

    def _enter(self, name: bytes, start: int) -> None:
        if name in self._open and name != b"metadata":
            self._broken(start, f"<{name.decode()}> inside the one before, which has no end")
            while name in self._open:
                self._leave(self._open[-1])
        if name in (b"trk", b"rte"):
            self._end_orphans()
        if len(self._open) < MAX_OPEN:
            self._open.append(name)

    def _close(self, name: bytes, start: int) -> None:
        if name not in self._open:
            shown = name[:40].decode("utf-8", "backslashreplace")
            self._broken(start, f"</{shown}> ends nothing")
            return
        while self._open[-1] != name:
            self._broken(start, f"<{self._open[-1].decode()}> has no end")
            self._leave(self._open[-1])
        self._leave(name)

    def _leave(self, name: bytes) -> None:
        self._open.pop()
        if name in (b"trkseg", b"rte", b"trk"):
            self._take()
        if name in (b"trk", b"rte"):
            self._end_track(self._tracks if name == b"trk" else self._routes)

    def _take(self) -> bool:
        segment = self._points.take()
        self._kind = b""
        if segment is not None:
            self._segment_count += 1
            self._segments.append(segment)
        return segment is not None

    def _end_orphans(self) -> None:
        """Points whose <trk> was destroyed are a track all the same."""
        kind = self._kind
        if self._take() or self._segments:
            self._end_track(self._routes if kind == b"rtept" else self._tracks)

    def _end_track(self, tracks: list[Track]) -> None:
        name = self._extras.pop("name", None)
        tracks.append(Track(name, self._segments, self._extras))
        self._segments, self._extras = [], {}

    def _finish(self) -> None:
        if b"gpx" in self._open:
            self._complain(len(self._data), "the file ends without </gpx>")
        while self._open:
            self._leave(self._open[-1])
        self._end_orphans()
        if self._zoneless:
            first = self._offset(self._first_zoneless)
            self._flaws.add(
                first, f"{self._zoneless} times without a zone, taken as UTC", loss=False
            )

    def _point(self, start: int, name: bytes) -> int:
        if name != b"wpt":
            if self._kind not in (name, b""):
                self._split(start)
            self._kind = name
            run = self._points.run(start)
            if run > start:
                return run
        try:
            element = read_element(self._data, start, _STOPS, self._endings)
        except Broken as broken:
            self._broken(start, f"<{name.decode()}> is not whole: {broken.why}")
            return broken.resume
        if element.mixed:
            self._complain(start, f"text beside the fields: {element.mixed[:80]!r}")
        if name == b"wpt":
            self._waypoints.append(waypoint(element, self._encoding, self._complain))
        else:
            self._points.add(element)
        return element.end

    def _split(self, start: int) -> None:
        """A track's point in a route or the reverse, after damage: no mixing."""
        kind = self._kind
        if self._take():
            self._broken(start, "the end of the points before is missing")
            self._end_track(self._routes if kind == b"rtept" else self._tracks)

    def _other(self, start: int) -> int:
        """A field of the file, of a track or of a route."""
        try:
            element = read_element(self._data, start, _STOPS, self._endings)
        except Broken as broken:
            found = TAG.match(self._data, start)
            shown = found[2][:40].decode("utf-8", "backslashreplace") if found else ""
            self._broken(start, f"<{shown}> is not whole: {broken.why}")
            return broken.resume if broken.resume > start else start + 1
        inside = b"trk" in self._open or b"rte" in self._open
        own = local(element.shape[0].name).decode("utf-8", "backslashreplace")
        into = self._extras if inside else self._details
        for key, value in fields(element, self._encoding, own).items():
            if len(into) < _MAX_DETAILS:
                into[key] = value
        return element.end
