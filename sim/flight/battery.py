"""A three-cell battery that empties with the load: voltage by charge, sagging with the current."""

from collections.abc import Mapping

from sim.flight.quadcopter import GRAVITY

CELLS, HOVER_SAG_V = 3, 0.3
CHARGE = (0.0, 0.05, 0.2, 0.5, 0.8, 1.0)
CELL_VOLTS = (3.3, 3.5, 3.7, 3.82, 4.0, 4.2)
"""At rest, of a lithium polymer cell."""
IDLE_AMPS = 0.5


class Battery:
    """Amperes in a hover come from the endurance that the scenario gives the vehicle."""

    def __init__(self, minutes: float) -> None:
        self._minutes = minutes
        self.used_mah = 0.0
        self.amps = 0.0

    def step(
        self, thrust: float, armed: bool, parameters: Mapping[str, float], dt_s: float
    ) -> None:
        """Draws what a thrust (m/s2) needs."""
        self.amps = self._hover_amps(parameters) * (max(thrust, 0.0) / GRAVITY) ** 1.5
        if armed:
            self.amps = max(self.amps, IDLE_AMPS)
        self.used_mah = min(self.used_mah + self.amps * dt_s / 3.6, parameters["BATT_CAPACITY"])

    def _hover_amps(self, parameters: Mapping[str, float]) -> float:
        return parameters["BATT_CAPACITY"] * 0.06 / self._minutes

    def charge(self, parameters: Mapping[str, float]) -> float:
        """Share that is left."""
        capacity = parameters["BATT_CAPACITY"]
        return max(1 - self.used_mah / capacity, 0.0) if capacity > 0 else 0.0

    def volts(self, parameters: Mapping[str, float]) -> float:
        """Under the present load."""
        charge = self.charge(parameters)
        for low, high, at_low, at_high in zip(
            CHARGE, CHARGE[1:], CELL_VOLTS, CELL_VOLTS[1:], strict=False
        ):
            if charge <= high:
                cell = at_low + (at_high - at_low) * (charge - low) / (high - low)
                break
        hover = self._hover_amps(parameters)
        return CELLS * cell - (HOVER_SAG_V * self.amps / hover if hover > 0 else 0.0)

    def change(self) -> None:
        """A full one."""
        self.used_mah = 0.0
