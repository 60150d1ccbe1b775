"""A recorded flight of a real ArduCopter, and the same mission flown here in the same wind.

A log (.tlog) is 8 bytes of big-endian microseconds and a MAVLink frame, again and again. Places
are metres north and east of home and up, as LOCAL_POSITION_NED has them.
"""

import math
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.flight.plan import Item
from sim.scenario import parse
from sim.simulation import Simulation
from sim.world.terrain import Ground

HOME = (42.95, 131.40, 200.0)
WIND_M_S, WIND_FROM_DEG, TURBULENCE_M_S, TURBULENCE_MEMORY_S = 6.0, 240.0, 0.2, 0.04
"""Of the recordings: SIM_WIND_SPD, _DIR; the gusts make the tilt tremble by 0.3 deg as theirs."""
AUTO, RTL_ITEM = 3, 17
SAMPLE_S = 0.25
LONGEST_S = 500.0
START_UNIX_S = 1_780_000_000.0


@dataclass(slots=True)
class Flight:
    """What happened from the start of AUTO to disarming; times from the start of AUTO."""

    samples: list[tuple[float, ...]] = field(default_factory=list)
    """Time s; north, east, up m; their velocities m/s; tilt and heading deg."""
    reached_s: dict[int, float] = field(default_factory=dict)
    """When each mission item was told as reached."""
    waypoints: dict[int, tuple[float, float, float]] = field(default_factory=dict)
    """North, east, up."""
    pictures: int = 0
    end_s: float = 0.0
    """Disarmed."""

    def columns(self) -> np.ndarray:
        """(N, 9) float64: the samples."""
        return np.array(self.samples)


def frames(path: Path) -> list[tuple[float, Any]]:
    """Every message with its time in seconds."""
    data, at, out = path.read_bytes(), 0, []
    parser = dialect.MAVLink(None)
    parser.robust_parsing = True
    while at + 10 < len(data):
        (stamp,) = struct.unpack_from(">Q", data, at)
        at += 8
        new = data[at] == 0xFD
        size = data[at + 1] + (12 if new else 8) + (13 if new and data[at + 2] & 1 else 0)
        out += [(stamp / 1e6, m) for m in parser.parse_buffer(data[at : at + size]) or ()]
        at += size
    return out


def recorded(path: Path) -> tuple[Flight, list[Item]]:
    """The flight in a log, and the mission that was uploaded."""
    flight, items = Flight(), {}
    zero_s, attitude = None, None
    for time_s, m in frames(path):
        kind = m.get_type()
        if kind == "MISSION_ITEM_INT":
            params = (m.param1, m.param2, m.param3, m.param4)
            items[m.seq] = Item(m.command, m.frame, *params, m.x, m.y, m.z, m.autocontinue)
        elif kind == "HEARTBEAT" and m.get_srcSystem() == 1:
            if zero_s is None and m.custom_mode == AUTO and m.base_mode & 128:
                zero_s = time_s
            elif zero_s is not None and not m.base_mode & 128:
                break
        elif zero_s is None:
            continue
        elif kind == "ATTITUDE":
            attitude = m
        elif kind == "LOCAL_POSITION_NED" and attitude is not None:
            flight.samples.append(_sample(time_s - zero_s, m, attitude))
        elif kind == "MISSION_ITEM_REACHED":
            flight.reached_s[m.seq] = time_s - zero_s
        elif kind == "CAMERA_FEEDBACK":
            flight.pictures += 1
        elif kind == "STATUSTEXT" and m.text == "Disarming motors":
            flight.end_s = time_s - zero_s
    mission = [items[seq] for seq in sorted(items)]
    flight.waypoints = _places(mission)
    return flight, mission


def _sample(time_s: float, place: Any, attitude: Any) -> tuple[float, ...]:
    tilt = math.acos(math.cos(attitude.roll) * math.cos(attitude.pitch))
    return (
        time_s, place.x, place.y, -place.z, place.vx, place.vy, -place.vz,
        math.degrees(tilt), math.degrees(attitude.yaw),
    )  # fmt: skip


