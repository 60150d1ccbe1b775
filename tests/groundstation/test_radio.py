"""Vehicles over real UDP; the bytes are made by pymavlink, the payloads by hand."""

import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as dialect

IDENTIFIER = bytes.fromhex("019a000000007000800000000000abcd")
BRIEF = struct.pack(
    "<B16sHBiihHHHBHhHI6s6s",
    1,
    IDENTIFIER,
    1,
    4,
    435_000_000,
    1_315_000_000,
    250,
    55,
    30,
    20,
    64,
    6500,
    3600,
    6,
    250,
    (1_777_604_400_000).to_bytes(6, "little"),
    (1_777_604_402_500).to_bytes(6, "little"),
)
FOOTPRINT = struct.pack("<Bii8hH", 3, 435_000_000, 1_315_000_000, *([100, -100] * 4), 100)
HEALTH = struct.pack("<BIBHIBHIHbH", 4, 60, 36, 10, 2, 2, 20, 9000, 1, 55, 1)


class Vehicle:
    """The far end of the radio: pymavlink's own framing on a plain socket."""

    def __init__(self, address: str, system_id: int) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect((host, int(port)))
        self.send = dialect.MAVLink(self, system_id, 1)
        self.send.robust_parsing = True

    def write(self, frame: bytes) -> None:
        self._socket.send(frame)

    def tunnel(self, payload: bytes) -> None:
        self.send.srcComponent = 191
        padded = list(payload.ljust(128, b"\0"))
        self.send.tunnel_send(0, 0, 49360, len(payload), padded)
        self.send.srcComponent = 1

    def fly(self, lat: int = 435_000_000) -> None:
        self.send.heartbeat_send(
            dialect.MAV_TYPE_QUADROTOR, dialect.MAV_AUTOPILOT_ARDUPILOTMEGA, 0x81, 3, 4
        )
        self.send.sys_status_send(0, 0, 0, 0, 0, 0, 71, 0, 0, 0, 0, 0, 0)
        self.send.attitude_send(0, 0, 0, 1.5, 0, 0, 0)
        self.send.global_position_int_send(
            0, lat, 1_315_000_000, 350_000, 100_000, 300, 400, 0, 9000
        )

    def receive(self, kind: str, deadline_s: float = 10.0) -> Any:
        self._socket.settimeout(deadline_s)
        while True:
            for message in self.send.parse_buffer(self._socket.recv(2048)) or ():
                if message.get_type() == kind:
                    return message

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def station(run_station: Callable[..., Any], wait: Callable[..., Any]) -> Any:
    made = run_station(radio={"links": ["udpin:127.0.0.1:0"]})
    wait(lambda: made.station.radio[0].status().open, "the radio link")
    return made


@pytest.fixture
def vehicle(station: Any) -> Any:
    made = Vehicle(station.station.radio[0].status().url.removeprefix("udpin:"), 1)
    yield made
    made.close()


def items(station: Any, what: str) -> Any:
    return station.client.get(f"/api/v1/{what}").json()


def test_report_is_on_disk_when_it_is_acknowledged(station: Any, vehicle: Vehicle) -> None:
    vehicle.tunnel(BRIEF)
    answer = vehicle.receive("TUNNEL")
    stored = items(station, "hotspots")["items"]
    assert bytes(answer.payload[: answer.payload_length]) == b"\x02" + IDENTIFIER[-3:] + b"\x01\x00"
    assert (answer.target_system, answer.target_component, answer.payload_type) == (1, 191, 49360)
    assert (answer.get_srcSystem(), answer.get_srcComponent()) == (254, 190)
    assert [(h["source"], h["peak_kelvin"], h["fix"]["lat_deg"]) for h in stored] == [
        ("radio", 650.0, 43.5)
    ]


def test_repeated_report_is_acknowledged_again(station: Any, vehicle: Vehicle) -> None:
    for _ in range(2):
        vehicle.tunnel(BRIEF)
        vehicle.receive("TUNNEL")
    assert len(items(station, "hotspots")["items"]) == 1


def test_station_announces_itself(vehicle: Vehicle) -> None:
    vehicle.fly()
    beat = vehicle.receive("HEARTBEAT")
    assert (beat.get_srcSystem(), beat.get_srcComponent()) == (254, 190)
    assert (beat.type, beat.autopilot) == (dialect.MAV_TYPE_GCS, dialect.MAV_AUTOPILOT_INVALID)


def test_vehicle_appears_with_mode_battery_heading_footprint_and_health(
    station: Any, vehicle: Vehicle, wait: Callable[..., Any]
) -> None:
    vehicle.tunnel(FOOTPRINT)
    vehicle.tunnel(HEALTH)
    vehicle.fly()
    (seen,) = wait(lambda: [v for v in items(station, "vehicles") if v["state"]], "the vehicle")
    state = seen["state"]
    assert (state["lat_deg"], state["lon_deg"], state["alt_amsl_m"]) == (43.5, 131.5, 350.0)
    assert (state["height_above_home_m"], state["heading_deg"]) == (100.0, 90.0)
    assert (state["mode"], state["armed"]) == ("AUTO", True)
    assert (state["battery_percent"], state["speed_m_s"]) == (71.0, 5.0)
    assert len(state["footprint"]) == 4
    assert seen["health"]["problems"] == ["camera_lost"]
    assert seen["health"]["spool_backlog"] == 1


def test_two_vehicles_share_a_link_and_no_position_is_no_vehicle(
    station: Any, vehicle: Vehicle, wait: Callable[..., Any]
) -> None:
    other = Vehicle(station.station.radio[0].status().url.removeprefix("udpin:"), 2)
    vehicle.send.global_position_int_send(0, 0, 0, 0, 0, 0, 0, 0, 65535)
    other.fly()
    wait(lambda: items(station, "vehicles"), "the second vehicle")
    assert [v["system_id"] for v in items(station, "vehicles")] == [2]
    vehicle.fly()
    wait(lambda: len(items(station, "vehicles")) == 2, "the first vehicle")
    other.close()


@pytest.mark.parametrize(
    "payload", [b"", b"\x01", b"\x09" + bytes(60), BRIEF[:58], b"\x01" + b"\xff" * 58]
)
def test_broken_report_is_not_acknowledged_and_the_link_lives(
    station: Any, vehicle: Vehicle, payload: bytes
) -> None:
    vehicle.tunnel(payload)
    vehicle.tunnel(BRIEF)
    answer = vehicle.receive("TUNNEL")
    assert bytes(answer.payload[1:4]) == IDENTIFIER[-3:]
    assert len(items(station, "hotspots")["items"]) == 1


def test_missing_radio_is_told_and_tried_again_without_haste(
    run_station: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    made = run_station(radio={"links": ["serial:/dev/kedrovka-not-there:57600"]})
    link = made.station.radio[0]
    wait(lambda: link.status().last_error, "the error")
    before_s, before = time.process_time(), link.status().reconnects
    wait(lambda: link.status().reconnects > before, "another try")
    assert time.process_time() - before_s < 1.0
    told = made.client.get("/healthz").json()["radio"][0]
    assert (told["open"], told["hearing"]) == (False, False)
    assert "/dev/kedrovka-not-there" in told["last_error"]
