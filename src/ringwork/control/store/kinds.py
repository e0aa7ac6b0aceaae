"""Kinds of columns, alike on both databases: text in the order of its bytes, whole numbers of 64 bits."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.types import TypeEngine

# PostgreSQL would sort by the language of the database, and nodes are told keys in the order of their bytes.
_BY_BYTES = Text(collation="C")


def text() -> TypeEngine[str]:
    return Text().with_variant(_BY_BYTES, "postgresql")


def word(length: int) -> TypeEngine[str]:
    """Of so many characters at most, which is said and not enforced: SQLite would not."""
    return String(length).with_variant(_BY_BYTES, "postgresql")


def whole() -> TypeEngine[int]:
    """SQLite's only kind of whole number has 64 bits; Unix seconds of 2038 need more than 32."""
    return BigInteger().with_variant(Integer(), "sqlite")
