"""MAVFTP, judged by pymavlink's decoder of param.pck and by a recorded download."""

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mav
from pymavlink.mavftp import MAVFTP

from sim.autopilot.ftp import Ftp
from sim.autopilot.param_pck import pack
from sim.autopilot.parameters import Parameters
from tests.sim.exchanges import GCS, lines, received

LINK, OTHER = 1, (254, 190)
LOG = bytes(range(256)) * 5
LIST, OPEN, READ, CRC, BURST, END, RESET = 3, 4, 5, 14, 15, 1, 2
ACK, NAK = 128, 129
PCK = b"@PARAM/param.pck"


class Client:
    """A client's end: requests out, replies as (opcode, size, offset, data)."""

    def __init__(self):
        self.parameters = Parameters()
        disk = {"logs/00000001.BIN": LOG, "logs/00000002.BIN": b""}
        self.ftp, self.now_s, self.seq = Ftp(self.parameters, lambda: disk), 0.0, 0

    def ask(self, opcode, data=b"", size=None, offset=0, session=7, sender=GCS, seq=None):
        self.seq = self.seq + 1 if seq is None else seq
        size = len(data) if size is None else size
        head = struct.pack("<HBBBBBxI", self.seq & 0xFFFF, session, opcode, size, 0, 0, offset)
        payload = (head + data).ljust(251, b"\0")
        message = mav.MAVLink_file_transfer_protocol_message(0, 1, 1, payload)
        return self._heard(self.ftp.handle(received(message, sender), LINK, self.now_s))

    def wait(self, seconds):
        out = []
        for _ in range(round(seconds * 200)):
            self.now_s += 0.005
            out += self._heard(self.ftp.poll(self.now_s))
        return out

    @staticmethod
    def _heard(outgoing):
        replies = []
        for _, message in outgoing:
            payload = bytes(received(message, (1, 1)).payload)
            seq, session, opcode, size, _, last, offset = struct.unpack_from("<HBBBBBxI", payload)
            replies.append((opcode, payload[12 : 12 + size], offset, bool(last), seq, session))
        return replies

    def refused(self, *args, **kwargs):
        """Code of the only reply, which is a refusal."""
        ((opcode, data, *_),) = self.ask(*args, **kwargs)
        assert opcode == NAK
        return tuple(data)

    def accepted(self, *args, **kwargs):
        """Data of the only reply."""
        ((opcode, data, *_),) = self.ask(*args, **kwargs)
        assert opcode == ACK
        return data


def decoded(data: bytes):
    content = MAVFTP.ftp_param_decode(data)
    assert content is not None
    params = {n.decode(): v for n, v, _ in content.params}
    return params, {n.decode(): v for n, v, _ in content.defaults or ()}


@pytest.mark.parametrize("block", [239, 80, 16, 251])
def test_pymavlink_reads_every_parameter_out_of_the_file(block):
    parameters = Parameters()
    params, defaults = decoded(pack(parameters, block))
    assert list(params) == parameters.names
    assert list(params.values()) == pytest.approx(list(parameters.values.values()))
    assert defaults == {}


def test_defaults_follow_where_a_value_is_another_one():
    parameters = Parameters()
    found = changed(parameters)
    assert found["COMPASS_DEV_ID"] == 0, "found at boot"
    parameters.put("RTL_ALT", 2500)
    parameters.put("ATC_RAT_RLL_P", 0.2)
    assert changed(parameters) == found | {"RTL_ALT": 1500, "ATC_RAT_RLL_P": pytest.approx(0.135)}


def changed(parameters):
    """Defaults of those that have another value."""
    params, defaults = decoded(pack(parameters, 239, with_defaults=True))
    assert params["RTL_ALT"] == parameters.values["RTL_ALT"]
    return {name: value for name, value in defaults.items() if value != params[name]}


