"""Lists of the admin API, page after page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ringwork.cli.runtime_commands.admin import ask

_PAGE = 1000


def every(state: Path, path: str, member: str) -> list[dict[str, Any]]:
    """All rows of a list. Raises Refused."""
    return pages(lambda path: ask(state, "GET", path), path, member)


def pages(read: Callable[[str], dict[str, Any]], path: str, member: str) -> list[dict[str, Any]]:
    """All rows of a list that is read by `read`."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = read(f"{path}?limit={_PAGE}{cursor}")
        found += page[member]
        if page["next"] is None:
            return found
        cursor = f"&cursor={quote(page['next'])}"
