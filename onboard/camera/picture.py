"""One picture out of a file, before it has a time and a number."""

from dataclasses import dataclass

from onboard.camera.frame import Pixels, Radiometry


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Pixels and what they mean."""

    pixels: Pixels
    radiometry: Radiometry
    camera: str
    why: str
    """Why this radiometry, for the log."""
    saturation: float | None = None
    after_s: float | None = None
    """Time since the file's first picture, where the file tells it."""
