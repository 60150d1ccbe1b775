"""What is fuzzed: every codec and every reader, each with what must hold for any bytes at all.

A target takes bytes and raises AssertionError, or lets an exception out, when a promise is
broken; the fuzzers around it watch time and memory.
"""

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from pydantic import TypeAdapter

from firmware_bridge.errors import ProtocolError
from firmware_bridge.files import READERS
from firmware_bridge.files.capture_file import read_capture_file
from firmware_bridge.files.fit import decode_fit
from firmware_bridge.files.gpx import decode_gpx
from firmware_bridge.handheld import mass_storage
from firmware_bridge.handheld.capture import CaptureRecord, Direction
from firmware_bridge.handheld.conversation import Conversation, Finished
from firmware_bridge.handheld.garmin.link import FrameReader
from firmware_bridge.handheld.garmin.link import encode as garmin_frame
from firmware_bridge.handheld.garmin.usb import UsbReader
from firmware_bridge.handheld.magellan.log import decode_log as decode_magellan
from firmware_bridge.handheld.mtk import decode_memory as decode_mtk
from firmware_bridge.handheld.nmea.epochs import decode_log as decode_nmea
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.protocols import PROTOCOLS
from firmware_bridge.handheld.sentences import SentenceReader, sentence
from firmware_bridge.handheld.skytraq.frames import SkyReader
from firmware_bridge.handheld.skytraq.frames import frame as skytraq_frame
from firmware_bridge.handheld.skytraq.memory import decode_memory as decode_skytraq
from firmware_bridge.handheld.ublox.frames import UbxReader
from firmware_bridge.handheld.ublox.frames import frame as ubx_frame
from firmware_bridge.handheld.ublox.log import decode_log as decode_ublox
from firmware_bridge.tracks import Contents, UnitIdentity
from groundstation.dock.proposals import load_table
from groundstation.exchange.brought import read as read_import
from groundstation.exchange.came import Making
from groundstation.exchange.csv_in import is_csv, observations_of
from groundstation.exchange.smart.archive import Archive
from groundstation.exchange.smart.geometry import BrokenGeometry, hex_of, lines_of
from groundstation.exchange.smart.model_xml import read_model
from groundstation.exchange.taking import ids
from groundstation.records.check import asked
from groundstation.records.observation import Observation
from groundstation.records.raid import Raid
from groundstation.words import Refusal
from tests.groundstation.exchange.smart_files import MODEL, OLD, RICH, archive_of

MAX_FLAWS = 5000
"""Listed by any reader; most stop at a thousand."""
TURNS = 20_000
"""Of a conversation with nonsense; each ends far sooner."""


@dataclass(frozen=True, slots=True)
class Target:
    """One row of the table."""

    run: Callable[[bytes], None]
    seeds: Sequence[bytes]
    """Whole messages, from which a fuzzer starts."""


class _Codec(Protocol):
    def feed(self, data: bytes) -> Sequence[object]: ...


def codec(make: Callable[[], _Codec], data: bytes) -> None:
    """Bytes that come one by one make the same frames as bytes that come at once."""
    try:
        whole = list(make().feed(data))
    except ProtocolError:
        return
    reader = make()
    parts = [frame for at in range(len(data)) for frame in reader.feed(data[at : at + 1])]
    assert parts == whole, f"{len(parts)} frames byte by byte, {len(whole)} at once"


def reader(decode: Callable[[bytes], Contents], data: bytes) -> None:
    """Columns are as long as their track, flaws are bounded and lie within the bytes."""
    contents = decode(data)
    for track in (*contents.tracks, *contents.routes):
        for segment in track.segments:
            lengths = {len(c) for c in (segment.lat_deg, segment.lon_deg, segment.alt_amsl_m)}
            lengths |= {len(column) for column in segment.extras.values()}
            assert lengths == {len(segment)}, lengths
            assert not (abs(segment.lat_deg) > 90).any()
            assert not (abs(segment.lon_deg) > 180).any()
    assert len(contents.flaws) <= MAX_FLAWS
    for flaw in contents.flaws:
        assert -1 <= flaw.offset <= len(data), flaw
    # What people and programs are told of it can be told.
    json.dumps([(flaw.offset, flaw.what) for flaw in contents.flaws]).encode()
    for place in contents.waypoints:
        json.dumps([place.name, place.comment, dict(place.extras)], ensure_ascii=False).encode()


def capture(family: str, data: bytes) -> Contents:
    """What the family's decoder makes of the bytes as if a unit had sent them."""
    pieces = [data[at : at + 200] for at in range(0, len(data), 200)]
    records = [CaptureRecord(0.1 * n, Direction.RECEIVED, p) for n, p in enumerate(pieces)]
    return PROTOCOLS[family].decode(records)


