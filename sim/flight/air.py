"""The air the vehicle flies in: wind that grows with height, and gusts.

The mean wind grows with the square root of the height up to 60 m and is the set one above, as in
the recorded flights: 2.1 m/s at 6 m, 4.4 m/s at 32 m, 6 m/s from 60 m.
"""

import math
import random

FULL_AT_M = 60.0


class Air:
    """Wind at the vehicle, as north and east components of where the air goes."""

    def __init__(
        self, speed_m_s: float, from_deg: float, gust_m_s: float, gust_memory_s: float, seed: int
    ) -> None:
        from_rad = math.radians(from_deg)
        self._full = -speed_m_s * math.cos(from_rad), -speed_m_s * math.sin(from_rad)
        self.mean_m_s = self._full
        """At the height it was told last."""
        self._gust_m_s, self._memory_s = gust_m_s, gust_memory_s
        self._gust_n = self._gust_e = 0.0
        self._random = random.Random(seed * 7919 + 1)

    def at_height(self, height_m: float) -> None:
        """The vehicle is so high above the ground."""
        share = math.sqrt(min(max(height_m / FULL_AT_M, 0.0), 1.0))
        self.mean_m_s = self._full[0] * share, self._full[1] * share

    def blow(self, dt_s: float) -> tuple[float, float]:
        """Wind now, with gusts: a first-order Gauss-Markov process."""
        fade = dt_s / self._memory_s
        kick = self._gust_m_s * math.sqrt(2 * fade)
        gauss = self._random.gauss
        self._gust_n += gauss(0.0, kick) - self._gust_n * fade
        self._gust_e += gauss(0.0, kick) - self._gust_e * fade
        return self.mean_m_s[0] + self._gust_n, self.mean_m_s[1] + self._gust_e
