"""Every recorded exchange with a real ArduCopter 4.5.6, held against our vehicle.

The client's side is replayed at the recorded seconds since boot, in sessions as they were
recorded: one vehicle from boot on. What may differ stands in ALLOWED, with the reason.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.scenario import load as scenario
from sim.simulation import Simulation
from sim.world.terrain import Ground
from tests.sim.replay import Exchange, load, play

HEIGHT_M = 200
PLACE = ("home.lat_deg=42.95", "home.lon_deg=131.40", "home.alt_amsl_m=200")
WIND = ("wind.speed_m_s=6", "wind.from_deg=240")
WORLD = (*PLACE, *WIND, "clock.drift_ppm=0", "noise.gps_m=0", "noise.altitude_m=0")
SET_UP = ("mission_upload", "mission_set_current")
"""What had come before in the session of the commands."""
SESSIONS: dict[str, tuple[tuple[str, float], ...]] = {
    "plans and parameters": (
        ("request_data_stream", 10.1),
        ("param_download_list", 29.0),
        ("param_read_set", 29.86),
        ("mission_upload", 34.4),
        ("mission_download", 35.6),
        ("mission_download_old", 36.2),
        ("mission_set_current", 36.55),
        ("mission_upload_lost_item", 38.58),
        ("mission_upload_abandoned", 40.67),
        ("mission_upload_bad_item", 52.7),
        ("mission_upload_old_item_message", 55.9),
        ("mission_clear", 57.1),
        ("fence_and_rally", 57.7),
    ),
    "commands": (
        ("mission_upload", 35.0),
        ("mission_set_current", 36.55),
        ("connect_handshake_pymavlink", 83.28),
        ("set_message_interval", 91.31),
        ("mode_change", 94.45),
        ("arm_disarm", 101.47),
        ("unsupported_commands", 107.49),
        ("camera_protocol", 109.54),
        ("gimbal_protocol", 127.65),
        ("timesync", 142.76),
        ("wind_and_high_latency", 147.79),
        ("guided_flight", 171.38),
        ("log_list_download", 242.0),
        ("companion_forwarding", 266.89),
    ),
    "dronekit": (("handshake_dronekit_connect_fly", 0.0),),
    "MAVSDK before GPS": (("handshake_mavsdk", 0.05),),
    "MAVSDK": (("mavsdk_fly", 44.75),),
    "MAVProxy": (("handshake_mavproxy", 132.86),),
    "files": (("param_download_ftp_mavproxy", 132.86),),
    "aircraft": (("companion_adsb_and_unknown", 0.0),),
}
ALLOWED: tuple[tuple[str, str, str], ...] = (
    ("mission_download", r"MISSION_ITEM_INT 0 0 16 ", "item 0 is home, where each GPS put it"),
    ("fence_and_rally", r"^\+ PARAM_VALUE RALLY_TOTAL", "the recording ends before it"),
    ("handshake|companion_adsb", "Field Elevation", "two parameters of the same instant"),
    ("param_download_ftp", r"^\+ STATUSTEXT", "the recording holds file transfers alone"),
)
"""Exchange (a pattern), difference (a pattern), reason."""


@pytest.fixture(scope="module")
def replayed(
    shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], list[Exchange]]:
    """Exchanges of a session, replayed once, over ground as flat as SITL's."""
    land = tmp_path_factory.mktemp("flat")
    posts = 1201
    (land / "N42E131.hgt").write_bytes(HEIGHT_M.to_bytes(2, "big") * posts * posts)
    done: dict[str, list[Exchange]] = {}

    def get(session: str) -> list[Exchange]:
        if session not in done:
            done[session] = [load(shared, name, at_s) for name, at_s in SESSIONS[session]]
            play(_vehicle(land, session), done[session])
        return done[session]

    return get


def _vehicle(land: Path, session: str) -> Simulation:
    kept = {"ADSB_TYPE": 1.0} if session == "aircraft" else {}
    return Simulation(scenario("ready-to-fly", WORLD), Ground(land), 1_780_000_000.0, kept)


NAMED = [
    (session, at, name)
    for session, rows in SESSIONS.items()
    for at, (name, _) in enumerate(rows)
    if not (session == "commands" and name in SET_UP)
]


@pytest.mark.parametrize(("session", "at", "name"), NAMED, ids=[row[2] for row in NAMED])
def test_the_same_client_hears_the_same(
    replayed: Callable[[str], list[Exchange]], session: str, at: int, name: str
) -> None:
    exchange = replayed(session)[at]
    unexplained = [
        line
        for line in exchange.differences
        if not any(re.search(who, name) and re.search(what, line) for who, what, _ in ALLOWED)
    ]
    assert not unexplained, "\n".join(unexplained)
