"""MAVSDK on a real port: telemetry, parameters, camera, gimbal, a mission and actions.

What it does not manage on a real ArduCopter 4.5 it must not manage here either: each such place
says why.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pymavlink import mavutil

pytest.importorskip("mavsdk", reason="no wheel of mavsdk for this platform")

from mavsdk.autopilot import Autopilot
from mavsdk.component_type import ComponentType
from mavsdk.mavsdk import Configuration, Mavsdk
from mavsdk.plugins import action, camera, gimbal, mission, mission_raw, param, telemetry

pytestmark = pytest.mark.xdist_group("mavsdk")

DEADLINE_S = 60.0
SPEEDUP = "8"
HEIGHT_M = 12.0
METRES_PER_DEGREE = 111_195.0
NONE = math.nan


@dataclass
class Client:
    """One vehicle as MAVSDK sees it, and one more link to see what it did."""

    system: Any
    telemetry: Any
    witness: mavutil.mavfile
    texts: list[str] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def listen(self) -> None:
        """Positions ten times a second and every text wake up whoever waits."""
        self.telemetry.subscribe_status_text(lambda text, _: self._hear(text.text))
        self.telemetry.subscribe_position(lambda position, _: self._hear())
        for name in ("health", "position", "attitude_euler", "battery", "gps_info", "landed_state"):
            getattr(self.telemetry, f"set_rate_{name}")(10.0)

    def _hear(self, *texts: str) -> None:
        with self._news:
            self.texts += texts
            self._news.notify_all()

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Fails when it does not come true before the deadline."""
        with self._news:
            assert self._news.wait_for(condition, DEADLINE_S), f"{what}; heard {self.texts}"

    def place_m(self, home: Any) -> tuple[float, float, float]:
        """North, east and height of the vehicle over `home`."""
        now = self.telemetry.position()
        north = (now.latitude_deg - home.latitude_deg) * METRES_PER_DEGREE
        east = (now.longitude_deg - home.longitude_deg) * METRES_PER_DEGREE
        return north, east * math.cos(math.radians(home.latitude_deg)), now.relative_altitude_m

    def saw(self, kind: str, condition: Callable[[Any], object] = bool) -> Any:
        """The next such message on the other link."""
        end_s = time.monotonic() + DEADLINE_S
        while (left_s := end_s - time.monotonic()) > 0:
            message = self.witness.recv_match(type=kind, blocking=True, timeout=left_s)
            if message is not None and condition(message):
                return message
        raise AssertionError(f"no such {kind} within {DEADLINE_S} s")


@pytest.fixture(scope="module")
def client(module_simulator: Callable[..., dict[str, Any]]) -> Iterator[Client]:
    """Connected to a vehicle that has just become ready to fly."""
    url = module_simulator("--speedup", SPEEDUP, "--camera", "none")["autopilot"][0]
    witness = mavutil.mavlink_connection(url, source_system=254)
    with Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION)) as library:
        library.add_any_connection(f"tcpout://{url.removeprefix('tcp:')}")
        system = library.first_autopilot(DEADLINE_S)
        assert system is not None
        client = Client(system, telemetry.Telemetry(system), witness)
        client.listen()
        client.until(lambda: client.telemetry.health().is_global_position_ok, "no position")
        client.until(lambda: client.telemetry.health().is_armable, "not armable")
        yield client
    witness.close()


def test_it_sees_an_ardupilot_and_its_state(client):
    assert client.system.autopilot_type() == Autopilot.ARDUPILOT
    assert client.system.component_ids() == [1]
    told = client.telemetry
    assert told.position().latitude_deg == pytest.approx(43.187, abs=1e-3)
    assert abs(told.position().relative_altitude_m) < 10
    assert told.landed_state() == telemetry.LandedState.ON_GROUND
    assert not told.armed()
    assert told.gps_info().num_satellites >= 8
    assert told.battery().voltage_v == pytest.approx(12.6, abs=0.3)
    assert abs(told.attitude_euler().roll_deg) < 3
    assert told.health().is_gyrometer_calibration_ok


def test_it_reads_and_changes_parameters(client):
    parameters = param.Param(client.system)
    everything = parameters.get_all_params()
    assert len(everything.float_params) + len(everything.int_params) == 1396
    parameters.set_param_float("WPNAV_SPEED", 700.0)
    assert parameters.get_param_float("WPNAV_SPEED") == 700.0
    parameters.set_param_int("RTL_ALT", 1800)
    assert parameters.get_param_int("RTL_ALT") == 1800


def test_nobody_answers_for_a_parameter_that_does_not_exist(client):
    with pytest.raises(param.ParamError) as refusal:
        param.Param(client.system).get_param_float("THR_MIN")
    assert "TIMEOUT" in str(refusal.value)


