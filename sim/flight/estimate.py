"""What the vehicle believes about itself: truth plus slow errors, as GPS and an EKF make them.

Every error is a bias fixed at boot plus a first-order Gauss-Markov wander; half of the variance
each for the angles, all of it wander for the position. They differ from frame to frame by very
little, as real ones do: averaging does not remove them.
"""

import math
import random
from dataclasses import dataclass

from sim.flight.quadcopter import State
from sim.rotation import wrap_pi
from sim.scenario import Noise


@dataclass(frozen=True, slots=True)
class Estimate:
    """What goes out on the wire."""

    time_s: float
    north_error_m: float
    east_error_m: float
    alt_amsl_m: float
    roll_rad: float
    pitch_rad: float
    yaw_rad: float


class Wander:
    """A Gauss-Markov process of one sigma and one memory."""

    def __init__(self, sigma: float, memory_s: float, source: random.Random) -> None:
        self._sigma, self._memory_s, self._random = sigma, memory_s, source
        self.value = source.gauss(0, sigma)

    def step(self, dt_s: float) -> float:
        """Its value `dt_s` later."""
        keep = math.exp(-dt_s / self._memory_s)
        self.value = keep * self.value + self._random.gauss(
            0, self._sigma * math.sqrt(1 - keep * keep)
        )
        return self.value


class Estimator:
    """Turns truth into belief; called at a fixed interval, so that a seed fixes all."""

    def __init__(self, noise: Noise, seed: int) -> None:
        source = random.Random(seed * 104_729 + 2)
        half = math.sqrt(0.5)
        tilt, yaw = math.radians(noise.tilt_deg) * half, math.radians(noise.yaw_deg) * half
        gimbal = math.radians(noise.gimbal_deg) * half
        self._bias = [source.gauss(0, s) for s in (tilt, tilt, yaw)]
        self._gimbal_bias = [source.gauss(0, gimbal) for _ in range(3)]
        wander_s = noise.wander_s
        self._angles = [Wander(s, 20.0, source) for s in (tilt, tilt, yaw)]
        self._gimbal = [Wander(gimbal, 3.0, source) for _ in range(3)]
        self._place = [
            Wander(noise.gps_m, wander_s, source),
            Wander(noise.gps_m, wander_s, source),
            Wander(noise.altitude_m, 2 * wander_s, source),
        ]
        self.glitch_m = 0.0
        """Added to the east by a fault."""

    def step(self, dt_s: float) -> None:
        """Advances all errors."""
        for wander in (*self._angles, *self._gimbal, *self._place):
            wander.step(dt_s)

    def estimate(self, truth: State) -> Estimate:
        """Belief for this instant's truth."""
        roll, pitch, yaw = (b + w.value for b, w in zip(self._bias, self._angles, strict=True))
        north, east, up = (w.value for w in self._place)
        return Estimate(
            time_s=truth.time_s,
            north_error_m=north,
            east_error_m=east + self.glitch_m,
            alt_amsl_m=truth.alt_amsl_m + up,
            roll_rad=truth.roll_rad + roll,
            pitch_rad=truth.pitch_rad + pitch,
            yaw_rad=wrap_pi(truth.yaw_rad + yaw),
        )

    def gimbal_error_rad(self) -> tuple[float, float, float]:
        """Roll, pitch, yaw of what the gimbal does wrong."""
        a, b, c = (g + w.value for g, w in zip(self._gimbal_bias, self._gimbal, strict=True))
        return a, b, c
