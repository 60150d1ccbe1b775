"""The mission protocol, judged by recordings of a real ArduCopter 4.5.6."""

import math
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.autopilot.items import KEPT
from sim.autopilot.missions import MESSAGES, Missions
from sim.flight.modes import Mode
from sim.scenario import load
from tests.sim.exchanges import GCS, lines, received

LINK, OTHER_LINK, OTHER_GCS = 1, 2, (254, 190)
EXCHANGES = (
    *("mission_upload", "mission_download", "mission_download_old", "mission_upload_lost_item"),
    *("mission_upload_abandoned", "mission_upload_bad_item", "mission_upload_old_item_message"),
    *("mission_clear", "fence_and_rally"),
)
"""In the order in which they left their marks on the vehicle."""
TOTALS = ("MIS_TOTAL", "FENCE_TOTAL", "RALLY_TOTAL")
HOME = {"x", "y", "z"}
"""Of item 0: wherever the vehicle is at home."""


class Vehicle:
    """The protocol over a copter on the ground; keeps what goes out."""

    def __init__(self, simulation):
        sim = simulation(scenario=load("ready-to-fly"))
        self.copter, self.parameters = sim.copter, sim.parameters
        self.copter.plan.mission.clear()
        self.missions = Missions(self.copter, self.parameters)
        self.now_s, self.out = 0.0, []
        self.parameters.poll(0.0, armed=False)

    def hear(self, message, link=LINK):
        """Answers to one message, with what is told of it to everybody."""
        sent = self.missions.handle(message, link, self.now_s)
        sent += [s for s in self.parameters.poll(self.now_s, armed=False) if self._counts(s[1])]
        self.out += [received(m, (1, 1)) for _, m in sent]
        return sent

    def wait(self, until_s):
        while self.now_s < until_s - 1e-9:
            self.now_s += 0.005
            self.out += [received(m, (1, 1)) for _, m in self.missions.poll(self.now_s)]

    def ask(self, message, sender=GCS, link=LINK):
        return [m for _, m in self.hear(received(message, sender), link)]

    def upload(self, items, kind=0):
        """The last answer."""
        answers = self.ask(mav.MAVLink_mission_count_message(1, 1, len(items), kind))
        for item in items:
            if answers[0].get_type() == "MISSION_ACK":
                break
            answers = self.ask(item)
        return answers

    @staticmethod
    def _counts(message):
        return message.get_type() != "PARAM_VALUE" or message.param_id in TOTALS


@pytest.fixture
def vehicle(simulation) -> Vehicle:
    return Vehicle(simulation)


def item(
    seq, command=16, frame=3, p=(0, 0, 0, 0), x=429500000, y=1314000000, z=40.0, kind=0, current=0
):
    return mav.MAVLink_mission_item_int_message(
        1, 1, seq, frame, command, current, 1, *p, x, y, z, kind
    )


def fields(message):
    """Without what 4.5.6 has no name for."""
    return {k: getattr(message, k) for k in message.get_fieldnames() if k != "opaque_id"}


def gist(kind, fields):
    """What of a message has to be the same."""
    if kind == "STATUSTEXT":
        return kind, fields["severity"], fields["text"]
    if kind == "PARAM_VALUE":
        return kind, fields["param_id"], fields["param_value"]
    is_home = kind.startswith("MISSION_ITEM") and fields["seq"] == fields["mission_type"] == 0
    drop = HOME if is_home else set()
    rows = sorted((k, v) for k, v in fields.items() if k not in drop)
    return kind, *((k, round(v, 5)) for k, v in rows)


def test_the_recorded_exchanges_get_the_same_answers_in_the_same_order(shared, vehicle):
    for name in EXCHANGES:
        vehicle.out.clear()
        start_s, real = vehicle.now_s, []
        for line in lines(shared, name):
            vehicle.wait(start_s + line.time_s)
            if line.to_vehicle and line.kind in MESSAGES:
                vehicle.hear(line.message)
            elif not line.to_vehicle and line.kind.startswith(("MISSION_", "STATUS", "PARAM_")):
                foreign = line.fields.get("text", "").startswith("EKF3")
                if not foreign and line.kind != "MISSION_CURRENT":
                    real.append(gist(line.kind, line.fields))
        mine = [gist(m.get_type(), fields(m)) for m in vehicle.out]
        assert mine[: len(real)] == real, name
        late = [m[1] for m in mine[len(real) :]]
        assert late in ([], ["RALLY_TOTAL"]), f"{name}: its recording ended before that"
        vehicle.wait(vehicle.now_s + 10)


