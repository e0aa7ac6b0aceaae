"""The ports on SQLite (WAL) through SQLAlchemy Core."""

from ringwork.control.store.database import Database, open_database

__all__ = ["Database", "open_database"]
