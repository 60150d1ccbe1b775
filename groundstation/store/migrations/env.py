"""Alembic's entry point: runs the versions on the connection that `store.engine` hands over.

Alembic imports this file to run it, so it works at import time by its nature.
"""

from alembic import context

from groundstation.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