def test_an_item_that_does_not_come_is_asked_for_after_a_second_and_given_up_after_eight(vehicle):
    vehicle.ask(mav.MAVLink_mission_count_message(1, 1, 2, 0))
    vehicle.wait(1.0)
    assert len(vehicle.out) == 1
    vehicle.wait(1.02)
    assert len(vehicle.out) == 2
    vehicle.wait(20.0)
    kinds = [m.get_type() for m in vehicle.out]
    assert kinds == ["MISSION_REQUEST"] * 8 + ["MISSION_ACK", "STATUSTEXT"]
    assert vehicle.out[-2].type == mav.MAV_MISSION_OPERATION_CANCELLED


def test_a_client_that_vanishes_leaves_the_beginning_and_blocks_others_for_eight_seconds(vehicle):
    vehicle.ask(mav.MAVLink_mission_count_message(1, 1, 3, 0))
    vehicle.ask(item(0))
    vehicle.ask(item(1, z=50))
    (denied,) = vehicle.ask(mav.MAVLink_mission_count_message(1, 1, 1, 0), OTHER_GCS, OTHER_LINK)
    assert denied.type == mav.MAV_MISSION_DENIED
    (denied,) = vehicle.ask(mav.MAVLink_mission_request_list_message(1, 1, 0), OTHER_GCS)
    assert denied.type == mav.MAV_MISSION_DENIED
    vehicle.wait(8.1)
    (count,) = vehicle.ask(mav.MAVLink_mission_request_list_message(1, 1, 0), OTHER_GCS)
    assert count.count == 2
    assert [i.z for i in vehicle.copter.plan.mission] == [40, 50]


def test_an_item_from_another_client_is_denied_on_the_link_of_the_upload(vehicle):
    vehicle.ask(mav.MAVLink_mission_count_message(1, 1, 2, 0))
    ((link, ack),) = vehicle.hear(received(item(0), OTHER_GCS), OTHER_LINK)
    assert (link, ack.type) == (LINK, mav.MAV_MISSION_DENIED)
    assert (ack.target_system, ack.target_component) == OTHER_GCS
    ((link, ack),) = vehicle.hear(received(item(1)))
    assert (link, ack.type) == (LINK, mav.MAV_MISSION_INVALID_SEQUENCE)
    assert vehicle.ask(item(0))[0].seq == 1, "it goes on"


def test_the_same_client_may_begin_anew(vehicle):
    vehicle.ask(mav.MAVLink_mission_count_message(1, 1, 5, 0))
    vehicle.ask(item(0))
    (again,) = vehicle.ask(mav.MAVLink_mission_count_message(1, 1, 2, 0))
    assert again.seq == 0


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_nothing_is_a_mission_too(vehicle, kind):
    ack, *_ = vehicle.ask(mav.MAVLink_mission_count_message(1, 1, 0, kind))
    assert (ack.get_type(), ack.type) == ("MISSION_ACK", mav.MAV_MISSION_ACCEPTED)


@pytest.mark.parametrize(("kind", "most"), [(0, 650), (1, 70), (2, 46)])
def test_more_than_fits_is_refused_before_anything_is_lost(vehicle, kind, most):
    vehicle.upload([item(0), item(1)])
    ack, words = vehicle.ask(mav.MAVLink_mission_count_message(1, 1, 5000, kind))
    assert ack.type == mav.MAV_MISSION_NO_SPACE
    assert words.text == f"Only {most} items are supported"
    assert len(vehicle.copter.plan.mission) == 2
    (request,) = vehicle.ask(mav.MAVLink_mission_count_message(1, 1, most, kind))
    assert request.seq == 0


def test_a_full_mission_is_kept_to_the_last_item(vehicle):
    items = [item(seq, z=seq % 100) for seq in range(650)]
    ack = vehicle.upload(items)[0]
    assert ack.type == mav.MAV_MISSION_ACCEPTED
    (last,) = vehicle.ask(mav.MAVLink_mission_request_int_message(1, 1, 649, 0))
    assert (last.seq, last.z) == (649, 49)
    beyond = vehicle.ask(mav.MAVLink_mission_request_int_message(1, 1, 650, 0))
    assert [m.get_type() for m in beyond] == ["MISSION_COUNT", "MISSION_ACK"]
    assert beyond[1].type == mav.MAV_MISSION_INVALID_SEQUENCE


def test_a_part_of_a_mission_is_replaced(vehicle):
    vehicle.upload([item(seq) for seq in range(6)])
    partial = mav.MAVLink_mission_write_partial_list_message
    (request,) = vehicle.ask(partial(1, 1, 2, 3, 0))
    assert request.seq == 2
    vehicle.ask(item(2, z=72))
    assert vehicle.ask(item(3, z=73))[0].type == mav.MAV_MISSION_ACCEPTED
    assert [i.z for i in vehicle.copter.plan.mission] == [40, 40, 72, 73, 40, 40]
    for span in ((3, 2), (0, 7), (-1, 2)):
        ack, words = vehicle.ask(partial(1, 1, *span, 0))
        assert ack.type == mav.MAV_MISSION_ERROR
        assert words.text == "Flight plan update rejected"


