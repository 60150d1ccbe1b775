"""Hotspots, what people decided about them, and their thumbnails."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    time = sa.DateTime(timezone=True)
    row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "hotspots",
        sa.Column("hotspot_id", sa.Uuid, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("system_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("first_seen_utc", time, nullable=False),
        sa.Column("last_seen_utc", time, nullable=False),
        sa.Column("views", sa.Integer, nullable=False),
        sa.Column("lat_deg", sa.Float(53)),
        sa.Column("lon_deg", sa.Float(53)),
        sa.Column("alt_amsl_m", sa.Float(53)),
        sa.Column("var_east_m2", sa.Float(53)),
        sa.Column("var_north_m2", sa.Float(53)),
        sa.Column("cov_east_north_m2", sa.Float(53)),
        sa.Column("ce90_m", sa.Float(53)),
        sa.Column("unlocated_because", sa.String(200)),
        sa.Column("peak_kelvin", sa.Float(53)),
        sa.Column("contrast_kelvin", sa.Float(53)),
        sa.Column("saturated", sa.Boolean, nullable=False),
        sa.Column("area_m2", sa.Float(53)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("received_utc", time, nullable=False),
        sa.Column("updated_utc", time, nullable=False),
        sa.Column("listed_utc", time, nullable=False),
        sa.Column("clock_suspect", sa.Boolean, nullable=False),
        sa.Column("thumbnail_etag", sa.String(64)),
    )
    op.create_index("hotspots_by_time", "hotspots", ["listed_utc", "hotspot_id"])
    op.create_index("hotspots_by_place", "hotspots", ["lat_deg", "lon_deg"])
    op.create_table(
        "hotspot_history",
        sa.Column("entry", row_id, primary_key=True, autoincrement=True),
        sa.Column("hotspot_id", sa.Uuid, sa.ForeignKey("hotspots.hotspot_id"), nullable=False),
        sa.Column("time_utc", time, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(500)),
    )
    op.create_index("ix_hotspot_history_hotspot_id", "hotspot_history", ["hotspot_id"])
    op.create_table(
        "thumbnails",
        sa.Column("hotspot_id", sa.Uuid, sa.ForeignKey("hotspots.hotspot_id"), primary_key=True),
        sa.Column("media_type", sa.String(20), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("received_utc", time, nullable=False),
    )
    op.create_table(
        "liveness",
        sa.Column("station", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("written_utc", time, nullable=False),
    )
