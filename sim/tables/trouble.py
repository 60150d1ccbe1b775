"""What makes a flight less than perfect: wind, errors, clocks, radio, faults on schedule."""

from typing import Literal

from pydantic import Field

from sim.tables import Table


class Wind(Table):
    speed_m_s: float = Field(default=4.0, ge=0, le=25)
    """From 60 m above the ground; below, it falls with the square root of the height."""
    from_deg: float = 240.0
    gust_m_s: float = Field(default=0.8, ge=0, le=10)
    gust_memory_s: float = Field(default=2.5, ge=0.01, le=60)


class Noise(Table):
    """What the vehicle does not know about itself; one sigma."""

    gps_m: float = Field(default=1.5, ge=0)
    altitude_m: float = Field(default=1.5, ge=0)
    wander_s: float = Field(default=60.0, gt=0)
    tilt_deg: float = Field(default=0.5, ge=0)
    yaw_deg: float = Field(default=1.2, ge=0)
    gimbal_deg: float = Field(default=0.3, ge=0)


class Clock(Table):
    boot_s: float | None = Field(default=None, ge=0)
    """Autopilot time since power-up when the simulation starts; None: 90 in the air, 0 on the
    ground, where it takes 42 s until it can be armed."""
    drift_ppm: float = 15.0
    utc_lag_s: float = 2.1


class Radio(Table):
    """The telemetry radio: every `udpout:` link."""

    bits_per_s: int = Field(default=0, ge=0)
    """0 is unlimited; 57600 is the usual one."""
    loss: float = Field(default=0.0, ge=0, lt=1)
    latency_s: float = Field(default=0.0, ge=0, le=5)
    stream_hz: int = Field(default=2, ge=0, le=50)
    """Positions and attitudes sent unasked, as SR1_* of a configured vehicle."""
    line_of_sight: bool = False
    """Nothing gets through while the ground stands between the vehicle and the station."""
    station_north_m: float = Field(default=0.0, ge=-50_000, le=50_000)
    """Of the station's antenna, from home."""
    station_east_m: float = Field(default=0.0, ge=-50_000, le=50_000)
    mast_m: float = Field(default=3.0, ge=0, le=200)


FaultKind = Literal[
    "autopilot_reboot", "camera_unplug", "frozen_camera", "radio_loss", "clock_jump",
    "gps_glitch", "gps_loss", "rc_loss",
]  # fmt: skip


class Fault(Table):
    kind: FaultKind
    at_s: float = Field(ge=0)
    duration_s: float = Field(default=5.0, ge=0)
    size: float = 30.0
    """Metres of a gps_glitch, seconds of a clock_jump."""
