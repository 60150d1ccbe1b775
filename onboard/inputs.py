"""What the pipeline consumes besides frames, and what keeps it for a replay."""

from dataclasses import dataclass
from typing import Protocol

from firmware_bridge.autopilot.events import ClockSynced, LinkUp, VehicleRebooted
from firmware_bridge.messages import AttitudeSample, GimbalSample, PositionSample
from onboard.camera.frame import Frame
from onboard.clock import ClockAnchor


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went on without other news."""

    time_s: float


Input = (
    AttitudeSample
    | GimbalSample
    | PositionSample
    | LinkUp
    | VehicleRebooted
    | ClockSynced
    | ClockAnchor
    | Tick
)
INPUT_TYPES: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        AttitudeSample,
        GimbalSample,
        PositionSample,
        LinkUp,
        VehicleRebooted,
        ClockSynced,
        ClockAnchor,
        Tick,
    )
}


class InputRecorder(Protocol):
    """Where consumed inputs are kept."""

    def frame(self, frame: Frame) -> None:
        """Keep a frame."""

    def event(self, time_s: float, event: Input) -> None:
        """Keep any other input."""