def test_no_value_crosses_a_block_so_that_a_block_can_be_read_again():
    parameters, block = Parameters(), 40
    one = pack(parameters, block)
    for name in parameters.names:
        parameters.put(name, parameters.values[name] + 1)
    other = pack(parameters, block)
    assert len(one) == len(other)
    mixed = b"".join(
        (one if n % 2 else other)[n * block : (n + 1) * block] for n in range(len(one) // block + 1)
    )
    params, _ = decoded(mixed)
    for name, value in params.items():
        now = parameters.values[name]
        assert min(abs(value - now), abs(value - now + 1)) <= 1e-3 * max(1, abs(now)), name


def test_a_part_of_the_parameters_can_be_had():
    parameters = Parameters()
    params, _ = decoded(pack(parameters, 239, start=100, count=7))
    assert list(params) == parameters.names[100:107]


def test_the_recorded_download_gets_the_same_replies(shared):
    client, mine, real = Client(), [], []
    values = client.parameters.values
    for line in lines(shared, "param_download_list"):
        if line.kind == "PARAM_VALUE":
            values[line.fields["param_id"]] = line.fields["param_value"]
    streams = [name for name in values if name.startswith("SR0_") and name != "SR0_PARAMS"]
    values.update(dict.fromkeys(streams, 4.0))  # asked for by the client before
    start_s = None
    for line in lines(shared, "param_download_ftp_mavproxy"):
        if line.kind != "FILE_TRANSFER_PROTOCOL":
            continue
        p = line.fields["payload"]
        start_s = line.time_s if start_s is None else start_s
        mine += client.wait(max(line.time_s - start_s - client.now_s, 0))
        if line.to_vehicle:
            data = bytes.fromhex(p["data_head"])[: p["size"]] if p["opcode"] == OPEN else b""
            mine += client.ask(
                p["opcode"], data, p["size"], p["offset"], p["session"], line.sender, p["seq"]
            )
        else:
            real.append(p)
    mine += client.wait(1.0)
    kinds = [{(m[0], m[5]) for m in mine}, {(p["opcode"], p["session"]) for p in real}]
    assert kinds[0] == kinds[1]
    assert [m[4] for m in mine[:-1]] == list(range(1, len(mine)))
    assert mine[-1][4] == real[-1]["seq"]
    assert mine[-2][:2] == (NAK, b"\x06")
    assert mine[0][1] == bytes.fromhex(real[0]["data_head"])
    alike = [
        m[2] == p["offset"] and m[1][:46] == bytes.fromhex(p["data_head"])[:46]
        for m, p in zip(mine[1:], real[1:], strict=False)
    ]
    assert all(alike[: 5497 // 239]), "up to the parameters of the real one's own simulation"
    assert len(mine) == pytest.approx(len(real), abs=2)


def test_a_whole_download_by_single_reads_is_the_file():
    client = Client()
    client.accepted(OPEN, PCK)
    out, offset = b"", 0
    while (reply := client.ask(READ, size=200, offset=offset)[0])[0] == ACK:
        out += reply[1]
        offset = len(out)
    assert reply[1] == b"\x06"
    assert out == pack(client.parameters, 200)
    assert client.refused(READ, size=100, offset=0) == (2, 22), "another size of block"


def test_a_burst_ends_with_an_end_of_file_and_another_request_waits_for_it():
    client = Client()
    assert client.accepted(OPEN, b"/logs/00000001.BIN") == struct.pack("<I", len(LOG))
    assert client.ask(BURST, size=100) == []
    assert client.ask(END) == []
    replies = client.wait(1.0)
    assert b"".join(r[1] for r in replies if r[0] == ACK) == LOG
    assert [r[0] for r in replies] == [ACK] * 13 + [NAK, ACK]
    assert [r[4] for r in replies[:-1]] == list(range(3, 17))


def test_a_radio_gets_its_burst_slowly():
    client = Client()
    client.ftp.connect(LINK, radio=True)
    client.accepted(OPEN, PCK)
    client.ask(BURST)
    assert len(client.wait(1.0)) in (7, 8)


def test_the_folders_can_be_walked():
    client = Client()
    assert client.accepted(LIST, b"/") == b"D@PARAM\0Dlogs\0"
    assert client.accepted(LIST, b"logs") == b"F00000001.BIN\t1280\0F00000002.BIN\t0\0"
    assert client.accepted(LIST, b"/logs/", offset=1) == b"F00000002.BIN\t0\0"
    assert client.refused(LIST, b"logs", offset=2) == (6,)
    assert client.refused(LIST, b"nowhere") == (10,)


@pytest.mark.parametrize("name", [b"logs/00000001.BIN", PCK])
def test_the_checksum_is_a_crc32_without_inversions(name):
    client = Client()
    content = LOG if name != PCK else pack(client.parameters, 256)
    told = struct.unpack("<I", client.accepted(CRC, name))[0]
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
    assert told == crc != zlib.crc32(content)


@pytest.mark.parametrize(
    ("request_", "codes"),
    [
        ((OPEN, b"no/such.file"), (10,)),
        ((OPEN, b""), (3,)),
        ((OPEN, b"abc", 2), (3,)),
        ((OPEN, PCK + b"?start=9999"), (2, 22)),
        ((OPEN, PCK + b"?withdefaults=2"), (2, 22)),
        ((READ, b"", 10), (10,)),
        ((BURST, b"", 10), (10,)),
        ((READ, b"", 240), (3,)),
        ((6, b"new.txt"), (2, 30)),
        ((8, b"logs/00000001.BIN"), (2, 30)),
        ((99, b""), (1,)),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_code(request_, codes):
    assert Client().refused(*request_) == codes


def test_one_file_at_a_time_and_a_second_client_waits_three_seconds():
    client = Client()
    client.accepted(OPEN, PCK)
    assert client.refused(OPEN, PCK) == (1,)
    assert client.refused(LIST, b"/", session=8, sender=OTHER) == (4,)
    assert client.accepted(RESET, session=8, sender=OTHER) == b"", "and nothing is closed"
    client.accepted(READ, size=10)
    client.now_s += 3.1
    client.accepted(OPEN, PCK, session=8, sender=OTHER)


def test_a_request_that_comes_twice_is_answered_twice_alike():
    client = Client()
    first = client.ask(OPEN, PCK, seq=5)
    assert client.ask(OPEN, PCK, seq=5) == first


payloads = st.builds(
    lambda seq, session, opcode, size, offset, data: (
        struct.pack("<HBBBBBxI", seq, session, opcode, size, 0, 0, offset) + data
    ).ljust(251, b"\0"),
    st.integers(0, 9),
    st.integers(0, 2),
    st.one_of(st.sampled_from([0, 1, 2, 3, 4, 5, 14, 15]), st.integers(0, 255)),
    st.one_of(st.sampled_from([0, 1, 16, 239]), st.integers(0, 255)),
    st.one_of(st.integers(0, 20000), st.integers(0, 2**32 - 1)),
    st.one_of(
        st.sampled_from([PCK, PCK + b"?start=3&count=2", b"/", b"logs/00000001.BIN"]),
        st.binary(max_size=239),
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(payloads, st.booleans(), st.floats(0, 4)), max_size=25))
def test_no_requests_in_any_order_stop_it(script):
    client = Client()
    for payload, is_other, pause_s in script:
        client.now_s += pause_s
        message = mav.MAVLink_file_transfer_protocol_message(0, 1, 1, payload)
        sender = OTHER if is_other else GCS
        client._heard(client.ftp.handle(received(message, sender), LINK, client.now_s))
        client.wait(0.05)
