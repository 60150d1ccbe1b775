"""Vehicles: where they are, how they are, and where they have been."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables."""
    time = sa.DateTime(timezone=True)
    row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "vehicle_states",
        sa.Column("system_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("time_utc", time, nullable=False),
        sa.Column("lat_deg", sa.Float(53), nullable=False),
        sa.Column("lon_deg", sa.Float(53), nullable=False),
        sa.Column("alt_amsl_m", sa.Float(53), nullable=False),
        sa.Column("height_above_home_m", sa.Float(53)),
        sa.Column("heading_deg", sa.Float(53)),
        sa.Column("speed_m_s", sa.Float(53)),
        sa.Column("mode", sa.String(20)),
        sa.Column("armed", sa.Boolean),
        sa.Column("battery_percent", sa.Float(53)),
        sa.Column("footprint", sa.JSON),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("received_utc", time, nullable=False),
    )
    op.create_table(
        "vehicle_health",
        sa.Column("system_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("time_utc", time, nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("received_utc", time, nullable=False),
    )
    op.create_table(
        "vehicle_trail",
        sa.Column("point", row_id, primary_key=True, autoincrement=True),
        sa.Column("system_id", sa.Integer, nullable=False),
        sa.Column("time_utc", time, nullable=False),
        sa.Column("lat_deg", sa.Float(53), nullable=False),
        sa.Column("lon_deg", sa.Float(53), nullable=False),
        sa.Column("alt_amsl_m", sa.Float(53), nullable=False),
        sa.Column("heading_deg", sa.Float(53)),
        sa.Column("speed_m_s", sa.Float(53)),
    )
    op.create_index("vehicle_trail_by_time", "vehicle_trail", ["system_id", "time_utc"])
