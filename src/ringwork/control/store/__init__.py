"""The ports on SQLAlchemy Core: a SQLite file, or a database of a PostgreSQL server (docs/store.md)."""

from ringwork.control.store.database import Database
from ringwork.control.store.place import open_store

__all__ = ["Database", "open_store"]
