"""A whole survey from pixels to hotspots: what was found, what was not, and how far off.

The simulator flies `fire-patrol` once over every line and once back, its telemetry goes into a
log as a ground station would write it, and its frames through the pipeline. Both ends have their
own earth, optics and clock, so nothing agrees because it shares a mistake. `sim.scoring` judges.

    python -m benchmarks.flight [SEED...]     every hotspot on a line; seed 1 unless told
"""

import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pymavlink.dialects.v20 import ardupilotmega as dialect

from benchmarks.report import figure
from firmware_bridge.messages import Hotspot
from firmware_bridge.settings import load_settings
from onboard.camera import EndOfFrames, Ffc, Frame, Radiometry
from onboard.config import OnboardSettings
from onboard.replay import Outcome, replay_pictures, samples_from
from sim.camera import Scene, truth
from sim.camera.sensor import Microbolometer
from sim.scenario import Scenario, load
from sim.scoring.score import Score, Timeline, judge, ranked, words
from sim.scoring.seen import Seen, Watch
from sim.scoring.told import Told
from sim.shot import Shot
from sim.simulation import Simulation
from sim.world import World
from sim.world.relief import COARSE_POSTS
from sim.world.terrain import Ground, ensure_tile

SCENARIO = "fire-patrol"
FLIGHT_S = 420.0
"""All six lines, and the first one again."""
WANTED = frozenset({"fire", "person"})
START_UNIX_S = 1_780_000_000.0
TIMELINE = Timeline(datetime.fromtimestamp(START_UNIX_S, UTC))
LINK = 1
TELEMETRY_HZ = 50
TELEMETRY = (30, 31, 33, 285)
"""ATTITUDE, ATTITUDE_QUATERNION, GLOBAL_POSITION_INT, GIMBAL_DEVICE_ATTITUDE_STATUS."""
CLOCK_SIGMA_S = 0.005


class SimulatedCamera:
    """Frames of a flight that was flown, rendered when they are read; a file camera to onboard."""

    url, live = "simulation", False

    def __init__(self, scenario: Scenario, world: World, shots: list[Shot]) -> None:
        self._scene = Scene(scenario, world)
        self._sensor = Microbolometer(scenario.camera, scenario.seed)
        self._shots = iter(shots)
        self.watch = Watch()

    def read(self, timeout_s: float) -> Frame | None:
        """The next frame, stamped without error."""
        shot = next(self._shots, None)
        if shot is None:
            raise EndOfFrames("the flight is over")
        view = self._scene.render(shot)
        exposure = self._sensor.expose(view.kelvin, shot.time_s)
        self.watch.note(json.loads(truth.line(shot, view, exposure, camera_time_ns=0)))
        return Frame(
            START_UNIX_S + shot.time_s, shot.sequence, exposure.pixels, Radiometry.CENTIKELVIN,
            CLOCK_SIGMA_S, "simulated", self._sensor.saturation, Ffc(exposure.ffc),
        )  # fmt: skip

    def close(self) -> None:
        """Nothing to let go."""


def run(seeds: Sequence[int] = (1,), explained: bool = False) -> None:
    """Fly every seed and print the figures."""
    began_s, scores = time.process_time(), []
    with TemporaryDirectory() as folder:
        ensure_tile(Path(folder), "N43E131", posts=COARSE_POSTS)
        for seed in seeds:
            scores.append(score(*fly(Path(folder), seed)))
            if explained:
                explain(seed, scores[-1])
    tell(scores)
    spent_s = time.process_time() - began_s
    figure(
        f"CPU time, simulator included, for {len(seeds) * FLIGHT_S:.0f} s of flight, s",
        f"{spent_s:.0f}",
    )


