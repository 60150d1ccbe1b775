"""The database as one SQLite file, whichever kind it is, and back into either kind."""

from pathlib import Path

from sqlalchemy import Connection, Engine, Integer, func, insert, inspect, select, text
from sqlalchemy.types import BigInteger

from groundstation.backup.archive import BackupBroken
from groundstation.store import audit_check
from groundstation.store.engine import migrate, open_engine
from groundstation.store.tables import METADATA

ROWS_AT_ONCE = 500
"""A row may hold a megabyte of track points."""


def take(engine: Engine, path: Path) -> None:
    """Everything as of one moment, while others go on reading and writing."""
    if engine.dialect.name == "sqlite":
        _outside_transactions(engine, "VACUUM INTO ?", str(path))
        return
    copy = open_engine(f"sqlite:///{path}")
    migrate(copy)
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ")
    with snapshot.begin() as source, copy.execution_options(writer=True).begin() as target:
        _copy_rows(source, target)
    _close(copy)


def put_back(path: Path, engine: Engine) -> None:
    """Fill the empty database behind `engine` with the snapshot, brought up to date first.

    Raises BackupBroken when there is something in it already.
    """
    copy = open_engine(f"sqlite:///{path}")
    migrate(copy)
    migrate(engine)
    with copy.connect() as source, engine.execution_options(writer=True).begin() as target:
        for name, count in rows(target).items():
            if count:
                raise BackupBroken(f"the database is not empty: {count} rows in {name}")
        _copy_rows(source, target)
        if engine.dialect.name == "postgresql":
            _count_on(target)
    _close(copy)


def check(path: Path) -> dict[str, int]:
    """Rows of each table of a snapshot, once SQLite, its keys and its audit log hold together."""
    copy = open_engine(f"sqlite:///{path}")
    migrate(copy)
    try:
        with copy.connect() as connection:
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            strays = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if said != ["ok"] or strays:
                raise BackupBroken(f"the database in it is damaged: {said[:3]}, {strays[:3]}")
            fault = audit_check.check(connection, ()).fault
            if fault is not None:
                raise BackupBroken(f"its audit log is {fault.code} at {fault.values['entry']}")
            return rows(connection)
    finally:
        _close(copy)


def rows(connection: Connection) -> dict[str, int]:
    """How many each table has."""
    there = set(inspect(connection).get_table_names())
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in METADATA.sorted_tables
        if table.name in there
    }


def _copy_rows(source: Connection, target: Connection) -> None:
    for table in METADATA.sorted_tables:
        found = source.execute(select(table).execution_options(yield_per=ROWS_AT_ONCE))
        for part in found.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in part])


def _count_on(connection: Connection) -> None:
    """PostgreSQL counts rows in sequences, which know nothing of rows that came with a number."""
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is None or not isinstance(column.type, BigInteger | Integer):
            continue
        last = connection.execute(select(func.max(column))).scalar()
        if last is not None:
            sequence = "setval(pg_get_serial_sequence(:table, :column), :last)"
            named = {"table": table.name, "column": column.name, "last": last}
            connection.execute(text(f"SELECT {sequence}"), named)


def _close(copy: Engine) -> None:
    """Back to one file, without the log beside it."""
    _outside_transactions(copy, "PRAGMA journal_mode=DELETE")
    copy.dispose()


def _outside_transactions(engine: Engine, statement: str, *values: str) -> None:
    """SQLAlchemy would begin one."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute(statement, values)
    finally:
        connection.close()
