"""Framing against literal bytes, noise and damage."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.codec import MAX_FRAME_BYTES, MavlinkCodec

HEARTBEAT_V2 = bytes.fromhex("fd 09 00 00 07 01 01 00 00 00 03 00 00 00 02 03 51 04 03 cd d8")
HEARTBEAT_V1 = bytes.fromhex("fe 09 07 01 01 00 03 00 00 00 02 03 51 04 03 93 d9")
UNKNOWN_V2 = bytes.fromhex("fd 02 00 00 09 01 01 50 c3 00 aa bb 12 34")
"""Message 50000, which no dialect of ours knows."""
BOOT_TEXT = b"\r\n\r\nInit ArduCopter V4.5.6 (7ce11b41)\r\n\r\nFree RAM: 131072\r\n"


def heartbeats(count: int) -> list[bytes]:
    sender = dialect.MAVLink(None, 1, 1)
    frames = []
    for number in range(count):
        sender.seq = number % 256
        frames.append(dialect.MAVLink_heartbeat_message(2, 3, 81, number, 4, 3).pack(sender))
    return frames


@pytest.mark.parametrize("frame", [HEARTBEAT_V2, HEARTBEAT_V1])
def test_both_versions_are_read(frame: bytes) -> None:
    codec = MavlinkCodec(1, 191)
    (message,) = codec.feed(frame)
    assert message.get_type() == "HEARTBEAT"
    assert (message.get_srcSystem(), message.get_srcComponent(), message.get_seq()) == (1, 1, 7)
    assert (message.type, message.autopilot, message.base_mode, message.custom_mode) == (
        2,
        3,
        81,
        3,
    )
    assert (codec.frames, codec.bytes_dropped) == (1, 0)


def test_version_2_is_sent_with_growing_sequence() -> None:
    codec = MavlinkCodec(1, 1)
    message = dialect.MAVLink_heartbeat_message(2, 3, 81, 3, 4, 3)
    frames = [codec.encode(message) for _ in range(258)]
    assert frames[7] == HEARTBEAT_V2
    assert [frame[4] for frame in frames] == [*range(256), 0, 1]


def test_a_frame_may_come_byte_by_byte() -> None:
    codec = MavlinkCodec(1, 191)
    counts = [len(codec.feed(HEARTBEAT_V2[i : i + 1])) for i in range(len(HEARTBEAT_V2))]
    assert counts == [0] * 20 + [1]


def test_boot_text_is_swallowed_and_counted() -> None:
    codec = MavlinkCodec(1, 191)
    assert len(codec.feed(BOOT_TEXT + HEARTBEAT_V2)) == 1
    assert codec.bytes_dropped == len(BOOT_TEXT)


def test_a_false_start_mark_costs_no_good_frame_behind_it() -> None:
    """A lone FD which claims 200 bytes must not swallow the frames among them."""
    codec = MavlinkCodec(1, 191)
    false_start = bytes.fromhex("fd c8 00 00")
    messages = codec.feed(false_start + b"".join(heartbeats(20)))
    assert [message.custom_mode for message in messages] == list(range(20))
    assert codec.bytes_dropped == 4


@pytest.mark.parametrize("at", range(1, len(HEARTBEAT_V2)))
def test_one_flipped_bit_loses_one_frame_only(at: int) -> None:
    codec = MavlinkCodec(1, 191)
    damaged = bytearray(HEARTBEAT_V2)
    damaged[at] ^= 0x04
    frames = heartbeats(20)
    messages = codec.feed(bytes(damaged) + b"".join(frames))
    known = [message.custom_mode for message in messages if message.get_type() == "HEARTBEAT"]
    assert known == list(range(20))


def test_a_frame_with_incompatible_flags_we_do_not_know_is_dropped() -> None:
    codec = MavlinkCodec(1, 191)
    assert codec.feed(HEARTBEAT_V2[:2] + b"\x02" + HEARTBEAT_V2[3:]) == []
    assert codec.bytes_dropped == len(HEARTBEAT_V2)


def test_an_unknown_message_is_passed_on_with_its_source() -> None:
    codec = MavlinkCodec(1, 191)
    unknown, known = codec.feed(UNKNOWN_V2 + HEARTBEAT_V2)
    assert unknown.get_type() == "UNKNOWN_50000"
    assert (unknown.get_srcSystem(), unknown.get_srcComponent(), unknown.get_seq()) == (1, 1, 9)
    assert known.get_type() == "HEARTBEAT"
    assert (codec.frames, codec.bytes_dropped) == (1, 0)


def test_lost_messages_are_counted_by_component_and_over_the_wrap() -> None:
    codec = MavlinkCodec(1, 191)
    frames = heartbeats(300)
    for kept in (frames[:250], frames[253:258], frames[259:]):
        codec.feed(b"".join(kept))
    assert codec.lost(1, 1) == 3 + 1
    assert codec.lost(1, 191) == 0


def test_an_overtaken_frame_is_not_a_loss_of_250() -> None:
    codec = MavlinkCodec(1, 191)
    first, second, third = heartbeats(3)
    codec.feed(first + third + second)
    assert codec.lost(1, 1) == 1


def test_reset_forgets_the_partial_frame_and_the_sequence() -> None:
    codec = MavlinkCodec(1, 191)
    frames = heartbeats(100)
    codec.feed(frames[0] + frames[1][:10])
    codec.reset()
    assert len(codec.feed(frames[90])) == 1
    assert codec.bytes_dropped == 10
    assert codec.lost(1, 1) == 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=600), max_size=8))
def test_noise_never_crashes_and_never_piles_up(chunks: list[bytes]) -> None:
    codec = MavlinkCodec(1, 191)
    for chunk in chunks:
        codec.feed(chunk)
        assert len(codec._buffer) <= MAX_FRAME_BYTES


@settings(max_examples=150, deadline=None)
@given(
    msg_id=st.sampled_from(sorted(dialect.mavlink_map)),
    payload=st.binary(max_size=255),
    cut=st.integers(1, 40),
)
def test_every_message_with_any_payload_is_decoded_or_dropped(
    msg_id: int, payload: bytes, cut: int
) -> None:
    """A right checksum does not make the content right: NaN, bad text, wrong lengths."""
    head = bytes([len(payload), 0, 0, 1, 1, 1]) + msg_id.to_bytes(3, "little")
    crc = dialect.x25crc(head + payload + bytes([dialect.mavlink_map[msg_id].crc_extra])).crc
    frame = b"\xfd" + head + payload + crc.to_bytes(2, "little")
    codec = MavlinkCodec(1, 191)
    messages = codec.feed(frame[:cut]) + codec.feed(frame[cut:])
    messages += codec.feed(HEARTBEAT_V2 * 20)
    assert messages[-1].get_type() == "HEARTBEAT"
    assert all(message.get_type() for message in messages)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_good_frames_in_noise_are_all_found(seed: int) -> None:
    """Noise without start marks between the frames, in pieces of any size."""
    rng = random.Random(seed)
    stream = b""
    for frame in heartbeats(10):
        stream += bytes(rng.randrange(0xFD) for _ in range(rng.randrange(30))) + frame
    codec, found, at = MavlinkCodec(1, 191), [], 0
    while at < len(stream):
        size = rng.randrange(1, 50)
        found += codec.feed(stream[at : at + size])
        at += size
    assert [message.custom_mode for message in found] == list(range(10))
    assert codec.bytes_dropped == len(stream) - 10 * len(HEARTBEAT_V2)