def test_the_autopilot_is_its_camera_and_takes_photos(client):
    cameras = camera.Camera(client.system)
    client.until(lambda: cameras.camera_list().cameras, "no camera")
    (only,) = cameras.camera_list().cameras
    assert (only.component_id, only.model_name) == (1, "")
    cameras.take_photo(1)
    first = client.saw("CAMERA_FEEDBACK").img_idx
    cameras.start_photo_interval(1, 1.0)
    client.saw("CAMERA_FEEDBACK", lambda photo: photo.img_idx == first + 2)
    cameras.stop_photo_interval(1)


def test_a_servo_shutter_films_nothing_and_stores_nothing(client):
    cameras = camera.Camera(client.system)
    for refused in (lambda: cameras.start_video(1), lambda: cameras.get_storage(1)):
        with pytest.raises(camera.CameraError):
            refused()


def test_its_gimbal_plugin_finds_none_for_want_of_device_information(client):
    """The real one fails GIMBAL_DEVICE_INFORMATION too, and MAVSDK wants it before all else."""
    gimbals = gimbal.Gimbal(client.system)
    client.witness.mav.command_long_send(1, 1, 511, 0, 285, 100_000, 0, 0, 0, 0, 0)
    told = client.saw("GIMBAL_DEVICE_ATTITUDE_STATUS")
    assert told.gimbal_device_id in (0, 1)
    assert gimbals.gimbal_list().gimbals == []
    with pytest.raises(gimbal.GimbalError) as refusal:
        gimbals.get_attitude(1)
    assert "INVALID_ARGUMENT" in str(refusal.value)


def _item(home: Any, north_m: float, east_m: float, **other: Any) -> mission.MissionItem:
    east_m_per_degree = METRES_PER_DEGREE * math.cos(math.radians(home.latitude_deg))
    fields = {
        "latitude_deg": home.latitude_deg + north_m / METRES_PER_DEGREE,
        "longitude_deg": home.longitude_deg + east_m / east_m_per_degree,
        "relative_altitude_m": HEIGHT_M + 8,
        "speed_m_s": 6.0,
        "is_fly_through": True,
        "gimbal_pitch_deg": NONE,
        "gimbal_yaw_deg": NONE,
        "camera_action": mission.MissionItem.CameraAction.TAKE_PHOTO,
        "loiter_time_s": NONE,
        "camera_photo_interval_s": NONE,
        "acceptance_radius_m": 2.0,
        "yaw_deg": NONE,
        "camera_photo_distance_m": NONE,
        "vehicle_action": mission.MissionItem.VehicleAction.NONE,
    }
    return mission.MissionItem(**(fields | other))


def test_a_mission_that_ends_with_its_return_is_refused(client):
    """MAVSDK leaves the parameters of NAV_RETURN_TO_LAUNCH not-a-number; ArduCopter minds."""
    missions = mission.Mission(client.system)
    plan = mission.MissionPlan([_item(client.telemetry.position(), 0, 0)])
    missions.set_return_to_launch_after_mission(True)
    with pytest.raises(mission.MissionError) as refusal:
        missions.upload_mission(plan)
    assert "INVALID_ARGUMENT" in str(refusal.value)
    missions.set_return_to_launch_after_mission(False)


def test_it_flies_a_mission_and_comes_back(client):
    missions, acts = mission.Mission(client.system), action.Action(client.system)
    home = client.telemetry.position()
    # The first waypoint takes the place of home, as with every ArduPilot.
    corners = [(0, 0), (40, 0), (40, 30)]
    missions.upload_mission(mission.MissionPlan([_item(home, *corner) for corner in corners]))
    stored = mission_raw.MissionRaw(client.system).download_mission()
    assert [item.command for item in stored] == [16, 178, 2000] * 3
    acts.set_takeoff_altitude(HEIGHT_M)
    acts.arm()
    acts.takeoff()
    client.until(lambda: client.place_m(home)[2] > HEIGHT_M - 1, "does not climb")
    assert client.telemetry.in_air()
    missions.start_mission()
    client.until(lambda: client.telemetry.flight_mode() == telemetry.FlightMode.MISSION, "no AUTO")
    client.until(lambda: "Reached command #6" in client.texts, "the last waypoint is not reached")
    assert client.place_m(home) == pytest.approx((40, 30, HEIGHT_M + 8), abs=4)
    acts.hold()
    acts.goto_location(home.latitude_deg, home.longitude_deg, home.absolute_altitude_m + 15, NONE)
    client.until(lambda: math.hypot(*client.place_m(home)[:2]) < 10, "does not go where it is told")
    acts.return_to_launch()
    client.until(lambda: not client.telemetry.armed(), "does not land")
    assert math.hypot(*client.place_m(home)[:2]) < 4


def test_it_is_told_why_it_may_not_arm(client):
    acts = action.Action(client.system)
    acts.hold()
    with pytest.raises(action.ActionError):
        acts.arm()
    client.until(lambda: "Arm: BRAKE mode not armable" in client.texts, "no reason")
