"""The simulated flight beside a recorded one: figures, and the picture of docs/simulator.md.

python -m benchmarks.simulated_flight [FILE]      docs/pictures/sim-flight.svg unless told
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.recorded_flight import Flight, cruise, flown, overshoot_m, recorded
from benchmarks.report import figure, missing
from sim.scenario import load
from sim.simulation import Simulation
from sim.world.relief import COARSE_POSTS
from sim.world.terrain import Ground, ensure_tile

LOGS = ("survey_mavproxy_rates", "survey_qgc_rates_dragwind")
WAYPOINTS = range(5, 15)
STEP_S = 120.0
WIDE, HIGH, LEFT, TOP, GAP = 900, 150, 60, 34, 46
Samples = NDArray[np.float64]
REAL, OURS = "#1f5fa8", "#d9480f"


def run() -> None:
    """Print the figures."""
    figure("one step of 5 ms, flight and estimate, us", f"{_step_us():.0f}", "60")
    data = Path(os.environ.get("KEDROVKA_SHARED", Path(__file__).parents[2] / "shared"))
    for name in LOGS:
        log = data / "data" / "mavlink" / f"{name}.tlog"
        if not log.exists():
            missing(f"the recorded flight: {log} absent (set KEDROVKA_SHARED)")
            continue
        real, ours = both(log)
        print(f"  {name}: recorded, simulated")
        for words, value in _compared(real, ours).items():
            figure(f"  {words}", value)


def _step_us() -> float:
    """CPU time of `Copter.step` on a survey."""
    with TemporaryDirectory() as folder:
        ensure_tile(Path(folder), "N43E131", posts=COARSE_POSTS)
        copter = Simulation(load("fire-patrol"), Ground(Path(folder)), 1_780_000_000.0).copter
        steps = round(STEP_S / 0.005)
        began_s = time.process_time()
        for _ in range(steps):
            copter.step()
        return (time.process_time() - began_s) / steps * 1e6


def both(log: Path) -> tuple[Flight, Flight]:
    """The recorded flight, and the same mission here."""
    real, mission = recorded(log)
    with TemporaryDirectory() as folder:
        return real, flown(mission, Path(folder))


def _compared(real: Flight, ours: Flight) -> dict[str, str]:
    def pair(of: Sequence[float], digits: int = 1) -> str:
        return f"{of[0]:.{digits}f}, {of[1]:.{digits}f}"

    flights = real, ours
    legs = [
        [f.reached_s[b] - f.reached_s[a] for a, b in pairwise((2, *WAYPOINTS))] for f in flights
    ]
    worst = max(abs(a - b) / a for a, b in zip(*legs, strict=True))
    over = [np.mean([overshoot_m(f, seq) for seq in WAYPOINTS[1:]]) for f in flights]
    return {
        "start of AUTO to disarming, s": pair([f.end_s for f in flights]),
        "take-off, s": pair([f.reached_s[2] for f in flights]),
        "largest difference of a leg's time, %": f"{worst * 100:.1f}",
        "speed down the wind, m/s": pair([cruise(f, 10)[0] for f in flights], 2),
        "speed against it, m/s": pair([cruise(f, 8)[0] for f in flights], 2),
        "tilt down the wind, deg": pair([cruise(f, 10)[1] for f in flights]),
        "tilt against it, deg": pair([cruise(f, 8)[1] for f in flights]),
        "overshoot at waypoints, mean, m": pair([float(o) for o in over], 2),
        "pictures by distance": f"{real.pictures}, {ours.pictures}",
    }


def draw(real: Flight, ours: Flight) -> str:
    """An SVG: the way from above, then speed, tilt and height over time."""
    r, o = real.columns(), ours.columns()
    high = 2 * HIGH
    parts = [_panel(TOP, high, "way, metres east and north", _way(r, o, high))]
    top = TOP + high + GAP
    rows: tuple[tuple[str, float, Callable[[Samples], Samples]], ...] = (
        ("speed over the ground, m/s", 12.0, lambda f: np.hypot(f[:, 4], f[:, 5])),
        ("tilt, deg", 36.0, lambda f: f[:, 7]),
        ("height above home, m", 70.0, lambda f: f[:, 3]),
    )
    for title, most, value in rows:
        lines = [
            _line(f[:, 0] / 350 * WIDE, HIGH - value(f) / most * HIGH, colour)
            for f, colour in ((r, REAL), (o, OURS))
        ]
        ticks = [_tick(HIGH - v / most * HIGH, f"{v:g}") for v in (0, most / 2, most)]
        ticks += [_second(s) for s in range(0, 351, 50)]
        parts.append(_panel(top, HIGH, title, [*ticks, *lines]))
        top += HIGH + GAP
    legend = (
        f'<text x="{LEFT}" y="18" fill="{REAL}">ArduCopter 4.5.6, recorded</text>'
        f'<text x="{LEFT + 210}" y="18" fill="{OURS}">simulated</text>'
        f'<text x="{LEFT + 310}" y="18">the same mission, wind 6 m/s from 240 deg</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE + LEFT + 20} {top}" '
        f'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="white"/>'
        f"{legend}{''.join(parts)}</svg>\n"
    )


def _way(r: Samples, o: Samples, high: int) -> list[str]:
    scale = high / 230
    middle = WIDE / 2
    return [
        _line(middle + f[:, 2] * scale, high - (f[:, 1] + 15) * scale, colour)
        for f, colour in ((r, REAL), (o, OURS))
    ] + [
        _tick(high - (north + 15) * scale, str(north)) for north in (0, 100, 200)
    ] + [
        f'<text x="{middle + east * scale:.0f}" y="{high + 15}" text-anchor="middle">{east}</text>'
        for east in (-100, 0, 100)
    ]  # fmt: skip


def _panel(top: int, high: int, title: str, inside: list[str]) -> str:
    return (
        f'<g transform="translate({LEFT},{top})"><rect width="{WIDE}" height="{high}" '
        f'fill="none" stroke="#bbb"/><text x="6" y="14" fill="#555">{title}</text>'
        f"{''.join(inside)}</g>"
    )


def _line(x: Samples, y: Samples, colour: str) -> str:
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.3"/>'


def _tick(y: float, words: str) -> str:
    return f'<text x="-6" y="{y + 4:.0f}" text-anchor="end">{words}</text>'


def _second(seconds: int) -> str:
    x = seconds / 350 * WIDE
    return f'<text x="{x:.0f}" y="{HIGH + 15}" text-anchor="middle">{seconds} s</text>'


def main(out: Path) -> None:
    """Write the picture."""
    data = Path(os.environ.get("KEDROVKA_SHARED", Path(__file__).parents[2] / "shared"))
    out.write_text(draw(*both(data / "data" / "mavlink" / f"{LOGS[0]}.tlog")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/sim-flight.svg"))
