"""What pictures in a report are made with: map tiles, photographs, a language."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from groundstation.basemap.basemap import Basemap
from groundstation.config import GroundSettings
from groundstation.photographs import folder
from groundstation.records.photograph import Photograph
from groundstation.report.maps import Tile
from groundstation.words import Language


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a report is drawn."""

    language: Language
    tile: Tile | None
    """None: the station has no terrain."""
    photograph: Callable[[str], bytes | None]
    """Small JPEG without metadata by SHA-256; None: it cannot be shown, or is not there."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph inside the HTML."""

    name: str
    data: str
    """A `data:` URL."""


def desk(settings: GroundSettings, basemap: Basemap, language: Language) -> Desk:
    """Of a station."""
    photographs, previews = settings.photographs_folder(), settings.data / "previews"

    def photograph(sha256: str) -> bytes | None:
        return folder.small_version(photographs, previews, sha256)

    tile = basemap.rendered if settings.terrain is not None else None
    return Desk(language, tile, photograph)


def pictures(photographs: Sequence[Photograph], at: Desk) -> tuple[list[Picture], int]:
    """Those that can be shown, and how many cannot."""
    contents = [(p, at.photograph(p.sha256)) for p in photographs]
    shown = [
        Picture(p.name, f"data:image/jpeg;base64,{base64.b64encode(content).decode()}")
        for p, content in contents
        if content is not None
    ]
    return shown, len(contents) - len(shown)
