"""What the camera sees from, for one frame: handed from whoever flies to whoever renders."""

from dataclasses import dataclass

from sim.flight.gimbal import Mount
from sim.flight.quadcopter import State


@dataclass(frozen=True, slots=True)
class Shot:
    """One pose; times are simulated seconds."""

    sequence: int
    time_s: float
    """Middle of the exposure."""
    state: State
    mount: Mount
    frozen: bool
    clock_jump_s: float
    system_id: int = 1
