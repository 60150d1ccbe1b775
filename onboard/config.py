"""Settings of the onboard process: the table [onboard] of the configuration file.

Every default is what a quadcopter with a gimbal and a Pi can fly with; `example.toml` beside this
module shows the keys. `firmware_bridge.settings.load_settings` reads it.
"""

import math
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from firmware_bridge.messages import Quaternion, SystemId
from firmware_bridge.state import state_folder
from onboard.camera.frame import CameraOptions, Radiometry
from onboard.detect import DetectSettings
from onboard.locate import Mounting
from onboard.locate.covariance import Sigmas
from onboard.locate.lens import Lens
from onboard.locate.rotation import from_euler
from onboard.track.settings import TrackSettings

Angles = tuple[float, float, float]
"""Roll, pitch, yaw, degrees."""
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=16, le=4096)]
Sigma = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Section(BaseModel):
    """A table whose misspelt keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LensSettings(Section):
    """Either the field of view of the data sheet, or a calibration at `width` x `height`."""

    horizontal_fov_deg: Annotated[float, Field(gt=1, lt=170)] | None = None
    fov_sigma_deg: Positive = 1.0
    width: Pixels | None = None
    height: Pixels | None = None
    fx: Positive | None = None
    fy: Positive | None = None
    cx: float | None = None
    cy: float | None = None
    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    k3: float = 0.0

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self._calibration() and None in self._calibration().values():
            absent = [name for name, value in self._calibration().items() if value is None]
            raise ValueError(f"a calibrated lens needs {', '.join(absent)} too")
        if self._calibration() and self.horizontal_fov_deg is not None:
            raise ValueError("give horizontal_fov_deg or a calibration, not both")
        return self

    def _calibration(self) -> dict[str, float | None]:
        """The calibration's keys; empty when none of them is given."""
        names = ("width", "height", "fx", "fy", "cx", "cy")
        values = {name: getattr(self, name) for name in names}
        return values if any(value is not None for value in values.values()) else {}

    def lens(self, width: int, height: int) -> Lens | None:
        """The lens for frames of this size; None when the settings do not tell.

        A calibration made at another size is scaled when the shape of the picture is the same.
        """
        if self.horizontal_fov_deg is not None:
            return Lens.from_field_of_view(
                width, height, self.horizontal_fov_deg, self.fov_sigma_deg
            )
        known = self._calibration()
        if not known or not math.isclose(width * self.height_px, height * self.width_px):
            return None
        scale = width / self.width_px
        fx, fy = (float(known[name] or 0) * scale for name in ("fx", "fy"))
        # (0, 0) is the centre of the first pixel, so the edge lies half a pixel before it.
        cx, cy = ((float(known[name] or 0) + 0.5) * scale - 0.5 for name in ("cx", "cy"))
        return Lens(width, height, fx, fy, cx, cy, self.k1, self.k2, self.p1, self.p2, self.k3)

    @property
    def width_px(self) -> int:
        """Width the calibration was made at; 0 without one."""
        return self.width or 0

    @property
    def height_px(self) -> int:
        """Height the calibration was made at; 0 without one."""
        return self.height or 0


