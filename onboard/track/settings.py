"""What the tracker may be told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """Confirmation, gates, reporting and bounds of the tracker."""

    confirm_hits: int = 3
    """m of m-of-n: so many of the last `confirm_frames` frames that had the place in view."""
    confirm_frames: int = 5
    gate_chi2: float = 13.8
    """Squared Mahalanobis distance, two degrees of freedom: 99.9 %."""
    gate_px: float = 30.0
    """Between consecutive sights in the picture, where there is no place to compare."""
    pixel_memory_s: float = 1.0
    """A picture position older than this says nothing about the next frame."""
    max_speed_m_s: float = 3.0
    """People and game move so fast; a fire does not move."""
    forget_tentative_s: float = 10.0
    forget_fire_s: float = 1800.0
    forget_signature_s: float = 120.0
    max_tracks: int = 100
    max_detections: int = 64
    """Per frame; the highest scores win."""
    white_time_s: float = 1.0
    """Errors closer in time than this are not new: frames at 30 Hz do not average them away."""
    bias_time_s: float = 900.0
    """After so long 1/e of a bias is left and the rest is new."""
    revise_interval_s: float = 2.0
    """At most one revision of a track in this time."""
    refresh_interval_s: float = 10.0
    """A track still seen is told again after this time even when nothing changed."""
    revise_position_share: float = 0.5
    """Moved by this share of the CE90 last told."""
    revise_ce90_ratio: float = 0.7
    """CE90 shrank below this part of the one last told."""
    revise_peak_kelvin: float = 20.0
    lost_after_s: float = 2.0
    """Unseen for this long, what was not told yet is told once."""