@pytest.mark.parametrize("kind", [3, 77, 255])
def test_a_kind_of_plan_nobody_knows_is_unsupported(vehicle, kind):
    for message in (
        mav.MAVLink_mission_count_message(1, 1, 2, kind),
        mav.MAVLink_mission_request_list_message(1, 1, kind),
        mav.MAVLink_mission_clear_all_message(1, 1, kind),
        mav.MAVLink_mission_write_partial_list_message(1, 1, 0, 1, kind),
        item(0, kind=kind),
    ):
        (ack,) = vehicle.ask(message)
        assert (ack.type, ack.mission_type) == (mav.MAV_MISSION_UNSUPPORTED, kind)
    assert vehicle.ask(mav.MAVLink_mission_request_int_message(1, 1, 0, kind)) == []


NAN = math.nan


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"x": 900000001}, 10),
        ({"y": -1800000001}, 11),
        ({"z": 83000}, 12),
        ({"z": NAN}, 12),
        ({"command": 113}, 3),  # CONDITION_CHANGE_ALT
        ({"command": 0}, 3),
        ({"frame": 1}, 2),
        ({"p": (NAN, 0, 0, 0)}, 6),
        ({"p": (0, math.inf, 0, 0)}, 7),
        ({"p": (0, 0, NAN, 0)}, 8),
        ({"p": (0, 0, 0, NAN)}, 0),
        ({"command": 115, "p": (0, 0, 0, NAN)}, 9),
        ({"command": 177, "p": (9, 1, 0, 0)}, 1),  # DO_JUMP beyond the end
        ({"command": 177, "p": (0, 1, 0, 0)}, 1),
        ({"command": 178, "frame": 99}, 0),  # no place, no frame
        ({"command": 5001, "kind": 1, "p": (2, 0, 0, 0)}, 1),
        ({"command": 5001, "kind": 1, "p": (4, 0, 0, 0)}, 1),
        ({"command": 5003, "kind": 1, "p": (0, 0, 0, 0)}, 1),
        ({"command": 5003, "kind": 1, "p": (50, 0, 0, 0)}, 0),
        ({"command": 16, "kind": 1}, 3),
        ({"command": 5003, "frame": 1, "kind": 1}, 2),
        ({"command": 5100, "kind": 2}, 0),
        ({"command": 5100, "kind": 2, "frame": 0}, 2),
        ({"command": 5100, "kind": 2, "x": 2 * 10**9}, 10),
        ({"command": 16, "kind": 2}, 3),
    ],
)
def test_a_bad_item_ends_the_upload_with_the_real_ones_code(vehicle, fields, result):
    kind = fields.get("kind", 0)
    answers = vehicle.upload([item(0, **fields)], kind)
    assert (answers[0].get_type(), answers[0].type) == ("MISSION_ACK", result)
    vehicle.out.clear()
    vehicle.wait(vehicle.now_s + 9)
    assert vehicle.out == [], "nothing is waited for"


@pytest.mark.parametrize(
    ("command", "sent", "kept"),
    [
        (16, (3.9, 5, 6, 7), (3, 0, 0, 0)),
        (17, (0, 0, -20.7, 0), (0, 0, -20, 0)),
        (18, (0.5, 0, -300, 1), (0.5, 0, -300, 1)),
        (18, (3, 0, 99.5, 0), (3, 0, 99, 0)),
        (19, (70000, 0, -5, 2), (65535, 0, -1, 1)),
        (21, (0, 0, 0, 0), (0, 0, 0, 1)),
        (94, (1.239, 0, 0, 0), (1.23, 0, 0, 0)),
        (115, (90, 20, -1, 1), (90, 20, -1, 1)),
        (177, (1, -1, 5, 5), (1, -1, 0, 0)),
        (178, (1, 7.5, -1, 9), (1, 7.5, -1, 0)),
        (206, (25, 7, 1, 7), (25, 0, 1, 0)),
    ],
)
def test_an_item_comes_back_as_it_is_kept(vehicle, command, sent, kept):
    vehicle.upload([item(0), item(1, command=command, p=sent)])
    (told,) = vehicle.ask(mav.MAVLink_mission_request_int_message(1, 1, 1, 0))
    assert (told.param1, told.param2, told.param3, told.param4) == pytest.approx(kept)


def test_the_mission_that_is_flown_is_not_cleared(simulation):
    sim = simulation()
    assert sim.copter.armed
    assert sim.copter.mode is Mode.AUTO
    missions, before = Missions(sim.copter, sim.parameters), len(sim.copter.plan.mission)
    clear = received(mav.MAVLink_mission_clear_all_message(1, 1, 0))
    ((_, ack),) = missions.handle(clear, LINK, 0.0)
    assert ack.type == mav.MAV_MISSION_ERROR
    assert len(sim.copter.plan.mission) == before > 5


