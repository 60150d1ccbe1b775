"""Alembic environment; the versions beside it are run at start by `store.engine.migrate`."""
