"""Hotspots and vehicles."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Uuid,
)

from groundstation.store.tables.base import METADATA, ROW_ID
from groundstation.store.types import PlainText, UtcTime

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
