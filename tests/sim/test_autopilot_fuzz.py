"""Whatever a client sends, the simulator flies on: random bytes, random messages, random orders."""

import math
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mav

from tests.sim.client import Client, kinds

FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
RANGES = {
    "uint8_t": (0, 2**8 - 1), "int8_t": (-(2**7), 2**7 - 1),
    "uint16_t": (0, 2**16 - 1), "int16_t": (-(2**15), 2**15 - 1),
    "uint32_t": (0, 2**32 - 1), "int32_t": (-(2**31), 2**31 - 1),
    "uint64_t": (0, 2**64 - 1), "int64_t": (-(2**63), 2**63 - 1),
}  # fmt: skip
FLOATS = st.floats(width=32) | st.sampled_from(
    [0.0, 1.0, -1.0, math.nan, math.inf, -math.inf, 3e38]
)
OURS = st.sampled_from([0, 1]) | st.integers(0, 255)
COMMANDS = sorted(number for number in mav.enums["MAV_CMD"] if 0 < number < 65536)
SENDERS = st.sampled_from([(255, 190), (254, 190), (1, 191), (245, 190), (255, 0)])


def _single(kind):
    if kind in ("float", "double"):
        return FLOATS
    low, high = RANGES[kind]
    edges = [value for value in (0, 1, 2, low, high) if low <= value <= high]
    return st.sampled_from(edges) | st.integers(low, high)


@st.composite
def messages(draw):
    """Any message of the dialect, aimed at this vehicle more often than chance would have it."""
    known = mav.mavlink_map[draw(st.sampled_from(sorted(mav.mavlink_map)))]
    fields = {}
    for name, kind, place in zip(known.fieldnames, known.fieldtypes, known.orders, strict=True):
        length = known.array_lengths[place]
        if name in ("target_system", "target_component"):
            fields[name] = draw(OURS)
        elif kind == "char":
            fields[name] = draw(st.binary(max_size=max(length, 1)))
        elif length:
            fields[name] = draw(st.lists(_single(kind), min_size=length, max_size=length))
        else:
            fields[name] = draw(_single(kind))
    return known(**fields)


@pytest.fixture(params=["ground", "air"])
def sim(request, simulation):
    return simulation(f"vehicle.start='{request.param}'")


def alive(client):
    """It still answers."""
    reply = client.ask(mav.MAVLink_timesync_message(0, 9))
    assert "TIMESYNC" in kinds(reply)


@FUZZ
@given(data=st.data())
def test_no_message_stops_the_autopilot(sim, data):
    client = Client(sim)
    client.send(mav.MAVLink_request_data_stream_message(1, 1, 0, 10, 1))
    for _ in range(data.draw(st.integers(1, 8))):
        client.codec.srcSystem, client.codec.srcComponent = data.draw(SENDERS)
        message = data.draw(messages())
        if message.get_type() != "SETUP_SIGNING":
            client.send(message)
        client.fly(0.02)
    alive(client)
    sim.autopilot.disconnect(1)


@FUZZ
@given(
    command=st.sampled_from(COMMANDS), params=st.lists(FLOATS, min_size=7, max_size=7),
    as_int=st.booleans(), frame=st.integers(0, 22), place=st.tuples(*[_single("int32_t")] * 2),
)  # fmt: skip
def test_every_command_is_acknowledged_once(sim, command, params, as_int, frame, place):
    client = Client(sim)
    client.send(mav.MAVLink_request_data_stream_message(1, 1, 0, 10, 1))
    if as_int:
        order = mav.MAVLink_command_int_message(
            1, 1, frame, command, 0, 0, *params[:4], *place, params[6]
        )
    else:
        order = mav.MAVLink_command_long_message(1, 1, command, 0, *params)
    heard = client.ask(order)
    acks = [m for m in heard if m.get_type() == "COMMAND_ACK"]
    assert [m.command for m in acks] == [command]
    client.fly(0.15)
    alive(client)
    sim.autopilot.disconnect(1)


@FUZZ
@given(pieces=st.lists(st.binary(max_size=300), max_size=8), cut=st.integers(0, 40))
def test_noise_and_half_frames_are_got_over(sim, pieces, cut):
    client = Client(sim)
    good = mav.MAVLink_timesync_message(0, 7).pack(client.codec)
    for piece in pieces:
        sim.autopilot.receive(1, piece + good[:cut], sim.time_s)
    sim.autopilot.receive(1, bytes(600), sim.time_s)
    alive(client)
    sim.autopilot.disconnect(1)


def test_a_flood_of_strangers_fills_nothing(sim):
    """Every system and component once: routes are learnt for as many as the real one learns."""
    client = Client(sim)
    for system in range(1, 256):
        for component in (1, 50, 190):
            stranger = mav.MAVLink(None, system, component)
            beat = mav.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3).pack(stranger)
            sim.autopilot.receive(1, beat, sim.time_s)
    assert sim.autopilot.router.size <= 20
    alive(client)


def test_a_client_that_never_reads_costs_a_bounded_buffer(sim):
    client = Client(sim)
    client.send(mav.MAVLink_request_data_stream_message(1, 1, 0, 50, 1))
    for _ in range(200 * 20):
        sim.step()
    waiting = sim.autopilot.data_to_send(1)
    assert len(waiting) <= 64 * 1024
    frames = mav.MAVLink(None).parse_buffer(waiting)
    assert len(frames) > 500
    assert struct.unpack("B", waiting[:1])[0] == 0xFD
