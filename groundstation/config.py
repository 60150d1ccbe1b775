"""The ground station's settings: table [ground] of the TOML file, environment above it.

`example.toml` beside this file shows every key with its default.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from firmware_bridge.messages import Latitude, Longitude

Port = Annotated[int, Field(ge=0, le=65535)]


class StationSettings(BaseModel):
    """What the page is told about the place."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=80)] = "Kedrovka"
    lat_deg: Latitude = 43.5
    """Centre of the map when it opens."""
    lon_deg: Longitude = 131.5
    zoom: Annotated[float, Field(ge=2, le=20)] = 12.0
    languages: Annotated[list[Literal["ru", "en"]], Field(min_length=1)] = ["ru", "en"]
    """The first one is the page's when the browser asks for neither."""


class RadioSettings(BaseModel):
    """MAVLink links on which vehicles are heard, besides HTTP."""

    model_config = ConfigDict(extra="forbid")
    links: list[str] = []
    """`udpin:HOST:PORT`, `serial:/dev/serial/by-id/...:BAUD`, `tcp:HOST:PORT`, ..."""
    system_id: Annotated[int, Field(ge=1, le=255)] = 254
    component_id: Annotated[int, Field(ge=1, le=255)] = 190


class BasemapSettings(BaseModel):
    """Where rendered map tiles are kept, and how many of them."""

    model_config = ConfigDict(extra="forbid")
    cache: Path | None = None
    """None: `tiles` beside the database."""
    quota_mb: Annotated[int, Field(ge=1)] = 512
    threads: Annotated[int, Field(ge=1, le=16)] = 2


class TrailSettings(BaseModel):
    """How long a vehicle's path is kept."""

    model_config = ConfigDict(extra="forbid")
    days: Annotated[float, Field(gt=0)] = 90.0
    points_per_vehicle: Annotated[int, Field(ge=100)] = 200_000


class DockSettings(BaseModel):
    """Where handheld units are plugged in, and where their raw captures go."""

    model_config = ConfigDict(extra="forbid")
    enabled: bool = True
    ports: list[str] = ["/dev/serial/by-id/*"]
    """Patterns of device paths; our own radio links are never touched."""
    volumes: list[Path] = [Path("/media"), Path("/run/media")]
    """Folders in which disks are mounted."""
    captures: Path | None = None
    """None: `captures` beside the database."""
    captures_quota_mb: Annotated[int, Field(ge=1)] = 10_000
    """Above it the board warns; captures are evidence and never deleted by the station."""
    observations: Path | None = None
    """Table that proposes observations from waypoints; None: ours, `dock/observations.toml`."""


class GroundSettings(BaseSettings):
    """Everything under [ground]."""

    model_config = SettingsConfigDict(extra="forbid")
    host: str = "127.0.0.1"
    port: Port | Literal["auto"] = 8080
    """`auto`: the first free one from 8080 on."""
    names: list[str] = []
    """Names under which browsers reach the station, where they are not local ones."""
    data: Path = Path("kedrovka-data")
    """Folder of the database and the tile cache unless they are named."""
    database: str | None = None
    """SQLAlchemy URL; None: SQLite in the data folder."""
    terrain: Path | None = None
    """Folder of .hgt elevation tiles; None: no basemap."""
    station: StationSettings = StationSettings()
    radio: RadioSettings = RadioSettings()
    basemap: BasemapSettings = BasemapSettings()
    trail: TrailSettings = TrailSettings()
    dock: DockSettings = DockSettings()

    def database_url(self) -> str:
        """The SQLAlchemy URL to open."""
        return self.database or f"sqlite:///{self.data / 'kedrovka.sqlite'}"

    def tile_cache(self) -> Path:
        """Folder of rendered map tiles."""
        return self.basemap.cache or self.data / "tiles"

    def captures_folder(self) -> Path:
        """Folder of the raw captures of handheld units."""
        return self.dock.captures or self.data / "captures"
