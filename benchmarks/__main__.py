"""All figures: `python -m benchmarks [NAME...]`, or `make bench`."""

import os
import sys
from collections.abc import Callable

# One core is what is measured; the libraries read these when they are loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ.setdefault(variable, "1")

# The variables above must stand before numpy and OpenCV are loaded.
from benchmarks import (  # noqa: E402
    autopilot_wire,
    basemap,
    detection_speed,
    eight_units,
    files,
    fleet,
    flight,
    garmin_download,
    golden,
    ground_ingest,
    onboard_loop,
    page,
    patrol_count,
    patrol_decade,
    patrol_effort,
    radio,
    rays,
    simulated_flight,
    simulator,
)
from benchmarks.report import machine, missing  # noqa: E402

BENCHMARKS: dict[str, Callable[[], None]] = {
    "golden vectors: pixel to ground": golden.run,
    "rays against terrain": rays.run,
    "detection in one frame": detection_speed.run,
    "onboard: the whole loop": onboard_loop.run,
    "onboard: a whole survey of the simulator": flight.run,
    "radio: bytes of one hotspot": radio.run,
    "ground: reports a second": ground_ingest.run,
    "basemap: tiles a second": basemap.run,
    "Garmin download: share of the wire limit": garmin_download.run,
    "eight Garmins docked at once": eight_units.run,
    "files: points a second": files.run,
    "simulator: times real time": simulator.run,
    "simulator: flight against the real autopilot's": simulated_flight.run,
    "simulator: a fleet with cameras": fleet.run,
    "simulator: telemetry against the real autopilot's": autopilot_wire.run,
    "page: frames a second": page.run,
    "raids: effort of ten years, and against ecoscope": patrol_effort.run,
    "ten years of a park in one station": patrol_decade.run,
    "winter count: what its interval is worth": patrol_count.run,
}


def main(names: list[str]) -> int:
    """Run every benchmark, or those whose title contains one of the names."""
    print(machine())
    failed = 0
    for title, run in BENCHMARKS.items():
        if names and not any(name in title for name in names):
            continue
        print(f"\n{title}", flush=True)
        try:
            run()
        # One benchmark without its data or peer must not hide the figures of the others.
        except Exception as error:
            missing(f"{type(error).__name__}: {error}")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
