"""Accounts, sessions, machine keys, and a log that refuses to be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SQLITE_TRIGGERS = tuple(
    f"""
    CREATE TRIGGER audit_log_no_{what.lower()} BEFORE {what} ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END
    """
    for what in ("UPDATE", "DELETE")
)
POSTGRESQL_TRIGGERS = (
    """
    CREATE FUNCTION audit_log_is_appended_to() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is only appended to'; END $$
    """,
    """
    CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_appended_to()
    """,
)


def upgrade() -> None:
    """Create the tables and the triggers."""
    time = sa.DateTime(timezone=True)
    row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "accounts",
        sa.Column("account", row_id, primary_key=True, autoincrement=True),
        sa.Column("login", sa.String(80), nullable=False, unique=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("person", row_id, sa.ForeignKey("people.person")),
        sa.Column("team", sa.String(80)),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("password", sa.String(255)),
        sa.Column("notice", sa.String(20)),
        sa.Column("created_utc", time, nullable=False),
    )
    op.create_table(
        "one_time_codes",
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("account", row_id, sa.ForeignKey("accounts.account")),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("expires_utc", time),
    )
    op.create_index("ix_one_time_codes_account", "one_time_codes", ["account"])
    op.create_table(
        "sign_in_failures",
        sa.Column("subject", sa.String(160), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_utc", time, nullable=False),
        sa.Column("locked_until_utc", time),
    )
    op.create_table(
        "sessions",
        sa.Column("session", row_id, primary_key=True, autoincrement=True),
        sa.Column("account", row_id, sa.ForeignKey("accounts.account"), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("agent_hash", sa.String(64), nullable=False),
        sa.Column("created_utc", time, nullable=False),
        sa.Column("used_utc", time, nullable=False),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.create_table(
        "session_tokens",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("session", row_id, sa.ForeignKey("sessions.session"), nullable=False),
        sa.Column("made_utc", time, nullable=False),
        sa.Column("used", sa.Boolean, nullable=False),
        sa.Column("replaced_utc", time),
    )
    op.create_index("ix_session_tokens_session", "session_tokens", ["session"])
    op.create_table(
        "machine_keys",
        sa.Column("key", row_id, primary_key=True, autoincrement=True),
        sa.Column("key_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("system_id", sa.Integer),
        sa.Column("reads", sa.Boolean, nullable=False),
        sa.Column("created_utc", time, nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.Column("used_utc", time),
        sa.Column("revoked_utc", time),
    )
    op.create_table(
        "audit_log",
        sa.Column("entry", row_id, primary_key=True, autoincrement=False),
        sa.Column("time_utc", time, nullable=False),
        sa.Column("who", sa.String(120), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("audit_log_by_subject", "audit_log", ["kind", "subject"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_TRIGGERS if sqlite else POSTGRESQL_TRIGGERS:
        op.execute(statement)
