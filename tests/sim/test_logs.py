"""The log of a flight, read by pymavlink's DFReader, and its download as recorded."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink import DFReader
from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.autopilot.dataflash import LAYOUTS, LETTERS, UNITS, Log
from sim.autopilot.logs import HANDLERS, Logs
from sim.autopilot.parameters import Parameters
from sim.autopilot.snapshot import Snapshot
from sim.flight.plan import Plan
from sim.scenario import load
from sim.simulation import Simulation
from sim.world.terrain import Ground
from tests.sim.exchanges import lines, received

LINK, OTHER_LINK, RADIO = 1, 2, 3


def ask(logs: Logs, message, link=LINK):
    return [(to, received(m, (1, 1))) for to, m in logs.handle(received(message), link, 0.0)]


def request(number, offset=0, count=0xFFFFFFFF):
    return mav.MAVLink_log_request_data_message(1, 1, number, offset, count)


def listing(start=0, end=0xFFFF):
    return mav.MAVLink_log_request_list_message(1, 1, start, end)


def download(logs: Logs, number: int) -> bytes:
    """All of a log, by the protocol."""
    out, sent = bytearray(), ask(logs, request(number))
    while sent:
        for _, piece in sent:
            assert piece.ofs == len(out)
            out += bytes(piece.data[: piece.count])
        sent = [(to, received(m, (1, 1))) for to, m in logs.poll(0.0, armed=False)]
    return bytes(out)


@pytest.fixture
def flown(simulation):
    """A minute in the air: the logs, and where the vehicle really was, by seconds since boot."""
    sim = simulation()
    logs = Logs(sim.parameters, sim.copter.plan, sim.look)
    track = {}
    for step in range(200 * 60):
        sim.step()
        assert sim.copter.armed
        logs.poll(sim.time_s, armed=True)
        if step % 20 == 0:
            state = sim.copter.state
            track[sim.boot_ns(sim.time_s) // 1000] = (state.lat_deg, state.lon_deg, state.yaw_rad)
        if step == 6000:
            logs.note(received(mav.MAVLink_statustext_message(6, b"Half way", 0, 0)))
            logs.note(received(mav.MAVLink_param_value_message(b"RTL_ALT", 2000, 4, 1396, 65535)))
    logs.poll(sim.time_s, armed=False)
    return sim, logs, track


def read(tmp_path: Path, content: bytes):
    """Records by kind, as DFReader gives them."""
    path = tmp_path / "00000001.BIN"
    path.write_bytes(content)
    reader, records = DFReader.DFReader_binary(str(path)), {}
    while (record := reader.recv_msg()) is not None:
        records.setdefault(record.get_type(), []).append(record)
    return reader, records


def test_the_flight_in_the_log_is_the_flight_flown(flown, tmp_path, capsys):
    _, logs, track = flown
    reader, records = read(tmp_path, download(logs, 1))
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", ""), "nothing to complain of"
    assert reader.mav_type == mav.MAV_TYPE_QUADROTOR
    positions = {r.TimeUS: r for r in records["POS"]}
    assert len(positions) == pytest.approx(600, abs=2)
    assert len(records["ATT"]) == len(records["BAT"]) == len(records["SIM"]) == len(positions)
    assert len(records["GPS"]) == pytest.approx(300, abs=2)
    checked = 0
    for time_us, (lat_deg, lon_deg, yaw_rad) in track.items():
        near = min(positions, key=lambda t: abs(t - time_us))
        if abs(near - time_us) < 1000:
            told = positions[near]
            north_m = (told.Lat - lat_deg) * 111_000
            east_m = (told.Lng - lon_deg) * 111_000 * math.cos(math.radians(lat_deg))
            assert math.hypot(north_m, east_m) < 10, "as far as the vehicle errs itself"
            truth = next(r for r in records["SIM"] if r.TimeUS == near)
            assert (truth.Lat, truth.Lng) == pytest.approx((lat_deg, lon_deg), abs=1e-7)
            assert truth.Yaw == pytest.approx(math.degrees(yaw_rad) % 360, abs=0.01)
            checked += 1
    assert checked > 500
    moved = {(round(r.Lat, 5), round(r.Lng, 5)) for r in records["POS"]}
    assert len(moved) > 100, "it flew"


def test_the_log_tells_how_the_vehicle_was_set_up_and_what_was_said(flown, tmp_path):
    sim, logs, _ = flown
    _, records = read(tmp_path, download(logs, 1))
    parameters = {r.Name: r.Value for r in records["PARM"][: len(sim.parameters.names)]}
    assert list(parameters) == sim.parameters.names
    assert parameters["WPNAV_SPEED"] == pytest.approx(sim.parameters.values["WPNAV_SPEED"])
    assert (records["PARM"][-1].Name, records["PARM"][-1].Value) == ("RTL_ALT", 2000)
    assert "Half way" in [r.Message for r in records["MSG"]]
    plan = sim.copter.plan.mission
    told = records["CMD"][: len(plan)]
    assert [(r.CNum, r.CId, r.Frame) for r in told] == [
        (n, item.command, item.frame) for n, item in enumerate(plan)
    ]
    assert [r.Lat for r in told] == pytest.approx([item.lat_deg for item in plan], abs=1e-7)
    assert [r.ArmState for r in records["ARM"]] == [1, 0]
    assert records["MODE"][0].ModeNum == sim.copter.mode
    gps = records["GPS"][-1]
    unix_s = 315_964_800 - 18 + gps.GWk * 604_800 + gps.GMS / 1000
    assert unix_s == pytest.approx(sim.look().unix_us / 1e6, abs=0.3)
    assert gps._timestamp == pytest.approx(unix_s, abs=1)


def test_every_layout_has_a_unit_and_a_multiplier_for_each_column():
    for name, layout in LAYOUTS.items():
        width = len(layout.columns.split(","))
        assert width == len(layout.letters) == len(layout.units) == len(layout.multipliers), name
        assert len(layout.columns) <= 64
        assert set(layout.letters) <= set(LETTERS)
        assert set(layout.units) <= set(UNITS)


def test_the_recorded_list_and_download_get_the_same_answers(shared, one_log):
    logs = one_log(5_488_640)
    mine, real, at_s, done_s = [], [], 0.0, 0.0
    for line in lines(shared, "log_list_download"):
        while at_s < line.time_s:
            at_s += 0.005
            sent = logs.poll(at_s, armed=False)
            done_s = at_s if sent else done_s
            mine += [m for _, m in sent]
        if line.to_vehicle and line.kind in HANDLERS:
            mine += [m for _, m in logs.handle(line.message, LINK, at_s)]
        elif line.kind.startswith("LOG_"):
            real.append(line)
    shape = [(m.get_type(), m.id, getattr(m, "ofs", 0), getattr(m, "count", 0)) for m in mine]
    assert shape == [(r.kind, r.fields["id"], *piece(r.fields)) for r in real]
    entry = real[0].fields
    assert (mine[0].num_logs, mine[0].last_log_num) == (entry["num_logs"], entry["last_log_num"])
    assert mine[0].size == entry["size"]
    assert done_s == pytest.approx(real[-1].time_s, abs=0.05), "and as fast"


def piece(fields):
    return fields.get("ofs", 0), fields.get("count", 0)


@pytest.fixture(scope="module")
def still(land) -> Callable[[], Snapshot]:
    """Looks at a vehicle that stands there."""
    now = Simulation(load("ready-to-fly"), Ground(land), 1_780_000_000.0).look()
    return lambda: now


@pytest.fixture(scope="module")
def one_log(still) -> Callable[..., Logs]:
    """Makes logs of that many bytes, whatever is in them."""

    def make(size: int, count: int = 1) -> Logs:
        logs = Logs(Parameters(set_up={"LOG_FILE_DSRMROT": 1}), Plan(), still)
        for number in range(count):
            logs.poll(number, armed=True)
            logs.poll(number + 0.5, armed=False)
            content = list(logs.files().values())[-1]
            del content[size:]
            content += bytes(size - len(content))
        return logs

    return make


def test_nothing_is_downloaded_from_an_armed_vehicle_and_it_says_so_once(one_log):
    logs = one_log(1000)
    logs.poll(5.0, armed=True)
    ((_, told),) = ask(logs, listing())
    assert (told.severity, told.text) == (3, "Disarm for log download")
    assert ask(logs, listing()) == []
    logs.poll(6.0, armed=False)
    assert ask(logs, listing())[0][1].get_type() == "LOG_ENTRY"


def test_no_logs_are_one_entry_of_zeros(still):
    ((_, entry),) = ask(Logs(Parameters(), Plan(), still), listing())
    assert (entry.id, entry.num_logs, entry.last_log_num, entry.size) == (0, 0, 0, 0)


def test_one_transfer_at_a_time(one_log):
    logs = one_log(100_000)
    assert len(ask(logs, request(1))) == 40
    ((link, told),) = ask(logs, request(1), OTHER_LINK)
    assert (link, told.text) == (OTHER_LINK, "Log download in progress")
    assert ask(logs, request(1)) == [], "the same client is not told"
    ask(logs, mav.MAVLink_log_request_end_message(1, 1))
    assert logs.poll(0.0, armed=False) == []
    assert len(ask(logs, request(1), OTHER_LINK)) == 40


def test_a_radio_gets_one_packet_at_a_time(one_log):
    logs = one_log(1000)
    logs.connect(RADIO, radio=True)
    assert len(ask(logs, request(1), RADIO)) == 1


@pytest.mark.parametrize(
    ("offset", "count", "pieces"),
    [(0, 90, [90]), (0, 180, [90, 90]), (910, 500, [90]), (950, 500, [50]), (2000, 90, [0])],
)
def test_a_part_of_a_log_can_be_had(one_log, offset, count, pieces):
    sent = ask(one_log(1000), request(1, offset, count))
    assert [piece.count for _, piece in sent] == pieces


def test_a_log_that_is_not_there_is_not_answered(one_log):
    logs = one_log(1000)
    assert ask(logs, request(0)) == ask(logs, request(2)) == []


def test_the_oldest_log_goes_when_there_are_too_many_bytes(one_log):
    logs = one_log(20 * 2**20, count=4)
    assert sorted(logs.files()) == ["logs/00000003.BIN", "logs/00000004.BIN"]
    entries = [m for _, m in ask(logs, listing())]
    entries += [m for _, m in logs.poll(0.0, armed=False)]
    assert [(e.id, e.num_logs) for e in entries] == [(1, 2), (2, 2)]


def test_erased_logs_are_gone_and_the_next_flight_has_a_new_one(one_log):
    logs = one_log(1000)
    assert ask(logs, mav.MAVLink_log_erase_message(1, 1)) == []
    assert logs.files() == {}
    logs.poll(9.0, armed=True)
    assert len(logs.files()) == 1


def test_a_log_ends_at_its_limit_with_a_whole_record(tmp_path):
    log = Log(0, 5000)
    for number in range(200):
        log.write("MSG", number, "x" * 64)
    assert 4900 < len(log.content) <= 5000
    _, records = read(tmp_path, bytes(log.content))
    assert records["MSG"][-1].Message == "x" * 64


messages = st.one_of(
    st.builds(listing, st.integers(0, 5), st.integers(0, 65535)),
    st.builds(request, st.integers(0, 4), st.integers(0, 3000), st.integers(0, 2**32 - 1)),
    st.just(mav.MAVLink_log_request_end_message(1, 1)),
    st.just(mav.MAVLink_log_erase_message(1, 1)),
)


@settings(max_examples=60, deadline=None)
@given(script=st.lists(st.tuples(messages, st.integers(1, 3), st.booleans()), max_size=25))
def test_no_requests_in_any_order_stop_it(one_log, script):
    logs = one_log(1000, count=2)
    for number, (message, link, armed) in enumerate(script):
        ask(logs, message, link)
        for _, sent in logs.poll(float(number), armed):
            received(sent, (1, 1))
