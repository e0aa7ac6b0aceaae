"""What `ringwork key` asks of whoever hears it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ringwork.cli.runtime_commands.desk import Desk, desk

_Key = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key as it is asked for: the members of the admin API's order, by its names."""

    ring: str | None
    consumer: str | None
    application: str
    plan: str | None
    partner: str | None
    expires: str | None
    apis: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)


class KeyDesk:
    """Keys are as the admin API shows them. All raise Refused."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def create(self, wanted: Wanted) -> _Key:
        said = {name: value for name, value in asdict(wanted).items() if value}
        return self._desk.ask("POST", "/keys", said)

    def rotate(self, key_id: str, overlap: str | None) -> _Key:
        return self._desk.ask("POST", f"{_path(key_id)}/rotate", {"overlap": overlap})

    def revoke(self, key_id: str) -> _Key:
        return self._desk.ask("DELETE", _path(key_id))

    def show(self, key_id: str) -> _Key:
        return self._desk.ask("GET", _path(key_id))

    def every(self, ending_within: str | None) -> list[_Key]:
        from ringwork.control.durations import lifetime

        found = self._desk.every("/keys", "keys")
        if ending_within is None:
            return found
        until = datetime.now(UTC) + lifetime(ending_within)
        return sorted(
            (key for key in found if _ends(key, until)), key=lambda key: (key["expires_at"], key["id"])
        )


@contextmanager
def key_desk(state: Path) -> Iterator[KeyDesk]:
    """Raises Refused when nobody hears."""
    with desk(state) as asked:
        yield KeyDesk(asked)


def _path(key_id: str) -> str:
    from urllib.parse import quote

    return f"/keys/{quote(key_id, safe='')}"


def _ends(key: _Key, until: datetime) -> bool:
    """By itself, and not before: it works now."""
    works = key["status"] in ("active", "expires-soon")
    return works and key["expires_at"] is not None and datetime.fromisoformat(key["expires_at"]) <= until