class MountSettings(Section):
    """How the camera sits on the vehicle; body and mount axes are forward, right, down."""

    lever_frd_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Camera as seen from the point whose position the autopilot reports."""
    boresight_deg: Angles = (0.0, 0.0, 0.0)
    """Optical axis against the mount: small, found by calibration."""
    fixed_deg: Angles | None = None
    """Mount against the body for a camera bolted on, straight down: [0, -90, 0]; else a gimbal."""

    def mounting(self) -> Mounting:
        """For the locator."""
        return Mounting(self.lever_frd_m, _quaternion(self.boresight_deg))

    def fixed_mount(self) -> Quaternion | None:
        """For the pose buffer; None: a gimbal reports its attitude."""
        return None if self.fixed_deg is None else _quaternion(self.fixed_deg)


class CameraSettings(Section):
    """Where frames come from and what they mean."""

    url: str | None = None
    radiometry: Radiometry | None = None
    """Overrides what the source says of itself."""
    saturation: float | None = None
    fps: Positive | None = None
    width: Pixels | None = None
    height: Pixels | None = None
    latency_s: Annotated[float, Field(ge=0, le=5)] = 0.0
    clock_sigma_s: Sigma | None = None
    lens: LensSettings = LensSettings()
    mount: MountSettings = MountSettings()

    def options(self) -> CameraOptions:
        """For `open_camera`."""
        return CameraOptions(
            radiometry=self.radiometry,
            saturation=self.saturation,
            fps=self.fps,
            width=self.width,
            height=self.height,
            latency_s=self.latency_s,
            clock_sigma_s=self.clock_sigma_s,
        )


class AutopilotSettings(Section):
    """The MAVLink link to the flight controller.

    A frame waits for the sample after it, so the rates are delay: up to 20 ms at 50 Hz. They take
    7 kB/s of the link together; a link slower than 115200 baud needs them lower.
    """

    url: str | None = None
    component_id: Annotated[int, Field(ge=1, le=255)] = 191
    attitude_hz: Annotated[float, Field(ge=1, le=200)] = 50.0
    gimbal_hz: Annotated[float, Field(ge=1, le=200)] = 50.0
    position_hz: Annotated[float, Field(ge=1, le=100)] = 50.0


class LocateSettings(Section):
    """What the sensors are trusted to, one sigma each."""

    tilt_deg: Sigma = 1.0
    yaw_deg: Sigma = 2.0
    horizontal_m: Sigma = 1.5
    vertical_m: Sigma = 2.5
    terrain_m: Sigma = 10.0
    pixel_px: Sigma = 0.5
    max_range_m: Positive = 5000.0
    pose_wait_s: Annotated[float, Field(gt=0, le=5)] = 1.0
    """How long a frame waits for the telemetry after it before it goes on unlocated."""

    def sigmas(self) -> Sigmas:
        """For the locator."""
        return Sigmas(**self.model_dump(exclude={"max_range_m", "pose_wait_s"}))


class TerrainSettings(Section):
    """Elevation data."""

    folder: Path | None = None
    """Folder of .hgt tiles."""


class RecorderSettings(Section):
    """The recording a flight can be replayed from."""

    enabled: bool = True
    folder: Path = Field(default_factory=lambda: state_folder() / "recordings")
    quota_mb: Annotated[float, Field(ge=1)] = 4000.0


class SpoolSettings(Section):
    """Reports that wait for the ground."""

    folder: Path = Field(default_factory=lambda: state_folder() / "spool")
    quota_mb: Annotated[float, Field(ge=1)] = 64.0


class HttpSettings(Section):
    """The ground over IP."""

    url: str | None = None
    """The ground station's root, as in http://10.0.0.2:8077; None: no IP."""
    key: SecretStr | None = None
    """Issued by `kedrovka-ground key add`."""
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0


class RadioSettings(Section):
    """The ground over the autopilot's radio."""

    enabled: bool = True
    bytes_per_s: Annotated[float, Field(ge=50, le=50_000)] = 400.0
    """Share of the link for us: 57.6 k radios carry 5700 bytes/s, telemetry at 4 Hz 5000."""


class UplinkSettings(Section):
    """Ways to the ground."""

    http: HttpSettings = HttpSettings()
    radio: RadioSettings = RadioSettings()


class OnboardSettings(BaseSettings):
    """The table [onboard]."""

    # As `load_settings` reads it; without the prefix a bare OnboardSettings() would take $NAME.
    model_config = SettingsConfigDict(
        extra="forbid", env_prefix="KEDROVKA_ONBOARD__", env_nested_delimiter="__"
    )

    name: Annotated[str, Field(max_length=40)] = "kedrovka"
    """What people call the vehicle; in logs and recordings."""
    system_id: SystemId | None = None
    """MAVLink id of our vehicle; None takes the first autopilot heard."""
    camera: CameraSettings = CameraSettings()
    autopilot: AutopilotSettings = AutopilotSettings()
    locate: LocateSettings = LocateSettings()
    terrain: TerrainSettings = TerrainSettings()
    detect: DetectSettings = DetectSettings()
    track: TrackSettings = TrackSettings()
    recorder: RecorderSettings = Field(default_factory=RecorderSettings)
    spool: SpoolSettings = Field(default_factory=SpoolSettings)
    uplink: UplinkSettings = UplinkSettings()

    def remarks(self) -> list[str]:
        """What works without, but not as one may think."""
        http, radio = self.uplink.http.url, self.uplink.radio.enabled
        key = self.uplink.http.key
        lens, calibrated = self.camera.lens.horizontal_fov_deg, self.camera.lens.width
        found = {
            "[onboard.camera.lens] is not set: hotspots have no place": not (lens or calibrated),
            "[onboard.terrain] folder is not set: hotspots have no place": not self.terrain.folder,
            "[onboard.uplink.http] url is not set: reports go by radio, without pictures": radio
            and not http,
            "[onboard.uplink.http] key is not set: the station lets nobody report without one": (
                http and not key
            ),
            "[onboard.uplink] has no way to the ground: nobody is told": not (radio or http),
        }
        return [text for text, true in found.items() if true]


def _quaternion(angles_deg: Angles) -> Quaternion:
    roll, pitch, yaw = (math.radians(angle) for angle in angles_deg)
    return from_euler(yaw, pitch, roll)
