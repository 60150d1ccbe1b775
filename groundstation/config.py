"""The ground station's settings: table [ground] of the TOML file, environment above it.

`example.toml` beside this file shows every key with its default.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from firmware_bridge.errors import ConfigError
from firmware_bridge.messages import Latitude, Longitude
from groundstation.records.wall_clock import zone_of

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
    zone: str | None = None
    """IANA name of the wall clock's zone, in which dates and times without one are read; None:
    this machine's."""
    url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+(/\S*)?)?$")] = ""
    """Address of the page for links in printed reports; empty: the one that was asked."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        try:
            zone_of(name)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return name


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


class TlsSettings(BaseModel):
    """The station's certificate, where no proxy in front of it has one."""

    model_config = ConfigDict(extra="forbid")
    certificate: Path | None = None
    """PEM with the whole chain; None: plain HTTP."""
    key: Path | None = None
    """PEM of its private key."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        return self


class AccessSettings(BaseModel):
    """How long people stay signed in."""

    model_config = ConfigDict(extra="forbid")
    idle_hours: Annotated[float, Field(gt=0)] = 12.0
    """Unused for longer, a session is over."""
    session_days: Annotated[float, Field(gt=0)] = 7.0
    """In the end it is over however much it was used."""
    renew_minutes: Annotated[float, Field(gt=0)] = 30.0
    """The age at which a session's token is replaced."""


class PhotographSettings(BaseModel):
    """How large photographs may be, and all of them together."""

    model_config = ConfigDict(extra="forbid")
    max_mb: Annotated[int, Field(ge=1, le=512)] = 64
    quota_mb: Annotated[int, Field(ge=1)] = 200_000
    """Above it none is taken: they are evidence and never deleted by the station."""


class BackupSettings(BaseModel):
    """Encrypted copies of everything, made while the station serves."""

    model_config = ConfigDict(extra="forbid")
    folder: Path | None = None
    """Better another disk; None: `backups` beside the database."""
    every_hours: Annotated[float, Field(ge=0)] = 24.0
    """0: only by `kedrovka-ground backup`."""
    keep: Annotated[int, Field(ge=1)] = 14
    key: Path | None = None
    """The station's secret key; None: `backup.key` beside the database."""


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
    photographs: PhotographSettings = PhotographSettings()
    backup: BackupSettings = BackupSettings()
    access: AccessSettings = AccessSettings()
    tls: TlsSettings = TlsSettings()

    def database_url(self) -> str:
        """The SQLAlchemy URL to open."""
        return self.database or f"sqlite:///{self.data / 'kedrovka.sqlite'}"

    def tile_cache(self) -> Path:
        """Folder of rendered map tiles."""
        return self.basemap.cache or self.data / "tiles"

    def captures_folder(self) -> Path:
        """Folder of the raw captures of handheld units."""
        return self.dock.captures or self.data / "captures"

    def photographs_folder(self) -> Path:
        """Folder of photographs, by their hash."""
        return self.data / "photographs"

    def previews_folder(self) -> Path:
        """Folder of small versions of photographs; they are made again when it is gone."""
        return self.data / "previews"

    def imports_folder(self) -> Path:
        """Folder of imported files as they came, by their hash."""
        return self.data / "imports"

    def audit_heads(self) -> Path:
        """File in which the audit log's head is noted from time to time."""
        return self.data / "audit-heads.txt"

    def kept_folders(self) -> dict[str, Path]:
        """What a backup holds beside the database."""
        return {
            "photographs": self.photographs_folder(),
            "imports": self.imports_folder(),
            "captures": self.captures_folder(),
        }

    def backup_folder(self) -> Path:
        """Folder of the station's own backups."""
        return self.backup.folder or self.data / "backups"

    def backup_key(self) -> Path:
        """File of the key that opens them."""
        return self.backup.key or self.data / "backup.key"