def tell(scores: list[Score]) -> None:
    """The figures of all flights together."""
    for kind in sorted(WANTED):
        found = [f for s in scores for f in s.found if f.thing.kind == kind]
        seen = len(found) + sum(thing.kind == kind for s in scores for thing in s.missed)
        figure(f"{kind}: found of those seen", f"{len(found)} of {seen}", f"{seen}")
        figure("  position error, median and largest, m", _spread([f.away_m for f in found]))
        inside = sum(f.inside_ce90 for f in found)
        figure("  truth within CE90", f"{inside} of {len(found)}", "9 in 10")
        figure(
            "  CE90, median and largest, m",
            _spread([f.told.fix.ce90_m for f in found if f.told.fix]),
        )
    figure("told twice", str(sum(len(s.told_twice) for s in scores)), "0")
    figure("false fires", str(sum(len(s.false_fires) for s in scores)), "0")
    figure("signatures at warm rocks", str(sum(len(s.at_decoys) for s in scores)))
    figure("signatures at nothing", str(sum(len(s.at_nothing) for s in scores)), "0")
    figure("without a place", str(sum(s.unlocated for s in scores)), "0")


def score(things: list[Seen], hotspots: list[Hotspot]) -> Score:
    """Of one flight."""
    return judge(things, [Told.model_validate(h) for h in hotspots], TIMELINE, WANTED)


def fly(folder: Path, seed: int) -> tuple[list[Seen], list[Hotspot]]:
    """One flight: what its camera saw, and the hotspots."""
    scenario = load(SCENARIO, [f"seed={seed}"])
    simulation = Simulation(scenario, Ground(folder), START_UNIX_S)
    log = folder / f"{seed}.tlog"
    camera = SimulatedCamera(scenario, simulation.world, log_flight(simulation, log))
    outcome = Outcome()
    samples = samples_from(log, START_UNIX_S)
    for report in replay_pictures(camera, settings(folder, scenario), samples, outcome):
        del report  # the outcome keeps the newest revision of each
    return camera.watch.things, list(outcome.hotspots.values())


def log_flight(simulation: Simulation, log: Path) -> list[Shot]:
    """Fly; the telemetry goes to the log, the shots come back unrendered."""
    client = dialect.MAVLink(None, 255, 190)
    autopilot, shots = simulation.autopilot, []
    autopilot.connect(LINK, 0.0)
    for number in TELEMETRY:
        order = dialect.MAVLink_command_long_message(
            1, 1, dialect.MAV_CMD_SET_MESSAGE_INTERVAL, 0, number, 1e6 / TELEMETRY_HZ, 0, 0, 0, 0, 0
        )
        autopilot.receive(LINK, order.pack(client), 0.0)
    parser = dialect.MAVLink(None)
    with log.open("wb") as out:
        while simulation.time_s < FLIGHT_S:
            shot = simulation.step()
            if shot is not None:
                shots.append(shot)
            stamp = round((START_UNIX_S + simulation.time_s) * 1e6).to_bytes(8, "big")
            for message in parser.parse_buffer(autopilot.data_to_send(LINK)) or ():
                out.write(stamp + bytes(message.get_msgbuf()))
    return shots


def settings(folder: Path, scenario: Scenario) -> OnboardSettings:
    """What an operator would write of this vehicle."""
    camera = {
        "lens": {"horizontal_fov_deg": scenario.camera.horizontal_fov_deg},
        "mount": {"lever_frd_m": list(scenario.camera.lever_frd_m)},
    }
    tables = {"camera": camera, "terrain": {"folder": str(folder)}}
    return load_settings(OnboardSettings, None, "onboard", tables)


def explain(seed: int, score: Score) -> None:
    """Every hotspot on a line of its own."""
    for found in score.found:
        assert found.told.fix is not None
        print(
            f"    seed {seed}: {found.thing.id} {found.away_m:.1f} m off, "
            f"CE90 {found.told.fix.ce90_m:.1f} m: {words(found.told, TIMELINE)}",
            flush=True,
        )
    for what, rows in (
        ("missed", [thing.id for thing in score.missed]), ("told twice", score.told_twice),
        ("false fire", score.false_fires), ("at a rock", score.at_decoys),
        ("at nothing", score.at_nothing),
    ):  # fmt: skip
        for row in rows:
            print(f"    seed {seed}: {what}: {row}", flush=True)


def _spread(values: list[float]) -> str:
    return f"{ranked(values, 0.5):.1f}, {max(values):.1f}" if values else "none"


if __name__ == "__main__":
    run([int(seed) for seed in sys.argv[1:]] or (1,), explained=True)
