"""Thresholds of the detector, with the reason for each default."""

from pydantic import BaseModel, ConfigDict, Field


class FireSettings(BaseModel):
    """When a warm region is called a fire."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    absolute_kelvin: float = Field(default=373.15, gt=0)
    """Surely fire: no ground that the sun alone warms comes near the boiling point."""
    grow_kelvin: float = Field(default=363.15, gt=0)
    """A sure fire grows down to here: still 20 K above the warmest sunlit ground."""
    sunlit_kelvin: float = Field(default=353.15, gt=0)
    """A resolved (broad) region below this may be a rock, a roof or a car in the sun."""
    contextual_floor_kelvin: float = Field(default=310.15, gt=0)
    """Contextual fires are at least this warm: 37 C, which nothing that lives exceeds. Seen between
    leaves, or from high up, a person is no larger than a point source looks."""
    contextual_contrast_kelvin: float = Field(default=15.0, gt=0)
    contextual_deviations: float = Field(default=5.0, gt=0)
    """Standard deviations over the window's mean (Schroeder 2014 has 3.5 mean deviations)."""
    warm_scene_kelvin: tuple[float, float] = (288.15, 303.15)
    """Between these backgrounds the floor rises to `sunny_floor_kelvin`: the sun may be out."""
    sunny_floor_kelvin: float = Field(default=343.15, gt=0)
    unresolved_px: int = Field(default=12, ge=1)
    """Pixels above half contrast that one point source can cover through the lens."""
    relative_deviations: float = Field(default=60.0, gt=0)
    """Without calibration: robust deviations of the frame that a fire must stand out by."""
    max_regions: int = Field(default=24, ge=1, le=500)


class SignatureSettings(BaseModel):
    """When a small warm thing is reported as a signature."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    contrast_kelvin: float = Field(default=3.0, gt=0)
    """Over the ring: broad clumps of bare ground and grass differ by less."""
    relative_deviations: float = Field(default=1.0, gt=0)
    """Without calibration: robust deviations of the frame instead of kelvin."""
    noise_deviations: float = Field(default=6.0, gt=0)
    """Contrast over the pixel-to-pixel noise, whatever the unit."""
    clutter_ratio: float = Field(default=3.5, ge=0)
    """Score over the median score of all peaks of the frame: how well it stands out of clutter."""
    closed_share: float = Field(default=0.75, ge=0, le=1)
    """Share of 16 rays that must fall below half contrast: an edge or a path does not."""
    min_size_m: float = Field(default=0.15, gt=0)
    max_size_m: float = Field(default=4.0, gt=0)
    """Used where the ground sample distance is known."""
    person_width_m: float = Field(default=0.3, gt=0)
    """The narrow side of a person from above. Where a pixel covers more, only what is resolved is
    reported: at least `resolved_px` as measured, blur included."""
    resolved_px: float = Field(default=3.0, ge=0)
    """Anything up to 3 x 3 pixels measures 2.2 to 2.9."""
    max_size_px: float = Field(default=60.0, gt=0)
    fire_halo_m: float = Field(default=6.0, ge=0)
    """Warm ground around a fire is part of it up to three of its radii, and no farther than this
    where the ground sample distance is known."""
    max_candidates: int = Field(default=160, ge=1, le=5000)
    """Examined per scale."""
    max_regions: int = Field(default=24, ge=1, le=500)


class DetectSettings(BaseModel):
    """Both branches of the detector."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fire: FireSettings = FireSettings()
    signature: SignatureSettings = SignatureSettings()
