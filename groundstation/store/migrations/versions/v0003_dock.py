"""Handheld units: who has them, what was read from them, tracks and waypoints."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables."""
    time = sa.DateTime(timezone=True)
    row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "people",
        sa.Column("person", row_id, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_utc", time, nullable=False),
    )
    op.create_table(
        "units",
        sa.Column("unit", sa.String(120), primary_key=True),
        sa.Column("family", sa.String(20), nullable=False),
        sa.Column("number", sa.String(80)),
        sa.Column("model", sa.String(200)),
        sa.Column("firmware", sa.String(80)),
        sa.Column("label", sa.String(80)),
        sa.Column("clock_offset_s", sa.Float(53)),
        sa.Column("first_docked_utc", time, nullable=False),
        sa.Column("last_docked_utc", time, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    op.create_index("units_by_number", "units", ["family", "number"])
    op.create_table(
        "unit_issues",
        sa.Column("issue", row_id, primary_key=True, autoincrement=True),
        sa.Column("unit", sa.String(120), sa.ForeignKey("units.unit"), nullable=False),
        sa.Column("person", row_id, sa.ForeignKey("people.person"), nullable=False),
        sa.Column("from_utc", time, nullable=False),
        sa.Column("until_utc", time),
    )
    op.create_index("unit_issues_by_time", "unit_issues", ["unit", "from_utc"])
    op.create_table(
        "unit_history",
        sa.Column("entry", row_id, primary_key=True, autoincrement=True),
        sa.Column("unit", sa.String(120), sa.ForeignKey("units.unit"), nullable=False),
        sa.Column("time_utc", time, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("who", sa.String(80)),
        sa.Column("detail", sa.String(), nullable=False),
    )
    op.create_index("ix_unit_history_unit", "unit_history", ["unit"])
    op.create_table(
        "downloads",
        sa.Column("download", sa.Uuid, primary_key=True),
        sa.Column("unit", sa.String(120), sa.ForeignKey("units.unit"), nullable=False),
        sa.Column("port", sa.String(), nullable=False),
        sa.Column("capture", sa.String(255), nullable=False, unique=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("format", sa.String(40), nullable=False),
        sa.Column("started_utc", time, nullable=False),
        sa.Column("ended_utc", time, nullable=False),
        sa.Column("announced", sa.JSON, nullable=False),
        sa.Column("received", sa.JSON, nullable=False),
        sa.Column("new_points", sa.Integer, nullable=False),
        sa.Column("known_points", sa.Integer, nullable=False),
        sa.Column("new_waypoints", sa.Integer, nullable=False),
        sa.Column("known_waypoints", sa.Integer, nullable=False),
        sa.Column("lost", sa.Integer, nullable=False),
        sa.Column("complaint", sa.String()),
        sa.Column("flaws", sa.JSON, nullable=False),
        sa.Column("clock_offset_s", sa.Float(53)),
        sa.Column("weeks_added", sa.Integer, nullable=False),
        sa.Column("marks", sa.JSON, nullable=False),
    )
    op.create_index("downloads_by_time", "downloads", ["unit", "started_utc"])
    op.create_table(
        "tracks",
        sa.Column("track", row_id, primary_key=True, autoincrement=True),
        sa.Column("unit", sa.String(120), sa.ForeignKey("units.unit"), nullable=False),
        sa.Column("download", sa.Uuid, sa.ForeignKey("downloads.download"), nullable=False),
        sa.Column("name", sa.String()),
        sa.Column("extras", sa.JSON, nullable=False),
        sa.Column("first_utc", time),
        sa.Column("last_utc", time),
        sa.Column("utc_offset_s", sa.Integer, nullable=False),
        sa.Column("weeks_added", sa.Integer, nullable=False),
        sa.Column("segments", sa.Integer, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("west_deg", sa.Float(53)),
        sa.Column("south_deg", sa.Float(53)),
        sa.Column("east_deg", sa.Float(53)),
        sa.Column("north_deg", sa.Float(53)),
        sa.Column("length_m", sa.Float(53), nullable=False),
        sa.Column("cleaned_length_m", sa.Float(53), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index("tracks_by_time", "tracks", ["unit", "first_utc"])
    op.create_table(
        "waypoints",
        sa.Column("waypoint", row_id, primary_key=True, autoincrement=True),
        sa.Column("unit", sa.String(120), sa.ForeignKey("units.unit"), nullable=False),
        sa.Column("download", sa.Uuid, sa.ForeignKey("downloads.download"), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lat_deg", sa.Float(53)),
        sa.Column("lon_deg", sa.Float(53)),
        sa.Column("alt_amsl_m", sa.Float(53)),
        sa.Column("time_utc", time),
        sa.Column("comment", sa.String()),
        sa.Column("description", sa.String()),
        sa.Column("symbol", sa.String()),
        sa.Column("extras", sa.JSON, nullable=False),
    )
    op.create_index("waypoints_once", "waypoints", ["unit", "digest"], unique=True)
