"""What Alembic runs: on the connection of `store.schema`, in its transaction."""

from __future__ import annotations

from alembic import context

from ringwork.control.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