def _places(mission: list[Item]) -> dict[int, tuple[float, float, float]]:
    metres = 111_085.0, 81_600.0
    return {
        seq: ((i.lat_deg - HOME[0]) * metres[0], (i.lon_deg - HOME[1]) * metres[1], i.z)
        for seq, i in enumerate(mission)
        if i.command == dialect.MAV_CMD_NAV_WAYPOINT and seq
    }


def flown(mission: list[Item], folder: Path, seed: int = 1) -> Flight:
    """The same mission here, over flat ground that is written to `folder`."""
    np.full((1201, 1201), HOME[2], ">i2").tofile(folder / "N42E131.hgt")
    scenario = parse(
        {
            "seed": seed,
            "home": {"lat_deg": HOME[0], "lon_deg": HOME[1]},
            "vehicle": {"start": "ground", "speed_m_s": 10.0},
            "wind": {
                "speed_m_s": WIND_M_S, "from_deg": WIND_FROM_DEG, "gust_m_s": TURBULENCE_M_S,
                "gust_memory_s": TURBULENCE_MEMORY_S,
            },
            "noise": {"gps_m": 0.2, "altitude_m": 0.2, "tilt_deg": 0.2, "yaw_deg": 0.3},
        },
        "recorded flight",
    )  # fmt: skip
    simulation = Simulation(scenario, Ground(folder), START_UNIX_S)
    copter = simulation.copter
    copter.plan.mission[:] = mission
    copter.plan_changed(0)
    _until_armed(simulation)
    return _watch(simulation)


def _until_armed(simulation: Simulation) -> None:
    copter = simulation.copter
    copter.set_mode(4)
    while copter.arm().result != 0:
        for _ in range(200):
            copter.step()
        assert copter.now_s < 60, "it can be armed 42 s after power-up, as recorded"
    for _ in range(220):
        copter.step()
    assert copter.set_mode(AUTO).result == 0


def _watch(simulation: Simulation) -> Flight:
    copter, world = simulation.copter, simulation.world
    flight, zero_s, every = Flight(), copter.now_s, round(SAMPLE_S / 0.005)
    flight.waypoints = _places(copter.plan.mission)
    while flight.end_s == 0 and copter.now_s - zero_s < LONGEST_S:
        for _ in range(every):
            copter.step()
            while copter.reached:
                flight.reached_s[copter.reached.popleft()] = copter.now_s - zero_s
        if not copter.armed:
            flight.end_s = copter.now_s - zero_s
        s = copter.state
        tilt = math.degrees(math.acos(math.cos(s.roll_rad) * math.cos(s.pitch_rad)))
        flight.samples.append(
            (
                copter.now_s - zero_s,
                s.north_m,
                s.east_m,
                s.alt_amsl_m - world.home_alt_amsl_m,
                s.north_m_s,
                s.east_m_s,
                -s.down_m_s,
                tilt,
                math.degrees(s.yaw_rad),
            )
        )
    flight.pictures = copter.pictures
    return flight


def overshoot_m(flight: Flight, seq: int) -> float:
    """How far beyond a waypoint it went, along the way there, within 6 s of being there."""
    here, before = flight.waypoints[seq], flight.waypoints.get(seq - 1, (0.0, 0.0, 0.0))
    way = np.array(here[:2]) - np.array(before[:2])
    way /= np.linalg.norm(way)
    rows = flight.columns()
    near = np.abs(rows[:, 0] - flight.reached_s[seq]) < 6.0
    return float(max(((rows[near, 1:3] - np.array(here[:2])) @ way).max(), 0.0))


def cruise(flight: Flight, seq: int) -> tuple[float, float]:
    """Median speed (m/s) and tilt (deg) over the middle third of the leg to a waypoint."""
    start, end = flight.reached_s[seq - 1], flight.reached_s[seq]
    rows = flight.columns()
    third = (end - start) / 3
    middle = (rows[:, 0] > start + third) & (rows[:, 0] < end - third)
    return (
        float(np.median(np.hypot(rows[middle, 4], rows[middle, 5]))),
        float(np.median(rows[middle, 7])),
    )
