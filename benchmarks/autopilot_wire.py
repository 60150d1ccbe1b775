"""The simulated autopilot's telemetry: bytes a second against the real one's, and what it costs."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from pymavlink.dialects.v20 import ardupilotmega as mav

from benchmarks.report import figure
from sim.scenario import load
from sim.simulation import Simulation
from sim.world.relief import COARSE_POSTS
from sim.world.terrain import Ground, ensure_tile

RECORDED_BYTES_PER_S = {"MAVProxy": 5234, "QGroundControl": 4874}
"""Of an ArduCopter 4.5.6 in AUTO, one TIMESYNC answer a second included."""
RATES = {
    "MAVProxy": ((0, 4),),
    "QGroundControl": ((1, 2), (2, 2), (3, 2), (6, 3), (10, 10), (11, 10), (12, 3)),
}
"""MAV_DATA_STREAM and hertz, as either program asks."""
INTERVALS_US = ((31, 100_000), (285, 100_000), (242, 5_000_000), (245, 1_000_000))
FLIGHT_S, WARM_UP_S = 60.0, 2.0
STEPS_PER_S = 200
LINK = 1


def run() -> None:
    """Print the figures; CPU time of this process."""
    with TemporaryDirectory() as folder:
        ensure_tile(Path(folder), "N43E131", posts=COARSE_POSTS)
        _, silent_s = _fly(Path(folder), ())
        figure("flight alone, us a step of 5 ms", _per_step(silent_s))
        for name, streams in RATES.items():
            sent, spent_s = _fly(Path(folder), streams)
            real = RECORDED_BYTES_PER_S[name]
            share = f"{100 * sent / FLIGHT_S / real:.1f} %"
            figure(f"{name}'s rates, of the real one's {real} bytes/s", share, "wanted 95..105 %")
            figure(f"{name}'s rates, us a step more", _per_step(spent_s - silent_s), "wanted <= 30")
            figure(f"{name}'s rates, x real time", f"{FLIGHT_S / spent_s:.0f}", "wanted >= 50")


def _per_step(spent_s: float) -> str:
    return f"{spent_s / (FLIGHT_S * STEPS_PER_S) * 1e6:.0f}"


def _fly(folder: Path, streams: tuple[tuple[int, int], ...]) -> tuple[int, float]:
    """Bytes sent and seconds spent on one minute."""
    simulation = Simulation(load("fire-patrol"), Ground(folder), 1_780_000_000.0)
    autopilot, client = simulation.autopilot, mav.MAVLink(None, 255, 190)
    autopilot.connect(LINK, 0.0)
    orders = [mav.MAVLink_request_data_stream_message(1, 1, s, hz, 1) for s, hz in streams]
    if streams:
        orders += [
            mav.MAVLink_command_long_message(1, 1, 511, 0, number, us, 0, 0, 0, 0, 0)
            for number, us in INTERVALS_US
        ]
    for order in orders:
        autopilot.receive(LINK, order.pack(client), 0.0)
    while simulation.time_s < WARM_UP_S:
        simulation.step()
    autopilot.data_to_send(LINK)
    sent, began_s = 0, time.process_time()
    for second in range(round(FLIGHT_S)):
        ask = mav.MAVLink_timesync_message(0, second + 1_000_000_000_000)
        autopilot.receive(LINK, ask.pack(client), simulation.time_s)
        for _ in range(STEPS_PER_S):
            simulation.step()
        sent += len(autopilot.data_to_send(LINK))
    return sent, time.process_time() - began_s
