"""People's numbers, raids, observations and what hangs on them; tracks that came by file."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SQLITE_TRIGGERS = tuple(
    f"""
    CREATE TRIGGER history_no_{what.lower()} BEFORE {what} ON history
    BEGIN SELECT RAISE(ABORT, 'the history is only appended to'); END
    """
    for what in ("UPDATE", "DELETE")
)
POSTGRESQL_TRIGGERS = (
    """
    CREATE FUNCTION history_is_appended_to() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the history is only appended to'; END $$
    """,
    """
    CREATE TRIGGER history_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON history
    FOR EACH STATEMENT EXECUTE FUNCTION history_is_appended_to()
    """,
)


def upgrade() -> None:
    """Create the tables."""
    time = sa.DateTime(timezone=True)
    row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "counts",
        sa.Column("count_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("withdrawn", sa.String(500)),
        sa.PrimaryKeyConstraint("count_id"),
    )
    op.create_table(
        "data_models",
        sa.Column("model", row_id, nullable=False),
        sa.Column("time_utc", time, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("model"),
    )
    op.create_table(
        "history",
        sa.Column("entry", row_id, nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("time_utc", time, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("reason", sa.String(500)),
        sa.PrimaryKeyConstraint("entry"),
    )
    with op.batch_alter_table("history") as batch:
        batch.create_index("ix_history_record_id", ["record_id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_TRIGGERS if sqlite else POSTGRESQL_TRIGGERS:
        op.execute(statement)

    op.create_table(
        "imports",
        sa.Column("import", row_id, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("format", sa.String(40), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("time_utc", time, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("import"),
    )
    with op.batch_alter_table("imports") as batch:
        batch.create_index("ix_imports_sha256", ["sha256"])

    op.create_table(
        "routes",
        sa.Column("route_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("team", sa.String(80)),
        sa.Column("line", sa.JSON(), nullable=False),
        sa.Column("planned_m", sa.Float(53), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("route_id"),
    )
    op.create_table(
        "sites",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("lat_deg", sa.Float(53), nullable=False),
        sa.Column("lon_deg", sa.Float(53), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("withdrawn", sa.String(500)),
        sa.PrimaryKeyConstraint("site_id"),
    )
    op.create_table(
        "terms",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("patrol_type", sa.String(10)),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.create_table(
        "raids",
        sa.Column("raid_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("number", sa.String(80), nullable=False),
        sa.Column("patrol_type", sa.String(10), nullable=False),
        sa.Column("armed", sa.Boolean(), nullable=False),
        sa.Column("team", sa.String(80)),
        sa.Column("station", sa.String(80)),
        sa.Column("objective", sa.String()),
        sa.Column("comment", sa.String()),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("lat_deg", sa.Float(53)),
        sa.Column("lon_deg", sa.Float(53)),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("decoy", sa.String(80)),
        sa.Column("system_id", sa.Integer()),
        sa.Column("count_id", sa.Uuid()),
        sa.Column("route_id", sa.Uuid()),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("flaws", sa.JSON(), nullable=False),
        sa.Column("import", row_id),
        sa.Column("withdrawn", sa.String(500)),
        sa.Column("filed_by", sa.String(80), nullable=False),
        sa.Column("filed_utc", time, nullable=False),
        sa.Column("updated_utc", time, nullable=False),
        sa.Column("distance_m", sa.Float(53), nullable=False),
        sa.Column("patrol_s", sa.Float(53), nullable=False),
        sa.Column("active_s", sa.Float(53), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("finds", sa.Integer(), nullable=False),
        sa.Column("west_deg", sa.Float(53)),
        sa.Column("south_deg", sa.Float(53)),
        sa.Column("east_deg", sa.Float(53)),
        sa.Column("north_deg", sa.Float(53)),
        sa.ForeignKeyConstraint(["count_id"], ["counts.count_id"]),
        sa.ForeignKeyConstraint(["import"], ["imports.import"]),
        sa.ForeignKeyConstraint(["route_id"], ["routes.route_id"]),
        sa.PrimaryKeyConstraint("raid_id"),
    )
    with op.batch_alter_table("raids") as batch:
        batch.create_index("ix_raids_count_id", ["count_id"])
        batch.create_index("raids_by_date", ["start_date", "raid_id"])
        batch.create_index("raids_by_number", ["number"])
        batch.create_index("raids_by_team", ["team", "start_date"])

    op.create_table(
        "raid_legs",
        sa.Column("raid_id", sa.Uuid(), nullable=False),
        sa.Column("leg", sa.String(80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("transport", sa.String(80)),
        sa.Column("mandate", sa.String(80)),
        sa.ForeignKeyConstraint(["raid_id"], ["raids.raid_id"]),
        sa.PrimaryKeyConstraint("raid_id", "leg"),
    )
    op.create_table(
        "observations",
        sa.Column("observation_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("raid_id", sa.Uuid()),
        sa.Column("leg", sa.String(80)),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("observed_utc", time),
        sa.Column("utc_offset_s", sa.Integer(), nullable=False),
        sa.Column("lat_deg", sa.Float(53)),
        sa.Column("lon_deg", sa.Float(53)),
        sa.Column("accuracy_m", sa.Float(53)),
        sa.Column("waypoint", sa.String(80)),
        sa.Column("group", sa.Integer(), nullable=False),
        sa.Column("direction_deg", sa.Float(53)),
        sa.Column("distance_m", sa.Float(53)),
        sa.Column("category", sa.String(255)),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("observer", row_id),
        sa.Column("comment", sa.String()),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("docked", row_id),
        sa.Column("site_id", sa.Uuid()),
        sa.Column("flaws", sa.JSON(), nullable=False),
        sa.Column("withdrawn", sa.String(500)),
        sa.Column("filed_by", sa.String(80), nullable=False),
        sa.Column("filed_utc", time, nullable=False),
        sa.Column("updated_utc", time, nullable=False),
        sa.ForeignKeyConstraint(["docked"], ["waypoints.waypoint"]),
        sa.ForeignKeyConstraint(["observer"], ["people.person"]),
        sa.ForeignKeyConstraint(["raid_id"], ["raids.raid_id"]),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"]),
        sa.PrimaryKeyConstraint("observation_id"),
    )
    with op.batch_alter_table("observations") as batch:
        batch.create_index("ix_observations_docked", ["docked"])
        batch.create_index("ix_observations_raid_id", ["raid_id"])
        batch.create_index("observations_by_category", ["category", "date"])
        batch.create_index("observations_by_date", ["date", "observation_id"])

    op.create_table(
        "raid_days",
        sa.Column("raid_id", sa.Uuid(), nullable=False),
        sa.Column("leg", sa.String(80), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("start_time", sa.Time()),
        sa.Column("end_time", sa.Time()),
        sa.Column("rest_minutes", sa.Float(53), nullable=False),
        sa.Column("utc_offset_s", sa.Integer(), nullable=False),
        sa.Column("distance_m", sa.Float(53), nullable=False),
        sa.ForeignKeyConstraint(["raid_id", "leg"], ["raid_legs.raid_id", "raid_legs.leg"]),
        sa.PrimaryKeyConstraint("raid_id", "leg", "date"),
    )
    op.create_table(
        "raid_members",
        sa.Column("raid_id", sa.Uuid(), nullable=False),
        sa.Column("leg", sa.String(80), nullable=False),
        sa.Column("person", row_id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_leader", sa.Boolean(), nullable=False),
        sa.Column("is_pilot", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.person"]),
        sa.ForeignKeyConstraint(["raid_id", "leg"], ["raid_legs.raid_id", "raid_legs.leg"]),
        sa.PrimaryKeyConstraint("raid_id", "leg", "person"),
    )
    with op.batch_alter_table("raid_members") as batch:
        batch.create_index("raid_members_by_person", ["person", "raid_id"])

    op.create_table(
        "raid_tracks",
        sa.Column("raid_id", sa.Uuid(), nullable=False),
        sa.Column("leg", sa.String(80), nullable=False),
        sa.Column("track", row_id, nullable=False),
        sa.Column("from_utc", time),
        sa.Column("until_utc", time),
        sa.Column("west_deg", sa.Float(53)),
        sa.Column("south_deg", sa.Float(53)),
        sa.Column("east_deg", sa.Float(53)),
        sa.Column("north_deg", sa.Float(53)),
        sa.Column("counted", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["raid_id", "leg"], ["raid_legs.raid_id", "raid_legs.leg"]),
        sa.ForeignKeyConstraint(["track"], ["tracks.track"]),
        sa.PrimaryKeyConstraint("raid_id", "leg", "track"),
    )
    with op.batch_alter_table("raid_tracks") as batch:
        batch.create_index("raid_tracks_by_track", ["track"])

    op.create_table(
        "photographs",
        sa.Column("photograph_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("raid_id", sa.Uuid()),
        sa.Column("observation_id", sa.Uuid()),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("taken_utc", time),
        sa.Column("lat_deg", sa.Float(53)),
        sa.Column("lon_deg", sa.Float(53)),
        sa.Column("extras", sa.JSON(), nullable=False),
        sa.Column("flaws", sa.JSON(), nullable=False),
        sa.Column("withdrawn", sa.String(500)),
        sa.Column("filed_by", sa.String(80), nullable=False),
        sa.Column("filed_utc", time, nullable=False),
        sa.ForeignKeyConstraint(["observation_id"], ["observations.observation_id"]),
        sa.ForeignKeyConstraint(["raid_id"], ["raids.raid_id"]),
        sa.PrimaryKeyConstraint("photograph_id"),
    )
    with op.batch_alter_table("photographs") as batch:
        batch.create_index("ix_photographs_observation_id", ["observation_id"])
        batch.create_index("ix_photographs_raid_id", ["raid_id"])

    with op.batch_alter_table("people") as batch:
        batch.add_column(sa.Column("employee_id", sa.String(80)))
        batch.add_column(sa.Column("given_name", sa.String(80)))
        batch.add_column(sa.Column("family_name", sa.String(80)))
        batch.add_column(sa.Column("team", sa.String(80)))
        batch.create_index("people_by_employee_id", ["employee_id"], unique=True)

    with op.batch_alter_table("tracks") as batch:
        batch.add_column(sa.Column("import", row_id))
        batch.alter_column("unit", existing_type=sa.VARCHAR(length=120), nullable=True)
        batch.alter_column("download", existing_type=sa.CHAR(length=32), nullable=True)
        batch.create_index("ix_tracks_import", ["import"])
        batch.create_foreign_key("tracks_import_fkey", "imports", ["import"], ["import"])
