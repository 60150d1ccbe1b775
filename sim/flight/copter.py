"""The vehicle as its firmware sees it: the one object that whoever speaks for it talks to.

No bytes, no clocks but the simulated one: `step` is 5 ms.
"""

from collections import deque
from collections.abc import Mapping

from sim.flight.estimate import Estimate, Estimator
from sim.flight.mission import Navigator, Phase
from sim.flight.modes import Mode
from sim.flight.orders import FAILED, INFO, UNSUPPORTED, CameraShot, Place, Target, Text, Verdict
from sim.flight.plan import Plan
from sim.flight.quadcopter import STEP_S, Quadcopter, State
from sim.scenario import Scenario
from sim.world import World

ESTIMATE_EVERY = 4
"""Steps between two advances of the slow errors."""
QUEUE = 200
"""Texts and the like that wait at most."""
TEXTS: dict[Phase, Text] = {
    Phase.RETURN: (4, "Battery 1 is low, returning"),
    Phase.LAND: (INFO, "Land"),
    Phase.GROUND: (INFO, "Disarming motors"),
    Phase.TAKEOFF: (INFO, "Mission: 1 Takeoff"),
    Phase.SURVEY: (INFO, "Mission: 2 WP"),
}
MODE = {Phase.RETURN: Mode.RTL, Phase.LAND: Mode.RTL}
LANDED_STATE = {Phase.GROUND: 1, Phase.TAKEOFF: 3, Phase.LAND: 4}


class Copter:
    """One vehicle. `parameters` is read at every use: a changed one acts at once."""

    def __init__(
        self, scenario: Scenario, world: World, parameters: Mapping[str, float], plan: Plan,
        body: Quadcopter,
    ) -> None:  # fmt: skip
        self.parameters = parameters
        self.plan = plan
        self.texts: deque[Text] = deque(maxlen=QUEUE)
        """To be said to everybody."""
        self.reached: deque[int] = deque(maxlen=QUEUE)
        """Mission items reached, to be told."""
        self.shots: deque[CameraShot] = deque(maxlen=QUEUE)
        """Camera releases, to be told."""
        start = world.from_map(scenario.vehicle.north_m, scenario.vehicle.east_m)
        self.home: Place | None = (*start, world.ground.height_at(*start))
        self.origin: Place | None = self.home
        self.estimator = Estimator(scenario.noise, scenario.own_seed)
        self._body = body
        self.navigator = Navigator(scenario, world, plan)
        self._phase = self.navigator.phase
        self._wish = self.navigator.wish(body.state)
        self._steps = 0

    @property
    def state(self) -> State:
        """The truth."""
        return self._body.state

    @property
    def mode(self) -> Mode:
        """ArduCopter's flight mode."""
        if not self.plan.mission:
            return Mode.STABILIZE
        return MODE.get(self.navigator.phase, Mode.AUTO)

    @property
    def armed(self) -> bool:
        """Propellers turn."""
        return self.navigator.phase is not Phase.GROUND

    @property
    def landed_state(self) -> int:
        """MAV_LANDED_STATE."""
        return LANDED_STATE.get(self.navigator.phase, 2)

    @property
    def current(self) -> int:
        """Number of the mission item that is flown."""
        return self.navigator.current

    def estimate(self) -> Estimate:
        """What it believes now."""
        return self.estimator.estimate(self.state)

    def step(self) -> None:
        """5 ms."""
        if self._steps % ESTIMATE_EVERY == 0:
            self._wish = self.navigator.wish(self.state)
            self.estimator.step(ESTIMATE_EVERY * STEP_S)
        if self._wish is None:
            self._body.rest()
        else:
            self._body.step(self._wish)
        self._steps += 1
        self.state.time_s = self._steps * STEP_S
        if self.navigator.phase is not self._phase:
            self._phase = self.navigator.phase
            self.texts.append(TEXTS[self._phase])

    def set_mode(self, number: int) -> Verdict:
        """SET_MODE, DO_SET_MODE."""
        if number in set(Mode):
            return Verdict(FAILED)
        return Verdict(FAILED, ((4, f"No such mode {number}"),))

    def arm(self, force: bool = False) -> Verdict:
        """COMPONENT_ARM_DISARM 1; `force` is its param2 of 2989 or 21196."""
        return Verdict(FAILED)

    def disarm(self, force: bool = False) -> Verdict:
        """COMPONENT_ARM_DISARM 0."""
        return Verdict(FAILED)

    def takeoff(self, height_m: float) -> Verdict:
        """NAV_TAKEOFF as a command."""
        return Verdict(FAILED)

    def command(
        self, command: int, params: tuple[float, float, float, float, float, float, float],
        frame: int = 3,
    ) -> Verdict:  # fmt: skip
        """Any command that concerns the flight; positions are degrees in param5 and param6."""
        return Verdict(UNSUPPORTED)

    def guided(self, target: Target) -> None:
        """SET_POSITION_TARGET_*, SET_ATTITUDE_TARGET, a guided waypoint."""

    def rc_override(self, channels: tuple[int, ...]) -> None:
        """RC_CHANNELS_OVERRIDE: microseconds by channel; 0 gives it back, 65535 leaves it."""

    def heard_gcs(self, now_s: float) -> None:
        """A heartbeat of SYSID_MYGCS came."""

    def plan_changed(self, kind: int) -> None:
        """The plan of this MAV_MISSION_TYPE was changed."""

    def set_current(self, seq: int) -> Verdict:
        """MISSION_SET_CURRENT, DO_SET_MISSION_CURRENT."""
        return Verdict(FAILED)

    def reboot(self) -> None:
        """A watchdog reset in the air, a power cycle on the ground."""
