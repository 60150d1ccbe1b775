"""Documents made to cost time or memory: each is read in seconds, within a bound, and named."""

import time
import tracemalloc
from collections.abc import Callable

import pytest

from firmware_bridge.files import gpx
from firmware_bridge.files.gpx import decode_gpx
from firmware_bridge.files.gpx_waypoint import NOT_KEPT
from firmware_bridge.files.text import document

HEAD = b'<?xml version="1.0"?><gpx version="1.1" creator="x">'
NAME = b"A" * 100_000
LONG = NAME[:200]
CPU_S = 15.0
"""Most took minutes while the time grew with the square of the size."""
MEMORY_BYTES = 64 << 20

SLOW: dict[str, Callable[[], bytes]] = {
    "comments that never end": lambda: HEAD + b"<!--" * 220_000,
    "instructions that never end": lambda: HEAD + b"<?" * 220_000,
    "CDATA that never ends": lambda: HEAD + b"<![CDATA[" * 120_000,
    "CDATA that never ends, in waypoints": lambda: HEAD + b"<wpt><![CDATA[" * 100_000,
    "doctypes that never end": lambda: HEAD + b"<!D" * 300_000,
    "doctypes whose bracket never ends": lambda: HEAD + b"<!D[>" * 300_000,
    "points that never end": lambda: HEAD + b"<trkpt" * 2_000_000,
    "points inside points": lambda: HEAD + b"<trkpt>" * 500_000,
    "no two points of one shape": lambda: (
        HEAD + b"".join(b'<trkpt lat="1"><e%d>1</e%d></trkpt>' % (n, n) for n in range(20_000))
    ),
    "flaws far behind, in UTF-16": lambda: (
        HEAD.decode() + " " * 8_000_000 + '<trkseg><trkpt lat="x"/></trkseg>' * 600
    ).encode("utf-16"),
}


@pytest.mark.parametrize("what", SLOW)
def test_hostile_documents_cost_seconds(what: str) -> None:
    data = SLOW[what]()
    started_s = time.process_time()
    contents = decode_gpx(data)
    assert time.process_time() - started_s < CPU_S
    assert contents.flaws


BIG: dict[str, Callable[[], bytes]] = {
    "a long name above many values": lambda: (
        HEAD
        + b"<wpt><%b>" % (b"A" * 100_000)
        + b"<b>1</b>" * 3000
        + b"</%b></wpt>" % (b"A" * 100_000)
    ),
    "a deep path above many values": lambda: (
        HEAD
        + b"<wpt>"
        + b"".join(b"<%b>" % LONG for _ in range(30))
        + b"<b>1</b>" * 20_000
        + b"".join(b"</%b>" % LONG for _ in range(30))
        + b"</wpt>"
    ),
    "a tag of nothing but attributes": lambda: HEAD + b"<wpt " + b'a="" ' * 2_000_000 + b"/>",
}


@pytest.mark.parametrize("what", BIG)
def test_hostile_documents_cost_no_memory(what: str) -> None:
    data = BIG[what]()
    tracemalloc.start()
    try:
        decode_gpx(data)
        assert tracemalloc.get_traced_memory()[1] < MEMORY_BYTES
    finally:
        tracemalloc.stop()


def test_texts_without_room_are_counted() -> None:
    (place,) = decode_gpx(BIG["a deep path above many values"]()).waypoints
    kept = len(place.extras) - 1
    assert kept + int(place.extras[NOT_KEPT]) == 20_000


@pytest.mark.parametrize(
    ("limit", "item"),
    [
        ("MAX_ITEMS", b'<wpt lat="1" lon="2"/>'),
        ("MAX_ITEMS", b"<trk></trk>"),
        ("MAX_ITEMS", b'<trkseg><trkpt lat="1" lon="2"/></trkseg>'),
        ("MAX_POINTS", b'<trkpt lat="1" lon="2"/>'),
        ("MAX_BREAKS", b"</a>"),
    ],
)
def test_past_a_limit_the_rest_is_named(
    limit: str, item: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpx, limit, 10)
    contents = decode_gpx(HEAD + item * 12_000 + b"</gpx>")
    assert any("bytes not read" in flaw.what for flaw in contents.flaws)
    whole = decode_gpx(HEAD + item * 10 + b"</gpx>")
    assert not any("bytes not read" in flaw.what for flaw in whole.flaws)


def test_half_a_character_at_the_end_is_inside_the_file() -> None:
    data = "<gpx><wpt lat='1' lon='2'/>".encode("utf-16")[:-1]
    assert max(flaw.offset for flaw in decode_gpx(data).flaws) <= len(data)


def test_offsets_in_utf16_are_those_of_the_file() -> None:
    text = '<?xml version="1.0"?><gpx>тигр𐍈<a>ё</a>'
    data = text.encode("utf-16")
    recoded, _, offset, _ = document(data)
    for sign in ("<gpx", "<a>", "</a>", "<a>", "<gpx"):
        at = offset(recoded.find(sign.encode()))
        assert data[at:].decode("utf-16-le").startswith(sign)
