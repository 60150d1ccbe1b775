"""The people at the landing place: they change an empty battery and send the vehicle up again.

They do it as any ground station would, by commands, and only after a failsafe of the battery.
"""

from sim.flight.copter import Copter
from sim.flight.modes import Mode

RETRY_S = 2.0
"""Between two attempts to arm."""


class Crew:
    """Times are simulated seconds."""

    def __init__(self, copter: Copter, change_s: float) -> None:
        self._copter, self._change_s = copter, change_s
        self._ready_s: float | None = None

    def step(self, now_s: float) -> None:
        """Watches; acts when the vehicle stands with an empty battery."""
        copter = self._copter
        if copter.armed or not copter.landed or not (copter.failsafes.battery or self._ready_s):
            return
        if self._ready_s is None:
            self._ready_s = now_s + self._change_s
        if now_s < self._ready_s:
            return
        copter.battery.change()
        copter.failsafes.new_battery()
        copter.set_mode(Mode.GUIDED)
        if copter.arm().result != 0:
            self._ready_s = now_s + RETRY_S
            return
        self._ready_s = None
        copter.mission.rewind()
        copter.set_mode(Mode.AUTO)
