"""People, raids, observations and what hangs on them (`groundstation.records` says what it means).

Local dates and times are kept as they were written, with the offset of the wall clock from UTC:
a night's raid must stay that night, whatever the zone of whoever reads it.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Time,
    Uuid,
)

from groundstation.store.tables.base import METADATA, ROW_ID
from groundstation.store.types import PlainText, UtcTime

people = Table(
    "people",
    METADATA,
    Column("person", ROW_ID, primary_key=True, autoincrement=True),
    Column("name", PlainText(120), nullable=False),
    Column("employee_id", PlainText(80)),
    Column("given_name", PlainText(80)),
    Column("family_name", PlainText(80)),
    Column("team", PlainText(80)),
    Column("active", Boolean, nullable=False),
    Column("created_utc", UtcTime, nullable=False),
    Index("people_by_employee_id", "employee_id", unique=True),
)

terms = Table(
    "terms",
    METADATA,
    Column("kind", PlainText(20), primary_key=True),
    Column("key", PlainText(80), primary_key=True),
    Column("names", JSON, nullable=False),
    Column("patrol_type", PlainText(10)),
    Column("active", Boolean, nullable=False),
)
"""Teams, stations, mandates and means of transport: what a raid may name."""

data_models = Table(
    "data_models",
    METADATA,
    Column("model", ROW_ID, primary_key=True, autoincrement=True),
    Column("time_utc", UtcTime, nullable=False),
    Column("who", PlainText(80), nullable=False),
    Column("document", JSON, nullable=False),
)
"""Every state the data model was ever in; the last row is in force."""

imports = Table(
    "imports",
    METADATA,
    Column("import", ROW_ID, primary_key=True, autoincrement=True),
    Column("sha256", PlainText(64), nullable=False, index=True),
    Column("name", PlainText(255), nullable=False),
    Column("format", PlainText(40), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("time_utc", UtcTime, nullable=False),
    Column("who", PlainText(80), nullable=False),
    Column("report", JSON, nullable=False),
)
"""Files that came from elsewhere; the bytes lie in the data folder under their hash."""

counts = Table(
    "counts",
    METADATA,
    Column("count_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("name", PlainText(120), nullable=False),
    Column("start_date", Date, nullable=False),
    Column("end_date", Date, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("withdrawn", PlainText(500)),
)
"""Winter track counts."""

routes = Table(
    "routes",
    METADATA,
    Column("route_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("number", PlainText(20), nullable=False),
    Column("name", PlainText(120), nullable=False),
    Column("team", PlainText(80)),
    Column("line", JSON, nullable=False),
    Column("planned_m", Float(53), nullable=False),
    Column("active", Boolean, nullable=False),
)
"""Count routes as planned; a walk of one is a raid of kind `count`."""

sites = Table(
    "sites",
    METADATA,
    Column("site_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("kind", PlainText(20), nullable=False),
    Column("name", PlainText(120), nullable=False),
    Column("lat_deg", Float(53), nullable=False),
    Column("lon_deg", Float(53), nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("withdrawn", PlainText(500)),
)
"""Places that stay: camera traps."""

raids = Table(
    "raids",
    METADATA,
    Column("raid_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("kind", PlainText(10), nullable=False),
    Column("number", PlainText(80), nullable=False),
    Column("patrol_type", PlainText(10), nullable=False),
    Column("armed", Boolean, nullable=False),
    Column("team", PlainText(80)),
    Column("station", PlainText(80)),
    Column("objective", PlainText()),
    Column("comment", PlainText()),
    Column("search", PlainText(), nullable=False),
    Column("start_date", Date, nullable=False),
    Column("end_date", Date, nullable=False),
    Column("lat_deg", Float(53)),
    Column("lon_deg", Float(53)),
    Column("decoy", PlainText(80)),
    Column("system_id", Integer),
    Column("count_id", Uuid, ForeignKey("counts.count_id"), index=True),
    Column("route_id", Uuid, ForeignKey("routes.route_id")),
    Column("attributes", JSON, nullable=False),
    Column("flaws", JSON, nullable=False),
    Column("import", ROW_ID, ForeignKey("imports.import")),
    Column("withdrawn", PlainText(500)),
    Column("filed_by", PlainText(80), nullable=False),
    Column("filed_utc", UtcTime, nullable=False),
    Column("updated_utc", UtcTime, nullable=False),
    # Summed up whenever the raid, its tracks or its observations change.
    Column("distance_m", Float(53), nullable=False),
    Column("patrol_s", Float(53), nullable=False),
    Column("active_s", Float(53), nullable=False),
    Column("days", Integer, nullable=False),
    Column("finds", Integer, nullable=False),
    Column("west_deg", Float(53)),
    Column("south_deg", Float(53)),
    Column("east_deg", Float(53)),
    Column("north_deg", Float(53)),
    Index("raids_by_date", "start_date", "raid_id"),
    Index("raids_by_team", "team", "start_date"),
    Index("raids_by_number", "number"),
)

raid_legs = Table(
    "raid_legs",
    METADATA,
    Column("raid_id", Uuid, ForeignKey("raids.raid_id"), primary_key=True),
    Column("leg", PlainText(80), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("start_date", Date, nullable=False),
    Column("end_date", Date, nullable=False),
    Column("transport", PlainText(80)),
    Column("mandate", PlainText(80)),
)

raid_members = Table(
    "raid_members",
    METADATA,
    Column("raid_id", Uuid, primary_key=True),
    Column("leg", PlainText(80), primary_key=True),
    Column("person", ROW_ID, ForeignKey("people.person"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("is_leader", Boolean, nullable=False),
    Column("is_pilot", Boolean, nullable=False),
    ForeignKeyConstraint(["raid_id", "leg"], ["raid_legs.raid_id", "raid_legs.leg"]),
    Index("raid_members_by_person", "person", "raid_id"),
)

raid_days = Table(
    "raid_days",
    METADATA,
    Column("raid_id", Uuid, primary_key=True),
    Column("leg", PlainText(80), primary_key=True),
    Column("date", Date, primary_key=True),
    Column("start_time", Time),
    Column("end_time", Time),
    Column("rest_minutes", Float(53), nullable=False),
    Column("utc_offset_s", Integer, nullable=False),
    Column("distance_m", Float(53), nullable=False),
    ForeignKeyConstraint(["raid_id", "leg"], ["raid_legs.raid_id", "raid_legs.leg"]),
)

raid_tracks = Table(
    "raid_tracks",
    METADATA,
    Column("raid_id", Uuid, primary_key=True),
    Column("leg", PlainText(80), primary_key=True),
    Column("track", ROW_ID, ForeignKey("tracks.track"), primary_key=True),
    Column("from_utc", UtcTime),
    Column("until_utc", UtcTime),
    Column("west_deg", Float(53)),
    Column("south_deg", Float(53)),
    Column("east_deg", Float(53)),
    Column("north_deg", Float(53)),
    Column("counted", LargeBinary),
    ForeignKeyConstraint(["raid_id", "leg"], ["raid_legs.raid_id", "raid_legs.leg"]),
    Index("raid_tracks_by_track", "track"),
)
"""Which part of which stored track is a leg's way, its extent without outliers, and which of
its steps count (`store.counted`); the points stay with the track."""

observations = Table(
    "observations",
    METADATA,
    Column("observation_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("raid_id", Uuid, ForeignKey("raids.raid_id"), index=True),
    Column("leg", PlainText(80)),
    Column("date", Date, nullable=False),
    Column("observed_utc", UtcTime),
    Column("utc_offset_s", Integer, nullable=False),
    Column("lat_deg", Float(53)),
    Column("lon_deg", Float(53)),
    Column("accuracy_m", Float(53)),
    Column("waypoint", PlainText(80)),
    Column("group", Integer, nullable=False),
    Column("direction_deg", Float(53)),
    Column("distance_m", Float(53)),
    Column("category", PlainText(255)),
    Column("attributes", JSON, nullable=False),
    Column("observer", ROW_ID, ForeignKey("people.person")),
    Column("comment", PlainText()),
    Column("search", PlainText(), nullable=False),
    Column("docked", ROW_ID, ForeignKey("waypoints.waypoint"), index=True),
    Column("site_id", Uuid, ForeignKey("sites.site_id")),
    Column("flaws", JSON, nullable=False),
    Column("withdrawn", PlainText(500)),
    Column("filed_by", PlainText(80), nullable=False),
    Column("filed_utc", UtcTime, nullable=False),
    Column("updated_utc", UtcTime, nullable=False),
    Index("observations_by_date", "date", "observation_id"),
    Index("observations_by_category", "category", "date"),
)
"""`date` is the local day an observation counts on: that of its time, else the first of its raid,
else the day it was filed. `search` here and in `raids` is what a text filter looks through,
folded by `records.folding`: SQLite itself folds no Cyrillic."""

photographs = Table(
    "photographs",
    METADATA,
    Column("photograph_id", Uuid, primary_key=True),
    Column("sha256", PlainText(64), nullable=False),
    Column("media_type", PlainText(40), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("name", PlainText(255), nullable=False),
    Column("raid_id", Uuid, ForeignKey("raids.raid_id"), index=True),
    Column("observation_id", Uuid, ForeignKey("observations.observation_id"), index=True),
    Column("level", PlainText(20), nullable=False),
    Column("taken_utc", UtcTime),
    Column("lat_deg", Float(53)),
    Column("lon_deg", Float(53)),
    Column("extras", JSON, nullable=False),
    Column("flaws", JSON, nullable=False),
    Column("withdrawn", PlainText(500)),
    Column("filed_by", PlainText(80), nullable=False),
    Column("filed_utc", UtcTime, nullable=False),
)

history = Table(
    "history",
    METADATA,
    Column("entry", ROW_ID, primary_key=True, autoincrement=True),
    Column("record_id", Uuid, nullable=False, index=True),
    Column("kind", PlainText(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("time_utc", UtcTime, nullable=False),
    Column("who", PlainText(80), nullable=False),
    Column("action", PlainText(20), nullable=False),
    Column("before", JSON),
    Column("reason", PlainText(500)),
)
"""What a record was before each change, whole; only ever appended to."""
