"""Garmin's frames, serial and USB, on literal bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import ProtocolError
from firmware_bridge.handheld.garmin import link, usb
from firmware_bridge.handheld.garmin.link import MAX_FRAME_BYTES, Damage, FrameReader, Packet

PRODUCT_REQUEST = bytes.fromhex("10fe00021003")
ACK_OF_IT = bytes.fromhex("100602fe00fa1003")
TRANSFER_TRACKS = bytes.fromhex("100a020600ee1003")


@pytest.mark.parametrize(
    ("made", "on_the_wire"),
    [
        (link.encode(254), "10fe00021003"),
        (link.acknowledge(254), "100602fe00fa1003"),
        (link.command(6), "100a020600ee1003"),
        (link.command(7), "100a020700ed1003"),
        (link.command(50), "100a023200c21003"),
        (link.refuse(0x22), "10150222 00c71003".replace(" ", "")),
        # A length of 16 is doubled like any other DLE, and so is a check sum of 16.
        (link.encode(0x11, bytes(16)), "10111010" + "00" * 16 + "df1003"),
        (link.encode(1, b"\xee"), "100101ee10101003"),
    ],
)
def test_frames_as_programs_in_use_write_them(made: bytes, on_the_wire: str) -> None:
    assert made == bytes.fromhex(on_the_wire)


def test_frames_come_out_of_any_cutting_of_the_stream() -> None:
    stream = PRODUCT_REQUEST + ACK_OF_IT + TRANSFER_TRACKS
    reader = FrameReader()
    packets = [packet for byte in stream for packet in reader.feed(bytes([byte]))]
    assert packets == [
        Packet(254, b"", 0),
        Packet(6, b"\xfe\0", 6),
        Packet(10, b"\x06\0", 14),
    ]
    assert reader.bytes_dropped == 0
    assert not reader.partial


def test_text_before_a_frame_is_counted_and_skipped() -> None:
    reader = FrameReader()
    assert reader.feed(b"$GPRMC,,V*00\r\n" + PRODUCT_REQUEST) == [Packet(254, b"", 14)]
    assert reader.bytes_dropped == 14


@pytest.mark.parametrize("at", range(1, len(TRANSFER_TRACKS)))
@pytest.mark.parametrize("flip", [0x01, 0x80, 0x10, 0xFF])
def test_a_flipped_bit_never_passes_and_the_next_frame_does(at: int, flip: int) -> None:
    broken = bytearray(TRANSFER_TRACKS)
    broken[at] ^= flip
    reader = FrameReader()
    frames = reader.feed(bytes(broken) + PRODUCT_REQUEST + PRODUCT_REQUEST)
    packets = [frame for frame in frames if isinstance(frame, Packet)]
    assert all(packet.pid == 254 for packet in packets)
    assert packets
    assert packets[-1].offset == len(broken) + len(PRODUCT_REQUEST)


def test_a_frame_cut_off_by_the_next_one_is_damage_with_its_place() -> None:
    frames = FrameReader().feed(TRANSFER_TRACKS[:4] + PRODUCT_REQUEST)
    assert frames == [Damage(10, 0, 4), Packet(254, b"", 4)]


def test_an_endless_frame_is_given_up() -> None:
    reader = FrameReader()
    for _ in range(100):
        reader.feed(b"\x10\x22" + bytes(200))
        reader.feed(bytes(MAX_FRAME_BYTES))
    assert reader.bytes_dropped > 100 * MAX_FRAME_BYTES
    assert reader.feed(b"\x10\x22\x00" + PRODUCT_REQUEST)[-1] == Packet(
        254, b"", 100 * (202 + MAX_FRAME_BYTES) + 3
    )


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_noise_neither_breaks_nor_grows_the_reader(pieces: list[bytes]) -> None:
    reader = FrameReader()
    for piece in pieces:
        reader.feed(piece)
    assert reader.bytes_dropped <= sum(map(len, pieces))
    reader.feed(bytes(2 * MAX_FRAME_BYTES))
    assert [f for f in reader.feed(PRODUCT_REQUEST) if isinstance(f, Packet)]


@given(st.integers(17, 255), st.binary(max_size=255), st.integers(1, 50))
def test_what_is_encoded_is_decoded(pid: int, data: bytes, cut: int) -> None:
    frame = link.encode(pid, data)
    reader = FrameReader()
    packets = reader.feed(frame[:cut]) + reader.feed(frame[cut:])
    assert packets == [Packet(pid, data, 0)]


def test_usb_session_switches_the_pipes() -> None:
    assert usb.start_session() == bytes.fromhex("000000000500000000000000")
    reader = usb.UsbReader()
    started = bytes.fromhex("00000000 06000000 04000000 efbeadde")
    assert reader.feed(started) == [usb.UsbPacket(0, 6, bytes.fromhex("efbeadde"))]
    assert (reader.unit_id, reader.pipe) == (0xDEADBEEF, usb.Pipe.INTERRUPT)
    reader.feed(bytes.fromhex("00000000 02000000 00000000"))
    assert reader.pipe is usb.Pipe.BULK
    product = bytes.fromhex("14000000 ff000000 05000000 24016801 00")
    assert reader.feed(product[:7]) == []
    assert reader.feed(product[7:]) == [usb.UsbPacket(20, 255, bytes.fromhex("2401680100"))]
    assert reader.feed(b"") == []
    assert reader.pipe is usb.Pipe.INTERRUPT


def test_usb_claims_beyond_any_packet_are_refused() -> None:
    with pytest.raises(ProtocolError, match="4294967295 bytes"):
        usb.UsbReader().feed(bytes.fromhex("14000000 22000000 ffffffff"))


@given(st.lists(st.binary(max_size=64), max_size=10))
def test_usb_noise_is_bounded(transfers: list[bytes]) -> None:
    reader = usb.UsbReader()
    for transfer in transfers:
        try:
            reader.feed(transfer)
        except ProtocolError:
            continue
