"""Accounts, their sessions, machine keys, and the audit log."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from groundstation.store.tables.base import METADATA, ROW_ID
from groundstation.store.types import PlainText, UtcTime

accounts = Table(
    "accounts",
    METADATA,
    Column("account", ROW_ID, primary_key=True, autoincrement=True),
    Column("login", PlainText(80), nullable=False, unique=True),
    Column("name", PlainText(120), nullable=False),
    Column("role", PlainText(20), nullable=False),
    Column("person", ROW_ID, ForeignKey("people.person")),
    Column("team", PlainText(80)),
    Column("language", PlainText(2), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("password", PlainText(255)),
    Column("notice", PlainText(20)),
    Column("created_utc", UtcTime, nullable=False),
)
"""`password` is argon2's own text; `notice` is told once, at the next sign-in."""

one_time_codes = Table(
    "one_time_codes",
    METADATA,
    Column("code_hash", PlainText(64), primary_key=True),
    Column("account", ROW_ID, ForeignKey("accounts.account"), index=True),
    Column("purpose", PlainText(10), nullable=False),
    Column("expires_utc", UtcTime),
)
"""Only hashes; without an account it makes the first administrator."""

sign_in_failures = Table(
    "sign_in_failures",
    METADATA,
    Column("subject", PlainText(160), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_utc", UtcTime, nullable=False),
    Column("locked_until_utc", UtcTime),
)
"""By login, whether it exists or not, and by address."""

sessions = Table(
    "sessions",
    METADATA,
    Column("session", ROW_ID, primary_key=True, autoincrement=True),
    Column("account", ROW_ID, ForeignKey("accounts.account"), nullable=False, index=True),
    Column("csrf", PlainText(64), nullable=False),
    Column("agent_hash", PlainText(64), nullable=False),
    Column("created_utc", UtcTime, nullable=False),
    Column("used_utc", UtcTime, nullable=False),
)

session_tokens = Table(
    "session_tokens",
    METADATA,
    Column("token_hash", PlainText(64), primary_key=True),
    Column("session", ROW_ID, ForeignKey("sessions.session"), nullable=False, index=True),
    Column("made_utc", UtcTime, nullable=False),
    Column("used", Boolean, nullable=False),
    Column("replaced_utc", UtcTime),
)
"""Every token a session ever had, so that a replaced one is recognised when it comes back."""

machine_keys = Table(
    "machine_keys",
    METADATA,
    Column("key", ROW_ID, primary_key=True, autoincrement=True),
    Column("key_hash", PlainText(64), nullable=False, unique=True),
    Column("name", PlainText(80), nullable=False),
    Column("system_id", Integer),
    Column("reads", Boolean, nullable=False),
    Column("created_utc", UtcTime, nullable=False),
    Column("created_by", PlainText(80), nullable=False),
    Column("used_utc", UtcTime),
    Column("revoked_utc", UtcTime),
)

audit_log = Table(
    "audit_log",
    METADATA,
    Column("entry", ROW_ID, primary_key=True, autoincrement=False),
    Column("time_utc", UtcTime, nullable=False),
    Column("who", PlainText(120), nullable=False),
    Column("action", PlainText(40), nullable=False),
    Column("kind", PlainText(40), nullable=False),
    Column("subject", PlainText(), nullable=False),
    Column("detail", PlainText(), nullable=False),
    Column("previous", PlainText(64), nullable=False),
    Column("hash", PlainText(64), nullable=False),
    Index("audit_log_by_subject", "kind", "subject"),
)
"""Only ever appended to (triggers refuse the rest); `store.audit` says what `hash` covers."""
