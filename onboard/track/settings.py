"""What the tracker may be told."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class TrackSettings(BaseModel):
    """Confirmation, gates, reporting and bounds of the tracker."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    confirm_hits: int = Field(default=3, ge=1)
    """m of m-of-n: so many of the last `confirm_frames` frames that had the place in view."""
    confirm_frames: int = Field(default=5, ge=1)
    weak_score_kelvin: float = Field(default=4.5, ge=0)
    """A signature below this is weak: half as much again as the detector's least contrast."""
    weak_confirm_hits: int = Field(default=12, ge=1)
    """m of n for weak signatures: heat is in every frame, ground that reaches the detector's
    threshold now and then is in half of them (12 of 15 by chance: 2 %; 3 of 5: 50 %)."""
    weak_confirm_frames: int = Field(default=15, ge=1)
    gate_chi2: float = Field(default=13.8, gt=0)
    """Squared Mahalanobis distance, two degrees of freedom: 99.9 %."""
    gate_px: float = Field(default=30.0, gt=0)
    """Between consecutive sights in the picture, where there is no place to compare."""
    pixel_memory_s: float = Field(default=1.0, gt=0)
    """A picture position older than this says nothing about the next frame."""
    max_speed_m_s: float = Field(default=3.0, gt=0)
    """People and game move so fast; a fire does not move."""
    fire_halo_m: float = Field(default=6.0, ge=0)
    """Warm ground around a fire belongs to it up to three of its radii, and no farther than this:
    a person at the fire's side must be told."""
    forget_tentative_s: float = Field(default=10.0, gt=0)
    forget_fire_s: float = Field(default=1800.0, gt=0)
    forget_signature_s: float = Field(default=1800.0, gt=0)
    """What stays in its place is known again on the way back; what walks away is not."""
    max_tracks: int = Field(default=100, ge=1)
    max_detections: int = Field(default=64, ge=1)
    """Per frame; the highest scores win."""
    white_time_s: float = Field(default=1.0, gt=0)
    """Errors closer in time than this are not new: frames at 30 Hz do not average them away."""
    bias_time_s: float = Field(default=900.0, gt=0)
    """After so long 1/e of a bias is left and the rest is new."""
    revise_interval_s: float = Field(default=2.0, gt=0)
    """At most one revision of a track in this time."""
    refresh_interval_s: float = Field(default=10.0, gt=0)
    """A track still seen is told again after this time even when nothing changed."""
    revise_position_share: float = Field(default=0.5, gt=0)
    """Moved by this share of the CE90 last told."""
    revise_ce90_ratio: float = Field(default=0.7, gt=0)
    """CE90 shrank below this part of the one last told."""
    revise_peak_kelvin: float = Field(default=20.0, gt=0)
    lost_after_s: float = Field(default=2.0, gt=0)
    """Unseen for this long, what was not told yet is told once."""

    @model_validator(mode="after")
    def _can_confirm(self) -> Self:
        if self.confirm_hits > self.confirm_frames:
            raise ValueError(f"confirm_hits is above confirm_frames, {self.confirm_frames}")
        if self.weak_confirm_hits > self.weak_confirm_frames:
            raise ValueError(
                f"weak_confirm_hits is above weak_confirm_frames, {self.weak_confirm_frames}"
            )
        return self
