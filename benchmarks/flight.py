"""A whole survey from pixels to hotspots: what was found, what was not, and how far off.

The simulator flies `fire-patrol` once over every line and once back, its telemetry goes into a
log as a ground station would write it, and its frames through the pipeline. Both ends have their
own earth, optics and clock, so nothing agrees because it shares a mistake. A hotspot is matched
with the nearest truth within `MATCH_M`; a second one at the same truth is told twice, one at a
warm rock or at nothing is a false alarm.

    python -m benchmarks.flight [SEED...]     every hotspot on a line; seed 1 unless told
"""

import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from pymavlink.dialects.v20 import ardupilotmega as dialect

from benchmarks.report import figure
from firmware_bridge.messages import HeatKind, Hotspot
from firmware_bridge.settings import load_settings
from onboard.camera import EndOfFrames, Ffc, Frame, Radiometry
from onboard.config import OnboardSettings
from onboard.replay import Outcome, replay_pictures, samples_from
from sim.camera import Scene
from sim.camera.sensor import Microbolometer
from sim.scenario import Scenario, load
from sim.shot import Shot
from sim.simulation import Simulation
from sim.world import World
from sim.world.relief import COARSE_POSTS
from sim.world.target import Target
from sim.world.terrain import Ground, ensure_tile

SCENARIO = "fire-patrol"
FLIGHT_S = 420.0
"""All six lines, and the first one again."""
MATCH_M = 20.0
WANTED = {"fire": HeatKind.FIRE, "person": HeatKind.SIGNATURE}
START_UNIX_S = 1_780_000_000.0
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
        self.in_view: Counter[str] = Counter()
        """Frames that showed at least half of each target."""

    def read(self, timeout_s: float) -> Frame | None:
        """The next frame, stamped without error."""
        shot = next(self._shots, None)
        if shot is None:
            raise EndOfFrames("the flight is over")
        view = self._scene.render(shot)
        self.in_view.update(s.target.id for s in view.sights if s.box_px and s.visible > 0.5)
        exposure = self._sensor.expose(view.kelvin, shot.time_s)
        return Frame(
            START_UNIX_S + shot.time_s, shot.sequence, exposure.pixels, Radiometry.CENTIKELVIN,
            CLOCK_SIGMA_S, "simulated", self._sensor.saturation, Ffc(exposure.ffc),
        )  # fmt: skip

    def close(self) -> None:
        """Nothing to let go."""


@dataclass(slots=True)
class Verdict:
    """Hotspots of one flight against the truth."""

    found: list[tuple[Target, Hotspot, float]] = field(default_factory=list)
    """Truth, the nearest hotspot of the right kind, and metres between them."""
    missed: list[Target] = field(default_factory=list)
    told_twice: list[str] = field(default_factory=list)
    false_fires: list[str] = field(default_factory=list)
    at_rocks: list[str] = field(default_factory=list)
    at_nothing: list[str] = field(default_factory=list)
    unlocated: int = 0


def run(seeds: Sequence[int] = (1,), explained: bool = False) -> None:
    """Fly every seed and print the figures."""
    began_s, verdicts = time.process_time(), []
    with TemporaryDirectory() as folder:
        ensure_tile(Path(folder), "N43E131", posts=COARSE_POSTS)
        for seed in seeds:
            verdicts.append(judge(*fly(Path(folder), seed)))
            if explained:
                explain(seed, verdicts[-1])
    tell(verdicts)
    spent_s = time.process_time() - began_s
    figure(
        f"CPU time, simulator included, for {len(seeds) * FLIGHT_S:.0f} s of flight, s",
        f"{spent_s:.0f}",
    )


def tell(verdicts: list[Verdict]) -> None:
    """The figures of all flights together."""
    for kind in ("fire", "person"):
        rows = [row for v in verdicts for row in v.found if row[0].kind == kind]
        missed = sum(target.kind == kind for v in verdicts for target in v.missed)
        seen = len(rows) + missed
        figure(f"{kind}: found of those seen", f"{len(rows)} of {seen}", f"{seen}")
        inside = sum(away <= h.fix.ce90_m for _, h, away in rows if h.fix)
        figure("  position error, median and largest, m", _spread([row[2] for row in rows]))
        figure("  truth within CE90", f"{inside} of {len(rows)}", "9 in 10")
        figure(
            "  CE90, median and largest, m", _spread([h.fix.ce90_m for _, h, _ in rows if h.fix])
        )
    figure("told twice", str(sum(len(v.told_twice) for v in verdicts)), "0")
    figure("false fires", str(sum(len(v.false_fires) for v in verdicts)), "0")
    figure("signatures at warm rocks", str(sum(len(v.at_rocks) for v in verdicts)))
    figure("signatures at nothing", str(sum(len(v.at_nothing) for v in verdicts)), "0")
    figure("without a place", str(sum(v.unlocated for v in verdicts)), "0")


