"""Handheld units, their downloads, tracks and waypoints."""

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, LargeBinary, Table, Uuid

from groundstation.store.tables.base import METADATA, ROW_ID
from groundstation.store.types import PlainText, UtcTime

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
    Column("unit", PlainText(120), ForeignKey("units.unit")),
    Column("download", Uuid, ForeignKey("downloads.download")),
    Column("import", ROW_ID, ForeignKey("imports.import"), index=True),
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