def conversation(begin: Callable[[], Conversation], data: bytes) -> None:
    """A unit that says these bytes, whatever it is asked: the conversation comes to an end."""
    talk, now_s, at = begin(), 0.0, 0
    events = talk.start(now_s)
    for _ in range(TURNS):
        talk.data_to_send()
        if any(isinstance(event, Finished) for event in events):
            break
        if at < len(data):
            size = 1 + data[at]
            talk.receive(data[at : at + size], now_s)
            events = talk.poll(now_s)
            at, now_s = at + size, now_s + 0.01
        else:
            assert talk.deadline_s is not None, "it waits for ever"
            now_s = max(now_s, talk.deadline_s)
            events = talk.poll(now_s)
    else:
        raise AssertionError(f"no end after {TURNS} turns")
    talk.contents()


def on_disk(read: Callable[[Path], object], data: bytes) -> None:
    """A reader of paths."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as file:  # noqa: PTH112
        file.write(data)
        file.flush()
        read(Path(file.name))


def device_file(data: bytes) -> None:
    """GarminDevice.xml as it lies on a volume."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / mass_storage.DEVICE_FILE
        path.parent.mkdir()
        path.write_bytes(data)
        (found,) = mass_storage.find_units(Path(name))
        assert all(Path(name) in file.parents for file in found.files)


def recognised(data: bytes) -> None:
    """Every reader is asked by a file's first bytes."""
    for one in READERS.values():
        one.recognises(data)


MODEL_IN_FORCE = asked(read_model(MODEL).model)
PROPOSALS = load_table()
OF_RAIDS, OF_OBSERVATIONS = TypeAdapter(Raid), TypeAdapter(Observation)


def imported(data: bytes) -> None:
    """A file from elsewhere is refused in words, or gives records that the store can hold."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as file:  # noqa: PTH112
        file.write(data)
        file.flush()
        making = Making(MODEL_IN_FORCE, UTC, ids(datetime(2026, 1, 1, tzinfo=UTC)))
        try:
            brought = read_import(data, "file", Path(file.name), making, PROPOSALS)
        except Refusal:
            return
    for came in brought.raids:
        if came.raid is not None:
            OF_RAIDS.validate_python(OF_RAIDS.dump_python(came.raid))
        for observation in came.observations:
            OF_OBSERVATIONS.validate_python(OF_OBSERVATIONS.dump_python(observation))
    for remark in making.remarks.listed():
        assert remark.text("ru") != remark.text("en")
        json.dumps(remark.values).encode()


def table(data: bytes) -> None:
    """Any lines under a header of ours."""
    head = b"category;date;time;lat_deg;lon_deg;comment;count;action;told\n"
    assert is_csv(head)
    making = Making(MODEL_IN_FORCE, UTC, ids(datetime(2026, 1, 1, tzinfo=UTC)))
    try:
        came = observations_of(head + data, "file", making)
    except Refusal:
        return
    for observation in came.observations:
        OF_OBSERVATIONS.validate_python(OF_OBSERVATIONS.dump_python(observation))


def geometry(data: bytes) -> None:
    """A track's geometry is whole lines up to where it breaks, and those come back."""
    try:
        lines = lines_of(data.hex())
    except BrokenGeometry as broken:
        lines = list(broken.lines)
    back = lines_of(hex_of(lines))
    assert [line.tobytes() for line in back] == [line.tobytes() for line in lines]


def archive(data: bytes) -> None:
    """An archive is refused, or its members are no longer than they said."""
    try:
        opened = Archive(data, "file")
        for member in opened.members:
            assert len(opened.read(member.name)) <= member.size
    except Refusal:
        return


def _download(family: str) -> Callable[[bytes], None]:
    unit = UnitIdentity(family, None, None, None, 9600)
    options = DownloadOptions(max_baud=115_200 if PROTOCOLS[family].restore else None)
    return partial(conversation, lambda: PROTOCOLS[family].download(unit, options))


