"""`contentEncoding`: how the content of a text is to be read."""

from __future__ import annotations

from ringwork.difference.rules.kinds import replaced

RULE = replaced("contentEncoding", "content-encoding-changed")
