"""kedrovka-onboard: run, replay, check."""

import argparse
import json
import logging
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2

from firmware_bridge.errors import BridgeError, CameraError, ConfigError, ProtocolError
from firmware_bridge.port.url import parse_url
from firmware_bridge.settings import load_settings
from firmware_bridge.terrain import Terrain
from onboard.camera import open_camera
from onboard.camera.sources import check_source
from onboard.config import OnboardSettings
from onboard.recording import SUFFIX, segment_paths
from onboard.replay import (
    Outcome,
    Sample,
    flight_start_s,
    picture_options,
    replay_pictures,
    replay_recording,
    samples_from,
)
from onboard.replay.table import as_json, as_text
from onboard.uplink.client import GroundClient

OK, USAGE, UNREADABLE, LOOP_DIED = 0, 2, 3, 70

EPILOG = """\
examples:
  kedrovka-onboard run --config /etc/kedrovka/kedrovka.toml
  kedrovka-onboard run --config k.toml --autopilot tcp:127.0.0.1:5760 \\
      --camera stream:tcp:127.0.0.1:5600
  kedrovka-onboard replay /var/lib/kedrovka/recordings
  kedrovka-onboard replay burn/*.TIFF --tlog flight.tlog --dem terrain/ --fov 32
  kedrovka-onboard check --config k.toml

exit codes: 0 ok, 2 usage or configuration, 3 nothing readable, 70 a part of the process died
(the log says which; the service manager starts it again)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    arguments = parser().parse_args(argv)
    logging.basicConfig(
        level=logging.DEBUG if arguments.verbose else arguments.log_level,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    if not arguments.verbose:  # OpenCV prints by itself what our errors tell with the file's name
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        code: int = arguments.command(arguments)
    except ConfigError as error:
        print(f"kedrovka-onboard: {error}", file=sys.stderr)
        return USAGE
    except (CameraError, ProtocolError, OSError) as error:
        print(f"kedrovka-onboard: {error}", file=sys.stderr)
        return UNREADABLE
    return code


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="kedrovka-onboard",
        description="Watches for fires and warm bodies from a quadcopter and tells the ground.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("-v", "--verbose", action="store_true", help="log details too")
    top.set_defaults(log_level=logging.INFO)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_replay(commands)
    check = commands.add_parser("check", help="read the settings, name what is wrong, end")
    check.add_argument("--config", type=Path, required=True, help="TOML file, table [onboard]")
    check.set_defaults(command=check_command)
    for command in commands.choices.values():  # before the command or after it
        command.add_argument("-v", "--verbose", action="store_true", default=argparse.SUPPRESS,
                             help="log details too")  # fmt: skip
    return top


def _add_run(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="watch until told to stop",
        description="Needs an autopilot and a camera, from the settings or from here. Without "
        "settings it keeps its data in ~/.local/state/kedrovka, and says what it lacks.",
    )
    run.add_argument("--config", type=Path, help="TOML file, table [onboard]")
    run.add_argument(
        "--autopilot",
        metavar="URL",
        help="serial:DEVICE:BAUD, udpin:HOST:PORT, udpout:HOST:PORT or tcp:HOST:PORT",
    )
    run.add_argument(
        "--camera",
        metavar="URL",
        help="y16:DEVICE, v4l2:DEVICE, rtsp://..., stream:tcp:HOST:PORT, or a file or folder",
    )
    run.set_defaults(command=run_command)


def _add_replay(commands: Any) -> None:
    replay = commands.add_parser(
        "replay",
        help="search recordings or pictures as a flight would",
        description="Runs the same pipeline on a recording of ours (bit for bit what the flight "
        "gave), or on radiometric TIFF, R-JPEG, CPTV clips and videos.",
    )
    replay.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    replay.add_argument("--tlog", type=Path, help="telemetry log the pictures' poses come from")
    replay.add_argument(
        "--start",
        type=float,
        metavar="S",
        help="first picture S seconds into the log (default: when it is first 20 m up)",
    )
    replay.add_argument("--fps", type=_positive, help="pictures a second (default 9)")
    replay.add_argument("--dem", type=Path, metavar="DIR", help="folder of .hgt tiles")
    replay.add_argument("--fov", type=_positive, metavar="DEG", help="horizontal field of view")
    replay.add_argument("--config", type=Path, help="settings; a recording brings its own")
    replay.add_argument("--json", action="store_true", help="machine-readable result")
    # What a log would warn of stands in the result.
    replay.set_defaults(command=replay_command, log_level=logging.ERROR)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return value


def run_command(arguments: argparse.Namespace) -> int:
    """Watch until SIGTERM, SIGINT, or the death of a loop."""
    from onboard.process import run_process  # the other commands need none of its libraries

    overrides: dict[str, Any] = {}
    for table in ("autopilot", "camera"):
        if (url := getattr(arguments, table)) is not None:
            overrides[table] = {"url": url}
    settings = load_settings(OnboardSettings, arguments.config, "onboard", overrides)
    if faults := _faults(settings):
        raise ConfigError("; ".join(faults))
    return LOOP_DIED if run_process(settings) else OK


def replay_command(arguments: argparse.Namespace) -> int:
    """Replay paths and print what was found."""
    outcome = Outcome()
    for path in arguments.paths:
        if path.suffix == SUFFIX:
            raise ConfigError(f"{path} is a part of a recording: replay its folder {path.parent}")
    recordings = [path for path in arguments.paths if path.is_dir() and segment_paths(path)]
    if recordings:
        others = arguments.tlog or arguments.fps or arguments.start is not None
        if len(recordings) != len(arguments.paths) or others:
            raise ConfigError(
                "a recording is replayed as it was: no pictures, --tlog, --fps, --start"
            )
        for folder in recordings:
            for _ in replay_recording(folder, _overrides(arguments, own_config=True), outcome):
                pass
    else:
        _replay_pictures(arguments, outcome)
    print(json.dumps(as_json(outcome)) if arguments.json else as_text(outcome))
    return OK


def check_command(arguments: argparse.Namespace) -> int:
    """Read the settings and what they name."""
    settings = load_settings(OnboardSettings, arguments.config, "onboard")
    faults = _faults(settings)
    try:
        Terrain(settings.terrain.folder).check()
    except BridgeError as error:
        faults.append(str(error))
    for line in (*faults, *settings.remarks()):
        print(line, file=sys.stderr)
    print(f"{arguments.config}: {'has faults' if faults else 'good'}")
    return USAGE if faults else OK


def _faults(settings: OnboardSettings) -> list[str]:
    """What keeps a flight from starting: addresses that are missing or can never be reached."""
    checks: dict[str, tuple[str | None, Callable[[str], object]]] = {
        "autopilot": (settings.autopilot.url, parse_url),
        "camera": (settings.camera.url, check_source),
        "uplink.http": (settings.uplink.http.url, GroundClient),
    }
    faults = []
    for table, (url, check) in checks.items():
        if url is None:
            if table != "uplink.http":
                faults.append(f"[onboard.{table}] url is missing: set it or give --{table} URL")
            continue
        try:
            check(url)
        except ConfigError as error:
            faults.append(f"[onboard.{table}] url: {error}")
    return faults


def _replay_pictures(arguments: argparse.Namespace, outcome: Outcome) -> None:
    settings = load_settings(
        OnboardSettings, arguments.config, "onboard", _overrides(arguments, own_config=False)
    )
    if arguments.tlog is None:
        start_s = arguments.start or 0.0
        samples: Iterator[Sample] = iter(())
    else:
        start_s = _start_s(arguments)
        samples = samples_from(arguments.tlog, start_s)
    camera = open_camera(arguments.paths, picture_options(settings, start_s, arguments.fps))
    try:
        for _ in replay_pictures(camera, settings, samples, outcome):
            pass
    finally:
        camera.close()


def _start_s(arguments: argparse.Namespace) -> float:
    """Unix time of the first picture."""
    if arguments.start is None:
        return flight_start_s(arguments.tlog)
    first = next(samples_from(arguments.tlog, 0.0), None)
    if first is None:
        raise ProtocolError(f"{arguments.tlog}: holds no pose of an autopilot")
    return float(first.time_s + arguments.start)


def _overrides(arguments: argparse.Namespace, *, own_config: bool) -> dict[str, Any]:
    """What the options say about settings, to stand above the file or a recording's own."""
    overrides: dict[str, Any] = {}
    if arguments.config and own_config:
        given = load_settings(OnboardSettings, arguments.config, "onboard")
        overrides = given.model_dump(mode="json", exclude={"uplink"})
    if arguments.dem:
        overrides["terrain"] = {"folder": str(arguments.dem)}
    if arguments.fov:
        overrides["camera"] = {"lens": {"horizontal_fov_deg": arguments.fov}}
    return overrides


if __name__ == "__main__":
    sys.exit(main())
