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


def pages(
    read: Callable[[str], dict[str, Any]], path: str, member: str, most: int | None = None
) -> list[dict[str, Any]]:
    """All rows of a list that is read by `read`, or the first `most`."""
    found: list[dict[str, Any]] = []
    at_once = _PAGE if most is None else min(most, _PAGE)
    cursor = ""
    while True:
        page = read(f"{path}?limit={at_once}{cursor}")
        found += page[member]
        if page["next"] is None or (most is not None and len(found) >= most):
            return found[:most]
        cursor = f"&cursor={quote(page['next'])}"
