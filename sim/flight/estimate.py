"""What the vehicle believes about itself: truth plus slow errors, as GPS and an EKF make them.

Every error is a bias fixed at boot plus a first-order Gauss-Markov wander; half of the variance
each for the angles, all of it wander for the position. They differ from frame to frame by very
little, as real ones do: averaging does not remove them.

After power-up the filter converges in steps, at the times recorded from ArduCopter 4.5.6. A GPS
position that jumps is not believed for ten seconds, then taken over; without GPS the position
drifts and after ten seconds is given up. The wind is known only with EK3_DRAG_* set.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

from sim.flight.orders import CRITICAL, INFO, Text
from sim.flight.quadcopter import State
from sim.rotation import wrap_pi
from sim.tables.trouble import Noise

DT_S = 0.02
"""Between two steps."""
TILT_S, YAW_S, GPS_S, ORIGIN_S, POSITION_S = 5.6, 5.7, 9.8, 19.85, 41.4
CONSISTENT_S = 12.0
"""Until the accelerometers have agreed for ten seconds."""
BOOT_TEXTS: tuple[tuple[float, str], ...] = (
    (0.11, "Calibrating barometer"),
    (1.7, "Barometer 1 calibration complete"),
    (1.7, "Barometer 2 calibration complete"),
    (2.2, "ArduPilot Ready"),
    (2.2, "AHRS: DCM active"),
    (2.5, "RC7: SaveWaypoint LOW"),
    (4.2, "EKF3 IMU0 initialised"),
    (4.2, "EKF3 IMU1 initialised"),
    (4.2, "AHRS: EKF3 active"),
    (TILT_S, "EKF3 IMU0 tilt alignment complete"),
    (TILT_S, "EKF3 IMU1 tilt alignment complete"),
    (YAW_S, "EKF3 IMU0 MAG0 initial yaw alignment complete"),
    (YAW_S, "EKF3 IMU1 MAG0 initial yaw alignment complete"),
    (9.6, "GPS 1: detected as u-blox at 230400 baud"),
    (ORIGIN_S, "EKF3 IMU0 origin set"),
    (ORIGIN_S + 0.15, "EKF3 IMU1 origin set"),
    (POSITION_S, "EKF3 IMU0 is using GPS"),
    (POSITION_S, "EKF3 IMU1 is using GPS"),
)
IN_FLIGHT_YAW_M = 2.5
GATE_M = 12.0
"""A GPS position farther off than this is not believed: five sigma of EK3_POS_I_GATE."""
RETRY_S = 10.0
DRIFT_M_S = 0.25
"""Of the place without GPS, per square root of a second."""
WIND_MEMORY_S = 3.0
SATELLITES = 10
FLAGS_LEVEL, FLAGS_ATTITUDE, FLAGS_POSITION, FLAGS_UNINITIALISED = 0, 167, 831, 1024
"""EKF_STATUS_FLAGS, as recorded at the stages of the start-up."""


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
    """A Gauss-Markov process of one sigma and one memory, stepped every `DT_S`."""

    def __init__(self, sigma: float, memory_s: float, source: random.Random) -> None:
        self._keep = math.exp(-DT_S / memory_s)
        self._kick = sigma * math.sqrt(1 - self._keep * self._keep)
        self._gauss = source.gauss
        self.value = source.gauss(0, sigma)

    def step(self) -> None:
        """One interval later."""
        self.value = self._keep * self.value + self._gauss(0.0, self._kick)


class Estimator:
    """Turns truth into belief; called at a fixed interval, so that a seed fixes all."""

    def __init__(self, noise: Noise, seed: int, boot_s: float) -> None:
        """`boot_s`: seconds since power-up, 0 for a cold start."""
        source = self._random = random.Random(seed * 104_729 + 2)
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
        self._all = (*self._angles, *self._gimbal, *self._place)
        self._wind_noise = Wander(0.1, 15.0, source)
        self.glitch_m = 0.0
        """By which a fault moves the receiver's position to the east."""
        self.gps_lost = False
        """By a fault."""
        self.texts: list[Text] = []
        self.wind_m_s = (0.0, 0.0)
        """Believed, where the air goes; zeros while unknown."""
        self.boot_s = boot_s
        self._settled = boot_s > POSITION_S
        self._said = len(BOOT_TEXTS) if self._settled else 0
        self._yaw_aligned = self._settled
        self._off_m = 0.0
        """East of the place that the filter has taken over from a glitch."""
        self._drift = (0.0, 0.0)
        self._doubt_s = self._without_s = 0.0
        self.glitching = False
        self.position_ok = self._settled
        self.jump_m = (0.0, 0.0)
        """By how much the belief has jumped in this step."""

    def boot(self) -> None:
        """Power-up."""
        self.boot_s, self._said = 0.0, 0
        self.position_ok = self._settled = self._yaw_aligned = False
        self._off_m, self._drift, self.wind_m_s = 0.0, (0.0, 0.0), (0.0, 0.0)

    @property
    def ready(self) -> bool:
        """The firmware's own start is over."""
        return self.boot_s >= 2.2

    @property
    def level(self) -> bool:
        """Tilt and heading are known."""
        return self.boot_s >= YAW_S

    @property
    def gps_fix(self) -> int:
        """GPS_FIX_TYPE."""
        if self.boot_s < 9.6:
            return 0
        return 1 if self.gps_lost or self.boot_s < GPS_S else 3

    @property
    def satellites(self) -> int:
        """Used by the receiver."""
        return SATELLITES if self.gps_fix == 3 else 0

    @property
    def origin_set(self) -> bool:
        """Home may be set, and positions are told."""
        return self.boot_s >= ORIGIN_S

    @property
    def flags(self) -> int:
        """Of EKF_STATUS_REPORT."""
        if self.boot_s < 4.2:
            return FLAGS_UNINITIALISED
        if self.position_ok:
            return FLAGS_POSITION | (32768 if self.glitching else 0)
        return FLAGS_ATTITUDE if self.level else FLAGS_LEVEL

    @property
    def position_variance(self) -> float:
        """Of EKF_STATUS_REPORT: square root of the innovation's test ratio."""
        return 0.04 + abs(self.glitch_m - self._off_m) / GATE_M

    @property
    def north_error_m(self) -> float:
        """Believed less true."""
        return self._place[0].value + self._drift[0]

    @property
    def east_error_m(self) -> float:
        """Believed less true."""
        return self._place[1].value + self._off_m + self._drift[1]

    @property
    def up_error_m(self) -> float:
        """Believed less true."""
        return self._place[2].value

    @property
    def gps_error_m(self) -> tuple[float, float]:
        """North and east of what the receiver says; true to it when it glitches."""
        return self._place[0].value, self._place[1].value + self.glitch_m

    def step(
        self, truth: State, height_m: float, wind_m_s: tuple[float, float],
        parameters: Mapping[str, float],
    ) -> None:  # fmt: skip
        """Advances all errors by `DT_S`; `height_m` is above where it started."""
        self.boot_s += DT_S
        for wander in self._all:
            wander.step()
        self.jump_m = (0.0, 0.0)
        if not self._settled:
            self._wake_up()
        else:
            self._believe_gps()
        if not self._yaw_aligned and height_m > IN_FLIGHT_YAW_M:
            self._yaw_aligned = True
            for imu in (0, 1):
                words = f"EKF3 IMU{imu} MAG0 in-flight yaw alignment complete"
                self.texts.append((INFO, words))
        self._feel_wind(truth, wind_m_s, parameters)

    def _wake_up(self) -> None:
        while self._said < len(BOOT_TEXTS) and self.boot_s >= BOOT_TEXTS[self._said][0]:
            self.texts.append((INFO, BOOT_TEXTS[self._said][1]))
            self._said += 1
        if self.boot_s >= POSITION_S and not self.gps_lost:
            self._settled = self.position_ok = True

    def _believe_gps(self) -> None:
        if self.gps_lost:
            self._dead_reckon()
            return
        if self._without_s > 0:
            self._return_to_gps()
        off = self.glitch_m - self._off_m
        glitching = abs(off) > GATE_M
        if glitching != self.glitching:
            self.glitching = glitching
            words = "GPS Glitch or Compass error" if glitching else "Glitch cleared"
            self.texts.append((CRITICAL, words))
        self._doubt_s = self._doubt_s + DT_S if glitching else 0.0
        if not glitching or self._doubt_s >= RETRY_S:
            self._off_m, self.jump_m = self.glitch_m, (0.0, off)

    def _dead_reckon(self) -> None:
        self._without_s += DT_S
        kick, gauss = DRIFT_M_S * math.sqrt(DT_S), self._random.gauss
        north, east = self._drift
        self._drift = north + gauss(0.0, kick), east + gauss(0.0, kick)
        if self.position_ok and self._without_s > RETRY_S:
            self.position_ok = False
            self.texts += [(INFO, f"EKF3 IMU{imu} stopped aiding") for imu in (0, 1)]

    def _return_to_gps(self) -> None:
        north, east = self._drift
        self._drift, self._without_s, self.jump_m = (0.0, 0.0), 0.0, (-north, -east)
        if not self.position_ok:
            self.position_ok = True
            self.texts += [(INFO, f"EKF3 IMU{imu} is using GPS") for imu in (0, 1)]

    def _feel_wind(
        self, truth: State, wind_m_s: tuple[float, float], p: Mapping[str, float]
    ) -> None:
        known = p["EK3_DRAG_BCOEF_X"] > 0 and p["EK3_DRAG_BCOEF_Y"] > 0 and self.position_ok
        if not known:
            self.wind_m_s = (0.0, 0.0)
        elif not truth.on_ground:
            self._wind_noise.step()
            share, noise = DT_S / WIND_MEMORY_S, self._wind_noise.value
            north, east = self.wind_m_s
            self.wind_m_s = (
                north + (wind_m_s[0] + noise - north) * share,
                east + (wind_m_s[1] - noise - east) * share,
            )

    def estimate(self, truth: State) -> Estimate:
        """Belief for this instant's truth."""
        roll, pitch, yaw = (b + w.value for b, w in zip(self._bias, self._angles, strict=True))
        return Estimate(
            time_s=truth.time_s,
            north_error_m=self.north_error_m,
            east_error_m=self.east_error_m,
            alt_amsl_m=truth.alt_amsl_m + self.up_error_m,
            roll_rad=truth.roll_rad + roll,
            pitch_rad=truth.pitch_rad + pitch,
            yaw_rad=wrap_pi(truth.yaw_rad + yaw),
        )

    def gimbal_error_rad(self) -> tuple[float, float, float]:
        """Roll, pitch, yaw of what the gimbal does wrong."""
        a, b, c = (g + w.value for g, w in zip(self._gimbal_bias, self._gimbal, strict=True))
        return a, b, c
