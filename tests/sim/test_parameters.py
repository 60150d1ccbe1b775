"""The parameter protocol, judged by recordings of a real ArduCopter 4.5.6."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mav

from firmware_bridge.errors import ConfigError
from sim.autopilot.outgoing import EVERYBODY
from sim.autopilot.parameters import BOOT, HANDLERS, Parameters, dump, parse
from tests.sim.exchanges import lines, received

LINK, TOLD = 1, "PARAM_VALUE"
PLACE_AND_HOUR = ("SIM_", "STAT_", "INS_GYR", "BARO", "COMPASS_DEC")
"""Values that belong to where and when the recording was made."""


def booted(**kwargs) -> Parameters:
    parameters = Parameters(**kwargs)
    parameters.boot(0.0, since_s=60.0)
    return parameters


def run(parameters, until_s, start_s=0.0, armed=False):
    """What goes out, as (time, link, message)."""
    out, steps = [], round((until_s - start_s) * 200)
    for step in range(1, steps + 1):
        now_s = start_s + step * 0.005
        out += [(now_s, *sent) for sent in parameters.poll(now_s, armed)]
    return out


def ask(parameters, message, link=LINK, for_s=0.3):
    sent = parameters.handle(received(message), link, 0.0)
    return sent + [(to, m) for _, to, m in run(parameters, for_s)]


def read(name=b"", index=-1):
    return mav.MAVLink_param_request_read_message(1, 1, name, index)


def change(name, value, kind=9):
    return mav.MAVLink_param_set_message(1, 1, name, value, kind)


def test_the_list_is_the_real_ones_in_names_types_and_order(shared):
    real = [line.fields for line in lines(shared, "param_download_list") if line.kind == TOLD]
    sent = ask(booted(), mav.MAVLink_param_request_list_message(1, 1), for_s=1.0)
    told = [received(message) for _, message in sent]
    key = ("param_index", "param_id", "param_type", "param_count")
    assert [[getattr(m, k) for k in key] for m in told] == [[f[k] for k in key] for f in real]
    other = [
        f["param_id"]
        for f, m in zip(real, told, strict=True)
        if f["param_value"] != pytest.approx(m.param_value, abs=0)
        and not f["param_id"].startswith(PLACE_AND_HOUR)
    ]
    assert other == []


def test_the_list_comes_at_the_real_ones_pace(shared):
    recorded = [line for line in lines(shared, "param_download_list") if line.kind == TOLD]
    parameters = booted()
    parameters.handle(received(mav.MAVLink_param_request_list_message(1, 1)), LINK, 0.0)
    times_s = [at_s for at_s, _, _ in run(parameters, 2.0)]
    assert times_s[-1] == pytest.approx(recorded[-1].time_s, abs=0.1)
    assert max(times_s.count(t) for t in set(times_s)) == 221


def test_a_radio_gets_the_list_slowly():
    parameters = booted()
    parameters.connect(LINK, radio=True)
    parameters.handle(received(mav.MAVLink_param_request_list_message(1, 1)), LINK, 0.0)
    assert len(run(parameters, 1.0)) in (50, 55)


def test_reads_and_changes_are_answered_as_recorded(shared):
    parameters = booted()
    mine, real, at_s = [], [], 0.0
    for line in lines(shared, "param_read_set"):
        for now_s, to, m in run(parameters, line.time_s, at_s):
            if m.param_id != "STAT_RUNTIME":
                assert now_s >= at_s
                assert to in (LINK, EVERYBODY)
                mine.append((m.param_id, m.param_type, m.param_index, m.param_count))
        at_s = line.time_s
        if line.to_vehicle and line.kind in HANDLERS:
            assert parameters.handle(line.message, LINK, at_s) == []
        elif line.kind == TOLD and line.fields["param_id"] != "STAT_RUNTIME":
            keys = ("param_id", "param_type", "param_index", "param_count")
            real.append(tuple(line.fields[k] for k in keys))
    mine += [
        (m.param_id, m.param_type, m.param_index, m.param_count)
        for _, _, m in run(parameters, at_s + 1, at_s)
    ]
    assert mine == real
    assert parameters.values["WPNAV_SPEED"] == 1000


def test_boot_tells_unasked_what_the_real_one_tells(shared):
    names = [
        (line.time_s, line.fields["param_id"])
        for line in lines(shared, "handshake_dronekit_connect_fly")
        if line.kind == TOLD and line.fields["param_index"] == 65535
    ]
    start_s = names[0][0]
    parameters = Parameters()
    parameters.boot(0.0)
    mine = [(at_s, m.param_id) for at_s, to, m in run(parameters, 31.0) if to == EVERYBODY]
    real = [(t - start_s, n) for t, n in names if t - start_s < 31.0]
    assert [n for _, n in mine] == [n for _, n in real]
    assert [t for t, _ in mine] == pytest.approx([t for t, _ in real], abs=0.2)
    assert len(real) == sum(len(told) for _, told in BOOT) + 1


def test_reads_beyond_twenty_are_dropped_and_five_are_answered_at_a_time():
    parameters = booted()
    for index in range(30):
        parameters.handle(received(read(index=index)), LINK, 0.0)
    answers = run(parameters, 2.0)
    assert [m.param_index for _, _, m in answers] == list(range(20))
    assert len({round(at_s, 3) for at_s, _, _ in answers}) == 4


def test_names_are_found_in_any_case_and_told_in_capitals():
    ((_, told),) = ask(booted(), read(b"wpnav_speed"))
    assert told.param_id == "WPNAV_SPEED"


@pytest.mark.parametrize(
    ("name", "asked", "got"),
    [
        (b"FS_GCS_ENABLE", 1.5, 2.0),
        (b"FS_GCS_ENABLE", -1.5, -2.0),
        (b"FS_GCS_ENABLE", 300.0, 127.0),
        (b"RTL_ALT", 1e12, 2**31 - 1),
        (b"ANGLE_MAX", -1e9, -32768),
        (b"WPNAV_SPEED", 0.1, 0.1),
    ],
)
def test_a_value_is_held_as_its_type_can(name, asked, got):
    parameters = booted()
    ((to, told),) = ask(parameters, change(name, asked))
    assert to == EVERYBODY
    assert told.param_value == pytest.approx(got)
    assert parameters.values[name.decode()] == pytest.approx(got)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_changes_nothing(value):
    parameters = booted()
    assert ask(parameters, change(b"WPNAV_SPEED", value)) == []
    assert parameters.values["WPNAV_SPEED"] == 1000


def test_a_value_for_internal_use_is_refused_in_words():
    parameters = booted()
    sent = ask(parameters, change(b"MIS_TOTAL", 5))
    assert [(to, m.get_type()) for to, m in sent] == [
        (LINK, TOLD),
        (EVERYBODY, "STATUSTEXT"),
    ]
    assert sent[1][1].text == "Param write denied (MIS_TOTAL)"
    assert parameters.values["MIS_TOTAL"] == 0


def test_changes_outlive_a_restart_and_an_erased_vehicle_forgets_them():
    first = booted(set_up={"WPNAV_SPEED": 800})
    ask(first, change(b"RTL_ALT", 3000))
    assert first.changed
    second = booted(set_up={"WPNAV_SPEED": 800}, kept=parse(dump(first.kept), "kept.parm"))
    assert second.values["RTL_ALT"] == 3000
    assert second.values["WPNAV_SPEED"] == 800
    assert second.values["STAT_BOOTCNT"] == 2
    second.erase()
    assert second.values["RTL_ALT"] == 3000, "until it boots"
    second.boot(5.0)
    assert second.values["RTL_ALT"] == 1500


def test_another_format_version_resets_everything_at_the_next_boot():
    parameters = booted()
    ask(parameters, change(b"RTL_ALT", 3000))
    ask(parameters, change(b"FORMAT_VERSION", 0))
    parameters.boot(9.0)
    assert parameters.values["RTL_ALT"] == 1500
    assert parameters.values["FORMAT_VERSION"] == 120


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("WPNAV_SPEED 900\nWPNAV_SPED 5\n", "f, line 2: .*'WPNAV_SPED'.*did you mean WPNAV_SPEED"),
        ("RTL_ALT\n", "f, line 1: 'RTL_ALT' is not NAME VALUE"),
        ("RTL_ALT high\n", "f, line 1: 'high' is not a number"),
        ("RTL_ALT nan\n", "line 1: 'nan'"),
        ("PSC_JERK_Z 1e39\n", "line 1: '1e39'"),
    ],
)
def test_a_wrong_file_is_refused_naming_the_line(content, words):
    with pytest.raises(ConfigError, match=words):
        parse(content, "f")


def test_a_flight_is_counted_and_its_hover_throttle_told():
    parameters = booted()
    told = run(parameters, 61.0, armed=True) + run(parameters, 62.0, 61.0)
    assert [(m.param_id, m.param_value) for _, _, m in told] == [
        ("STAT_FLTTIME", 30),
        ("STAT_RUNTIME", 30),
        ("STAT_FLTTIME", 60),
        ("STAT_RUNTIME", 60),
        ("MOT_THST_HOVER", pytest.approx(0.39)),
    ]


names = st.one_of(
    st.sampled_from([b"WPNAV_SPEED", b"RTL_ALT", b"MIS_TOTAL"]), st.binary(max_size=16)
)
messages = st.one_of(
    st.builds(read, names, st.integers(-32768, 32767)),
    st.builds(change, names, st.floats(width=32), st.integers(0, 10)),
    st.just(mav.MAVLink_param_request_list_message(1, 1)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(messages, st.integers(0, 3), st.floats(0, 0.3)), max_size=40))
def test_no_messages_in_any_order_stop_it(script):
    parameters, now_s = booted(), 0.0
    for message, link, pause_s in script:
        now_s += pause_s
        for _, sent in parameters.handle(received(message), link, now_s):
            received(sent, (1, 1))
        for _, sent in parameters.poll(now_s, armed=False):
            received(sent, (1, 1))
    assert list(parameters.values) == parameters.names
    assert all(math.isfinite(value) for value in parameters.values.values())
