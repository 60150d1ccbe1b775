"""What a replay found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from firmware_bridge.messages import HeatKind, Hotspot
from onboard.pipeline import Report

MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class FrameLine:
    """What one frame showed."""

    sequence: int
    time_s: float
    fires: int
    signatures: int
    peak_kelvin: float | None
    dropped: str | None
    """Why it was not searched."""


@dataclass(slots=True)
class Outcome:
    """What a replay found."""

    frames: int = 0
    searched: int = 0
    located: int = 0
    """Frames with a pose."""
    dropped: Counter[str] = field(default_factory=Counter)
    without_pose: Counter[str] = field(default_factory=Counter)
    detections: Counter[HeatKind] = field(default_factory=Counter)
    reports: int = 0
    hotspots: dict[UUID, Hotspot] = field(default_factory=dict)
    """Newest revision of each."""
    per_frame: list[FrameLine] = field(default_factory=list)
    """Of the first thousand."""
    problems: list[str] = field(default_factory=list)
    relative: bool = False
    """The last frame had no calibration."""
    people_unresolved: bool = False
    """At some time a pixel covered more ground than a person does."""

    def told(self, reports: Sequence[Report]) -> None:
        """Take in what the pipeline reported."""
        self.reports += len(reports)
        self.hotspots.update((report.hotspot.hotspot_id, report.hotspot) for report in reports)

    def problem(self, text: str) -> None:
        """Note something that could not be used."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(text)
