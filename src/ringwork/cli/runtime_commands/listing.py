"""Lists of the admin API, page after page."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from ringwork.cli.runtime_commands.admin import ask

_PAGE = 1000


def every(state: Path, path: str, member: str) -> list[dict[str, Any]]:
    """All rows of a list. Raises Refused."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = ask(state, "GET", f"{path}?limit={_PAGE}{cursor}")
        found += page[member]
        if page["next"] is None:
            return found
        cursor = f"&cursor={quote(page['next'])}"