def fly(folder: Path, seed: int) -> tuple[World, Counter[str], list[Hotspot]]:
    """One flight: the world, how often each target was in view, and the hotspots."""
    scenario = load(SCENARIO, [f"seed={seed}"])
    simulation = Simulation(scenario, Ground(folder), START_UNIX_S)
    log = folder / f"{seed}.tlog"
    camera = SimulatedCamera(scenario, simulation.world, log_flight(simulation, log))
    outcome = Outcome()
    samples = samples_from(log, START_UNIX_S)
    for report in replay_pictures(camera, settings(folder, scenario), samples, outcome):
        del report  # the outcome keeps the newest revision of each
    return simulation.world, camera.in_view, list(outcome.hotspots.values())


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


def judge(world: World, in_view: Counter[str], hotspots: list[Hotspot]) -> Verdict:
    """Every hotspot with the nearest truth; a person may be told of as a signature only."""
    verdict = Verdict(unlocated=sum(h.fix is None for h in hotspots))
    of_target: dict[str, list[tuple[float, Hotspot]]] = {t.id: [] for t in world.targets}
    by_id = {t.id: t for t in world.targets}
    for hotspot in hotspots:
        if hotspot.fix is None:
            continue
        place = world.map_point(hotspot.fix.lat_deg, hotspot.fix.lon_deg)
        away_m, name = min((math.dist(place, (t.north_m, t.east_m)), t.id) for t in world.targets)
        at_rock = by_id[name].kind == "rock"
        words = f"{_words(hotspot)}, {away_m:.1f} m from {name}"
        if hotspot.kind == HeatKind.FIRE and (at_rock or away_m > MATCH_M):
            verdict.false_fires.append(words)
        elif away_m > MATCH_M:
            verdict.at_nothing.append(words)
        elif at_rock:
            verdict.at_rocks.append(words)
        else:
            of_target[name].append((away_m, hotspot))
    for name, rows in of_target.items():
        _count(by_id[name], rows, in_view[name] > 0, verdict)
    return verdict


def _count(
    target: Target, rows: list[tuple[float, Hotspot]], was_in_view: bool, verdict: Verdict
) -> None:
    """The nearest hotspot of the right kind finds the target; all others tell it again."""
    wanted = WANTED.get(target.kind)
    right = [n for n, (_, hotspot) in enumerate(rows) if hotspot.kind == wanted]
    if right:
        away_m, best = rows.pop(min(right, key=lambda n: rows[n][0]))
        verdict.found.append((target, best, away_m))
    elif wanted and was_in_view:
        verdict.missed.append(target)
    verdict.told_twice += [f"{target.id} as {_words(h)}, {away:.1f} m off" for away, h in rows]


def explain(seed: int, verdict: Verdict) -> None:
    """Every hotspot on a line of its own."""
    for target, h, away_m in verdict.found:
        assert h.fix is not None
        print(
            f"    seed {seed}: {target.id} {away_m:.1f} m off, CE90 {h.fix.ce90_m:.1f} m: "
            f"{_words(h)}",
            flush=True,
        )
    for what, rows in (
        ("missed", [target.id for target in verdict.missed]), ("told twice", verdict.told_twice),
        ("false fire", verdict.false_fires), ("at a rock", verdict.at_rocks),
        ("at nothing", verdict.at_nothing),
    ):  # fmt: skip
        for row in rows:
            print(f"    seed {seed}: {what}: {row}", flush=True)


def _words(h: Hotspot) -> str:
    first_s = h.first_seen_utc.timestamp() - START_UNIX_S
    return (
        f"{h.kind} of {h.views} views from {first_s:.1f} s, {h.peak_kelvin or 0:.0f} K, "
        f"contrast {h.contrast_kelvin or 0:.1f} K"
    )


def _spread(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:.1f}, {ordered[-1]:.1f}" if ordered else "none"


if __name__ == "__main__":
    run([int(seed) for seed in sys.argv[1:]] or (1,), explained=True)