GARMIN = [garmin_frame(255, b"\x05\x00\xdc\x00eTrex 2.10\0"), garmin_frame(27, b"\x10\x00")]
UBX = [ubx_frame(0x210B, bytes(40)), ubx_frame(0x210F, bytes(32)), ubx_frame(0x0501, b"\x21\x09")]
SKYTRAQ = [skytraq_frame(0x83, b"\x1d"), skytraq_frame(0x94, bytes(34))]
RMC = sentence("GPRMC,032908.379,A,4231.8291,N,08807.3033,W,0.17,138.92,070804,,")
GGA = sentence("GPGGA,032908.379,4231.8291,N,08807.3033,W,1,08,1.1,212.5,M,24.0,M,,")
ZDA = sentence("GPZDA,032908.379,07,08,2004,00,00")
TRK = sentence("PMGNTRK,4322.061,N,07948.473,W,00116,M,173949.42,A,,020602")
WPL = sentence("PMGNWPL,4322.061,N,07948.473,W,00116,M,STAN1,water,a")
MTK = [
    sentence("PMTK182,3,8,00001000"),
    sentence("PMTK182,8,00000000," + "FF" * 32),
    sentence("PMTK705,AXN_1.30,0000,QST1000,"),
    sentence("PMTK001,182,7,3"),
]
GPX = (
    b'<?xml version="1.0"?><gpx version="1.1" creator="x"><wpt lat="1" lon="2">'
    b"<name>\xd0\xa2</name></wpt><trk><trkseg>"
    b'<trkpt lat="43.1" lon="131.2"><ele>5.1</ele><time>2025-07-15T23:52:00Z</time>'
    b'<extensions><a:hr>90</a:hr></extensions></trkpt><trkpt lat="43.2" lon="131.2"><ele>5.2</ele>'
    b"<time>2025-07-15T23:52:10Z</time></trkpt></trkseg></trk><rte><rtept/></rte></gpx>"
)
FIT = (
    b"\x0e\x10\x5c\x08\x2a\0\0\0.FIT\0\0"
    b"\x40\0\0\x14\0\x03\xfd\x04\x86\x00\x04\x85\x01\x04\x85"
    b"\x00\x10\x20\x30\x34\x00\x00\x00\x1e\x00\x00\x00\x5d"
    b"\x00\x11\x20\x30\x34\x00\x10\x00\x1e\x00\x00\x00\x5d\0\0"
)
DEVICE = (
    b"<Device><Model><PartNumber>006-B1</PartNumber><SoftwareVersion>480</SoftwareVersion>"
    b"<Description>eTrex 30</Description></Model><Id>3868</Id><MassStorageMode><DataType>"
    b"<Name>GPSData</Name><File><Location><Path>Garmin/GPX</Path></Location>"
    b"<TransferDirection>OutputFromUnit</TransferDirection></File></DataType></MassStorageMode>"
    b"</Device>"
)
CAPTURE = b'{"kedrovka_capture": 1, "family": "nmea", "unit_id": "7"}\n'
CAPTURED = b"\xa7\x02\x04\x00\0\0\0\0\0\0\0\0$GPR\x8d\xa5\xe2\xf0"
MTK_IMAGE = b"\x00\x02\x07\x01\x3f\x00\x00\x00" + b"\xff" * 504 + bytes(range(64)) + b"*\x11\r\n"
SKYTRAQ_IMAGE = b"\x40\x0a\x1b\x32\x00\x20" + bytes(12) + b"\x80\x00" + b"\x01\x02\x03\x04" * 3

TARGETS: dict[str, Target] = {
    "garmin serial frames": Target(partial(codec, FrameReader), GARMIN),
    "garmin USB frames": Target(
        partial(codec, UsbReader), [b"\x14\0\0\0\x0a\0\0\0\x02\0\0\0\x06\0"]
    ),
    "NMEA sentences": Target(partial(codec, SentenceReader), [RMC, *MTK]),
    "u-blox frames": Target(partial(codec, UbxReader), UBX),
    "SkyTraq frames": Target(partial(codec, SkyReader), SKYTRAQ),
    "GPX": Target(partial(reader, decode_gpx), [GPX, GPX.decode().encode("utf-16")]),
    "FIT": Target(partial(reader, decode_fit), [FIT]),
    "NMEA log": Target(partial(reader, decode_nmea), [RMC + GGA + ZDA]),
    "MTK image": Target(partial(reader, decode_mtk), [MTK_IMAGE]),
    "SkyTraq image": Target(partial(reader, decode_skytraq), [SKYTRAQ_IMAGE]),
    "u-blox log": Target(partial(reader, decode_ublox), UBX),
    "Magellan log": Target(partial(reader, decode_magellan), [TRK + WPL]),
    "capture": Target(partial(on_disk, read_capture_file), [CAPTURE + CAPTURED]),
    "GarminDevice.xml": Target(device_file, [DEVICE]),
    "SMART patrol, model, or table": Target(
        imported, [RICH, OLD, MODEL, b"lat_deg,lon_deg\n1,2\n"]
    ),
    "table of observations": Target(
        table, [b";15.07.2025;09:30;43,1;131,5;x;2;seized;a|b\n", b"a.b.;;;;;;;;\n"]
    ),
    "SMART geometry": Target(geometry, [bytes.fromhex(hex_of([np.ones((2, 3)), np.ones((1, 3))]))]),
    "SMART archive": Target(archive, [archive_of({"p.xml": OLD}, {"a.jpg": b"picture"})]),
    "which format it is": Target(recognised, [GPX, FIT, RMC, TRK, *UBX, CAPTURE, MTK_IMAGE]),
}
"""By name; the families' decoders and conversations are added below."""
_SAID = {
    "garmin": GARMIN,
    "mtk": MTK,
    "magellan": [TRK + sentence("PMGNCMD,END"), sentence("PMGNVER,37,3.18,Meridian")],
    "skytraq": SKYTRAQ,
    "ublox": UBX,
    "nmea": [RMC, GGA],
}
for _name, _seeds in _SAID.items():
    TARGETS[f"{_name}: a capture decoded"] = Target(
        partial(reader, partial(capture, _name)), [b"".join(_seeds)]
    )
    TARGETS[f"{_name}: probe"] = Target(partial(conversation, PROTOCOLS[_name].probe), _seeds)
    TARGETS[f"{_name}: download"] = Target(_download(_name), _seeds)
