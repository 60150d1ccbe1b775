"""The camera: a model's figures, each of which a scenario may change, its lens and its gimbal."""

from typing import Any, Literal

from pydantic import Field, model_validator

from sim.tables import Table

MODELS: dict[str, dict[str, Any]] = {
    # FLIR Boson 640, 18 mm, radiometric: TLinear over CMOS or USB, Y16.
    "boson-640": {},
    # FLIR Lepton 3.5 on a PureThermal board: 160 x 120 at 8.7 Hz, TLinear, wide lens.
    "lepton-3.5": {
        "width": 160, "height": 120, "horizontal_fov_deg": 57.0, "fps": 8.7, "exposure_ms": 12.0,
    },
    # A core whose video output alone is wired: what its gain control leaves, in 8 bits.
    "agc-640": {"output": "agc"},
}  # fmt: skip
CEILING_CELSIUS = {"high": 187.0, "low": 500.0}


class Gimbal(Table):
    pitch_deg: float = Field(default=-90.0, ge=-90, le=20)
    yaw_frame: Literal["vehicle", "earth"] = "vehicle"
    yaw_deg: float = 0.0
    """Of the mount, from the heading or from north as `yaw_frame` says."""


class Lens(Table):
    """Distortion as OpenCV names it."""

    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    k3: float = 0.0


class Camera(Table):
    model: Literal["boson-640", "lepton-3.5", "agc-640"] = "boson-640"
    """Where the values come from that nobody gives."""
    width: int = Field(default=640, ge=16, le=2048)
    height: int = Field(default=512, ge=16, le=2048)
    horizontal_fov_deg: float = Field(default=32.0, gt=1, lt=150)
    fps: float = Field(default=9.0, gt=0, le=60)
    """A Boson gives 9, 30 or 60."""
    exposure_ms: float = Field(default=8.0, gt=0)
    output: Literal["centikelvin", "counts", "agc"] = "centikelvin"
    """Temperatures (TLinear), 14-bit counts before any calibration, or the 8-bit picture."""
    gain: Literal["high", "low"] = "high"
    """Low gain sees hotter things and is three times as noisy."""
    saturation_celsius: float = Field(default=0.0, ge=0)
    """0: of the gain, 187 or 500; 382 is the most that centikelvin in 16 bits can say."""
    ffc_period_s: float = Field(default=180.0, gt=10)
    ffc_first_s: float = Field(default=75.0, ge=2)
    clock_offset_s: float = 12345.0
    """Camera clock at the start of the simulation."""
    clock_drift_ppm: float = 20.0
    lever_frd_m: tuple[float, float, float] = (0.10, 0.0, 0.06)
    """Camera from the navigation antenna, in the vehicle's frame."""

    @model_validator(mode="before")
    @classmethod
    def _of_the_model(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return MODELS.get(str(given.get("model")), {}) | given

    @property
    def ceiling_celsius(self) -> float:
        """Where the true temperature is no longer known."""
        return self.saturation_celsius or CEILING_CELSIUS[self.gain]
