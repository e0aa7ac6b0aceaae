"""Alembic's folder: `versions/` leads from nothing, and from the schema of every release, to `store.tables`."""
