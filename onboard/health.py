"""What the process sees of itself: readings of the board, and the problems they amount to."""

import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from firmware_bridge.messages import Health, LinkStatus, Problem

logger = logging.getLogger(__name__)

CAMERA_LATE_S = 3.0
TELEMETRY_LATE_S = 3.0
JUMP_TOLD_S = 300.0
"""How long a set clock stays in the reports: reports made around it carry doubtful times."""
GROUND_LATE_S = 60.0
DISK_LOW_MB = 500.0
DISK_FULL_MB = 20.0
BOARD_HOT_CELSIUS = 80.0
"""A Raspberry Pi starts to slow down here (raspberrypi.com, Frequency management)."""
CLOCK_UNSYNCED_SIGMA_S = 0.05
"""At 10 m/s half a metre; TIMESYNC over a serial line gives a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything health is judged by, at one instant; ages in seconds, None for never seen."""

    now_s: float
    time_utc: datetime
    started_s: float
    camera_fps: float
    camera_age_s: float | None
    camera_error: str | None
    camera_frozen: bool
    frames_dropped: int
    relative: bool
    link: LinkStatus | None
    position_age_s: float | None
    gimbal_age_s: float | None
    gimbal_expected: bool
    terrain_missing: bool
    disk_free_mb: float
    spool_backlog: int
    spool_problems: set[Problem] = field(default_factory=set)
    recorder_stopped: bool = False
    ground_age_s: float | None = None
    """Since the ground last answered; since the start while it never did; None: no ground set."""
    clock_jumped_s: float | None = None
    """Monotonic time of the last step of the host's clock."""
    board_celsius: float | None = None
    supply_low: bool = False


def judge(seen: Readings) -> Health:
    """The report for the ground."""
    connected = seen.link is not None and seen.link.connected
    return Health(
        time_utc=seen.time_utc,
        uptime_s=seen.now_s - seen.started_s,
        camera_fps=seen.camera_fps,
        camera_age_s=seen.camera_age_s,
        frames_dropped=seen.frames_dropped,
        relative=seen.relative,
        autopilot_connected=connected,
        clock_sigma_s=seen.link.clock_sigma_s if seen.link else None,
        disk_free_mb=seen.disk_free_mb,
        spool_backlog=seen.spool_backlog,
        board_celsius=seen.board_celsius,
        problems=tuple(problem for problem in Problem if problem in _problems(seen, connected)),
    )


def _problems(seen: Readings, connected: bool) -> set[Problem]:
    sigma_s = seen.link.clock_sigma_s if seen.link else None
    uptime_s = seen.now_s - seen.started_s
    jumped_s = seen.clock_jumped_s
    camera_late = _late(seen.camera_age_s, CAMERA_LATE_S, uptime_s)
    found = {
        Problem.CAMERA_LOST: seen.camera_error is not None or camera_late,
        Problem.CAMERA_FROZEN: seen.camera_frozen,
        Problem.CAMERA_RELATIVE: seen.relative and seen.camera_age_s is not None,
        Problem.AUTOPILOT_LOST: not connected,
        Problem.CLOCK_UNSYNCED: connected and (sigma_s is None or sigma_s > CLOCK_UNSYNCED_SIGMA_S),
        Problem.CLOCK_JUMPED: jumped_s is not None and seen.now_s - jumped_s < JUMP_TOLD_S,
        Problem.POSITION_LOST: connected and _late(seen.position_age_s, TELEMETRY_LATE_S, uptime_s),
        Problem.GIMBAL_LOST: seen.gimbal_expected
        and connected
        and _late(seen.gimbal_age_s, TELEMETRY_LATE_S, uptime_s),
        Problem.TERRAIN_MISSING: seen.terrain_missing,
        Problem.DISK_LOW: DISK_FULL_MB <= seen.disk_free_mb < DISK_LOW_MB,
        Problem.DISK_FULL: seen.disk_free_mb < DISK_FULL_MB,
        Problem.RECORDER_STOPPED: seen.recorder_stopped,
        Problem.GROUND_SILENT: seen.ground_age_s is not None and seen.ground_age_s > GROUND_LATE_S,
        Problem.BOARD_HOT: (seen.board_celsius or 0.0) >= BOARD_HOT_CELSIUS,
        Problem.SUPPLY_LOW: seen.supply_low,
    }
    return {problem for problem, present in found.items() if present} | seen.spool_problems


def _late(age_s: float | None, limit_s: float, uptime_s: float) -> bool:
    """Too old; a thing never seen gets the same time after the start."""
    return (uptime_s if age_s is None else age_s) > limit_s


def disk_free_mb(folder: Path) -> float:
    """Free space for us where `folder` is, or will be; 0 where nothing of the path exists."""
    for place in (folder, *folder.absolute().parents):
        try:
            return shutil.disk_usage(place).free / 1e6
        except OSError:
            continue
    return 0.0


def board_celsius(thermal: Path = Path("/sys/class/thermal")) -> float | None:
    """Hottest of the board's sensors; None where there is none (kernel: sysfs-class-thermal)."""
    millidegrees = _numbers(thermal.glob("thermal_zone*/temp"))
    plausible = [value / 1000 for value in millidegrees if -50_000 < value < 150_000]
    return max(plausible, default=None)


def supply_low(hwmon: Path = Path("/sys/class/hwmon")) -> bool:
    """Whether a Raspberry Pi's supply is too low now (kernel driver raspberrypi-hwmon)."""
    return any(value == 1 for value in _numbers(hwmon.glob("hwmon*/in0_lcrit_alarm")))


def _numbers(paths: Iterable[Path]) -> list[int]:
    """Integers of the files that hold one; a sensor that does not answer is left out."""
    values = []
    for path in paths:
        try:
            values.append(int(path.read_text()))
        except (OSError, ValueError):
            continue
    return values
