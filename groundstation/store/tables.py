"""The schema as SQLAlchemy Core tables; the migrations bring a database to this state."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Uuid,
)

from groundstation.store.types import PlainText, UtcTime

METADATA = MetaData()
ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts rows by itself only in a column of type INTEGER."""

hotspots = Table(
    "hotspots",
    METADATA,
    Column("hotspot_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("system_id", Integer, nullable=False),
    Column("kind", PlainText(20), nullable=False),
    Column("first_seen_utc", UtcTime, nullable=False),
    Column("last_seen_utc", UtcTime, nullable=False),
    Column("views", Integer, nullable=False),
    Column("lat_deg", Float(53)),
    Column("lon_deg", Float(53)),
    Column("alt_amsl_m", Float(53)),
    Column("var_east_m2", Float(53)),
    Column("var_north_m2", Float(53)),
    Column("cov_east_north_m2", Float(53)),
    Column("ce90_m", Float(53)),
    Column("unlocated_because", PlainText(200)),
    Column("peak_kelvin", Float(53)),
    Column("contrast_kelvin", Float(53)),
    Column("saturated", Boolean, nullable=False),
    Column("area_m2", Float(53)),
    Column("state", PlainText(20), nullable=False),
    Column("source", PlainText(10), nullable=False),
    Column("received_utc", UtcTime, nullable=False),
    Column("updated_utc", UtcTime, nullable=False),
    Column("listed_utc", UtcTime, nullable=False),
    Column("clock_suspect", Boolean, nullable=False),
    Column("thumbnail_etag", PlainText(64)),
    Index("hotspots_by_time", "listed_utc", "hotspot_id"),
    Index("hotspots_by_place", "lat_deg", "lon_deg"),
)

hotspot_history = Table(
    "hotspot_history",
    METADATA,
    Column("entry", ROW_ID, primary_key=True, autoincrement=True),
    Column("hotspot_id", Uuid, ForeignKey("hotspots.hotspot_id"), nullable=False, index=True),
    Column("time_utc", UtcTime, nullable=False),
    Column("action", PlainText(20), nullable=False),
    Column("who", PlainText(80), nullable=False),
    Column("reason", PlainText(500)),
)

thumbnails = Table(
    "thumbnails",
    METADATA,
    Column("hotspot_id", Uuid, ForeignKey("hotspots.hotspot_id"), primary_key=True),
    Column("media_type", PlainText(20), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("received_utc", UtcTime, nullable=False),
)

liveness = Table(
    "liveness",
    METADATA,
    Column("station", Integer, primary_key=True, autoincrement=False),
    Column("written_utc", UtcTime, nullable=False),
)
"""One row, written by the health check: the only proof that the disk still takes writes."""

vehicle_states = Table(
    "vehicle_states",
    METADATA,
    Column("system_id", Integer, primary_key=True, autoincrement=False),
    Column("time_utc", UtcTime, nullable=False),
    Column("lat_deg", Float(53), nullable=False),
    Column("lon_deg", Float(53), nullable=False),
    Column("alt_amsl_m", Float(53), nullable=False),
    Column("height_above_home_m", Float(53)),
    Column("heading_deg", Float(53)),
    Column("speed_m_s", Float(53)),
    Column("mode", PlainText(20)),
    Column("armed", Boolean),
    Column("battery_percent", Float(53)),
    Column("footprint", JSON),
    Column("source", PlainText(10), nullable=False),
    Column("received_utc", UtcTime, nullable=False),
)

vehicle_health = Table(
    "vehicle_health",
    METADATA,
    Column("system_id", Integer, primary_key=True, autoincrement=False),
    Column("time_utc", UtcTime, nullable=False),
    Column("report", JSON, nullable=False),
    Column("source", PlainText(10), nullable=False),
    Column("received_utc", UtcTime, nullable=False),
)

vehicle_trail = Table(
    "vehicle_trail",
    METADATA,
    Column("point", ROW_ID, primary_key=True, autoincrement=True),
    Column("system_id", Integer, nullable=False),
    Column("time_utc", UtcTime, nullable=False),
    Column("lat_deg", Float(53), nullable=False),
    Column("lon_deg", Float(53), nullable=False),
    Column("alt_amsl_m", Float(53), nullable=False),
    Column("heading_deg", Float(53)),
    Column("speed_m_s", Float(53)),
    Index("vehicle_trail_by_time", "system_id", "time_utc"),
)

people = Table(
    "people",
    METADATA,
    Column("person", ROW_ID, primary_key=True, autoincrement=True),
    Column("name", PlainText(120), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_utc", UtcTime, nullable=False),
)

units = Table(
    "units",
    METADATA,
    Column("unit", PlainText(120), primary_key=True),
    Column("family", PlainText(20), nullable=False),
    Column("number", PlainText(80)),
    Column("model", PlainText(200)),
    Column("firmware", PlainText(80)),
    Column("label", PlainText(80)),
    Column("clock_offset_s", Float(53)),
    Column("first_docked_utc", UtcTime, nullable=False),
    Column("last_docked_utc", UtcTime, nullable=False),
    Column("revision", Integer, nullable=False),
    Index("units_by_number", "family", "number"),
)

unit_issues = Table(
    "unit_issues",
    METADATA,
    Column("issue", ROW_ID, primary_key=True, autoincrement=True),
    Column("unit", PlainText(120), ForeignKey("units.unit"), nullable=False),
    Column("person", ROW_ID, ForeignKey("people.person"), nullable=False),
    Column("from_utc", UtcTime, nullable=False),
    Column("until_utc", UtcTime),
    Index("unit_issues_by_time", "unit", "from_utc"),
)

unit_history = Table(
    "unit_history",
    METADATA,
    Column("entry", ROW_ID, primary_key=True, autoincrement=True),
    Column("unit", PlainText(120), ForeignKey("units.unit"), nullable=False, index=True),
    Column("time_utc", UtcTime, nullable=False),
    Column("action", PlainText(20), nullable=False),
    Column("who", PlainText(80)),
    Column("detail", PlainText(), nullable=False),
)
"""Only ever appended to."""

downloads = Table(
    "downloads",
    METADATA,
    Column("download", Uuid, primary_key=True),
    Column("unit", PlainText(120), ForeignKey("units.unit"), nullable=False),
    Column("port", PlainText(), nullable=False),
    Column("capture", PlainText(255), nullable=False, unique=True),
    Column("sha256", PlainText(64), nullable=False),
    Column("format", PlainText(40), nullable=False),
    Column("started_utc", UtcTime, nullable=False),
    Column("ended_utc", UtcTime, nullable=False),
    Column("announced", JSON, nullable=False),
    Column("received", JSON, nullable=False),
    Column("new_points", Integer, nullable=False),
    Column("known_points", Integer, nullable=False),
    Column("new_waypoints", Integer, nullable=False),
    Column("known_waypoints", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("complaint", PlainText()),
    Column("flaws", JSON, nullable=False),
    Column("clock_offset_s", Float(53)),
    Column("weeks_added", Integer, nullable=False),
    Column("marks", JSON, nullable=False),
    Index("downloads_by_time", "unit", "started_utc"),
)

tracks = Table(
    "tracks",
    METADATA,
    Column("track", ROW_ID, primary_key=True, autoincrement=True),
    Column("unit", PlainText(120), ForeignKey("units.unit"), nullable=False),
    Column("download", Uuid, ForeignKey("downloads.download"), nullable=False),
    Column("name", PlainText()),
    Column("extras", JSON, nullable=False),
    Column("first_utc", UtcTime),
    Column("last_utc", UtcTime),
    Column("utc_offset_s", Integer, nullable=False),
    Column("weeks_added", Integer, nullable=False),
    Column("segments", Integer, nullable=False),
    Column("points", Integer, nullable=False),
    Column("west_deg", Float(53)),
    Column("south_deg", Float(53)),
    Column("east_deg", Float(53)),
    Column("north_deg", Float(53)),
    Column("length_m", Float(53), nullable=False),
    Column("cleaned_length_m", Float(53), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("tracks_by_time", "unit", "first_utc"),
)

waypoints = Table(
    "waypoints",
    METADATA,
    Column("waypoint", ROW_ID, primary_key=True, autoincrement=True),
    Column("unit", PlainText(120), ForeignKey("units.unit"), nullable=False),
    Column("download", Uuid, ForeignKey("downloads.download"), nullable=False),
    Column("digest", PlainText(32), nullable=False),
    Column("name", PlainText(), nullable=False),
    Column("lat_deg", Float(53)),
    Column("lon_deg", Float(53)),
    Column("alt_amsl_m", Float(53)),
    Column("time_utc", UtcTime),
    Column("comment", PlainText()),
    Column("description", PlainText()),
    Column("symbol", PlainText()),
    Column("extras", JSON, nullable=False),
    Index("waypoints_once", "unit", "digest", unique=True),
)