def test_an_item_for_guided_is_refused_in_another_mode(vehicle):
    (ack,) = vehicle.ask(item(0, current=2))
    assert ack.type == mav.MAV_MISSION_ERROR
    assert vehicle.copter.plan.mission == []


def test_an_item_for_guided_is_a_place_to_fly_to(vehicle):
    copter = vehicle.copter
    assert copter.set_mode(Mode.GUIDED).result == 0
    assert vehicle.ask(item(0, current=2, x=431870000, y=1314020000))[0].type == 0
    assert vehicle.ask(item(0, command=20, current=2))[0].type == mav.MAV_MISSION_ERROR
    assert vehicle.ask(item(0, current=2, x=2 * 10**9))[0].type == 10
    assert copter.plan.mission == []


def test_the_item_to_fly_next_is_answered_with_its_number(vehicle):
    vehicle.upload([item(0), item(1), item(2, command=178), item(3)])
    (told,) = vehicle.ask(mav.MAVLink_mission_set_current_message(1, 1, 2))
    assert (told.get_type(), told.seq, told.total) == ("MISSION_CURRENT", 2, 3)
    assert told.mission_state == 2
    assert vehicle.ask(mav.MAVLink_mission_set_current_message(1, 1, 200)) == []


def test_an_item_nobody_asked_for_is_an_error(vehicle):
    (ack,) = vehicle.ask(item(0))
    assert ack.type == mav.MAV_MISSION_ERROR


def test_a_fence_that_is_no_fence_leaves_the_old_one(vehicle):
    square = [item(n, 5001, p=(4, 0, 0, 0), x=n, y=n * n, kind=1) for n in range(4)]
    assert vehicle.upload(square, 1)[0].type == mav.MAV_MISSION_ACCEPTED
    assert vehicle.parameters.values["FENCE_TOTAL"] == 6
    vehicle.copter.texts.clear()
    broken = [item(0, 5001, p=(3, 0, 0, 0), kind=1), item(1, 5003, p=(9, 0, 0, 0), kind=1)]
    assert vehicle.upload(broken, 1)[0].type == mav.MAV_MISSION_ERROR
    assert list(vehicle.copter.texts) == [
        (4, "Received incorrect type (want=98 got=92)"),
        (4, "Fence validation failed"),
    ]
    assert len(vehicle.copter.plan.fence) == 4


coordinates = st.integers(-(2**31), 2**31 - 1)
numbers = st.floats(width=32)
small, kinds = st.integers(0, 3), st.sampled_from([0, 0, 0, 1, 2, 5, 255])
commands = st.one_of(
    st.sampled_from([*KEPT, 5000, 5001, 5002, 5003, 5004, 5100]), st.integers(0, 65535)
)


def build(make: Callable[..., object], *fields):
    return st.builds(lambda *values: make(1, 1, *values), *fields)


messages = st.one_of(
    build(mav.MAVLink_mission_count_message, st.sampled_from([0, 1, 2, 3, 5000]), kinds),
    build(mav.MAVLink_mission_request_list_message, kinds),
    build(mav.MAVLink_mission_request_int_message, small, kinds),
    build(mav.MAVLink_mission_request_message, small, kinds),
    build(mav.MAVLink_mission_clear_all_message, kinds),
    build(mav.MAVLink_mission_set_current_message, st.integers(0, 65535)),
    build(mav.MAVLink_mission_write_partial_list_message, st.integers(-3, 3), small, kinds),
    build(
        mav.MAVLink_mission_item_int_message,
        *(small, st.integers(0, 12), commands, small, small, numbers, numbers, numbers, numbers),
        *(coordinates, coordinates, numbers, kinds),
    ),
    build(
        mav.MAVLink_mission_item_message,
        *(small, st.integers(0, 12), commands, small, small, numbers, numbers, numbers, numbers),
        *(numbers, numbers, numbers, kinds),
    ),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(messages, st.booleans(), st.floats(0, 3)), max_size=30))
def test_no_messages_in_any_order_stop_it(vehicle, script):
    for message, is_other, pause_s in script:
        vehicle.now_s += pause_s
        sender = OTHER_GCS if is_other else GCS
        sent = vehicle.missions.poll(vehicle.now_s) + vehicle.hear(received(message, sender))
        for _, answer in sent:
            received(answer, (1, 1))
    plan = vehicle.copter.plan
    assert len(plan.mission) <= 650
    assert vehicle.parameters.values["MIS_TOTAL"] == len(plan.mission)
    assert vehicle.parameters.values["RALLY_TOTAL"] == len(plan.rally)
