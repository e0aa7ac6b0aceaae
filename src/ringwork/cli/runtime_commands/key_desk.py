"""Who hears `ringwork key`: the control plane, as whoever is logged in; where none runs, the store itself, so that a
key can be ended at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ringwork.cli.runtime_commands.admin import ask, is_answered
from ringwork.cli.runtime_commands.listing import every
from ringwork.cli.runtime_commands.options import opened

if TYPE_CHECKING:
    from ringwork.control.keys import Keys

_PAGE = 1000
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


class KeyDesk(Protocol):
    """Keys are as the admin API shows them. All raise Refused."""

    def create(self, wanted: Wanted) -> _Key: ...

    def rotate(self, key_id: str, overlap: str | None) -> _Key: ...

    def revoke(self, key_id: str) -> _Key: ...

    def show(self, key_id: str) -> _Key: ...

    def every(self, ending_within: str | None) -> list[_Key]: ...


@contextmanager
def key_desk(state: Path) -> Iterator[KeyDesk]:
    """Raises Refused when there is neither."""
    if is_answered(state):
        yield _AtControlPlane(state)
        return
    with opened(state) as control:
        yield _InStore(control.keys)


class _AtControlPlane:
    def __init__(self, state: Path) -> None:
        self._state = state

    def create(self, wanted: Wanted) -> _Key:
        said = {name: value for name, value in asdict(wanted).items() if value}
        return ask(self._state, "POST", "/keys", said)

    def rotate(self, key_id: str, overlap: str | None) -> _Key:
        return ask(self._state, "POST", f"{_path(key_id)}/rotate", {"overlap": overlap})

    def revoke(self, key_id: str) -> _Key:
        return ask(self._state, "DELETE", _path(key_id))

    def show(self, key_id: str) -> _Key:
        return ask(self._state, "GET", _path(key_id))

    def every(self, ending_within: str | None) -> list[_Key]:
        from ringwork.control.durations import lifetime

        if ending_within is None:
            return every(self._state, "/keys", "keys")
        until = datetime.now(UTC) + lifetime(ending_within)
        ending = (key for key in every(self._state, "/keys", "keys") if _ends(key, until))
        return sorted(ending, key=lambda key: (key["expires_at"], key["id"]))


class _InStore:
    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def create(self, wanted: Wanted) -> _Key:
        from ringwork.control.durations import lifetime
        from ringwork.control.keys import KeyRequest
        from ringwork.control.model import Restrictions
        from ringwork.control.views import created_key

        limits = (wanted.apis, wanted.versions, wanted.networks, wanted.scopes)
        request = KeyRequest(
            ring=wanted.ring,
            consumer=wanted.consumer,
            application=wanted.application,
            plan=wanted.plan,
            partner=wanted.partner,
            lifetime=None if wanted.expires is None else lifetime(wanted.expires),
            restrictions=Restrictions(*map(tuple, limits)),
        )
        return created_key(self._keys.create(request), self._keys.now())

    def rotate(self, key_id: str, overlap: str | None) -> _Key:
        from ringwork.control.durations import lifetime
        from ringwork.control.views import created_key

        given = None if overlap is None else lifetime(overlap)
        return created_key(self._keys.rotate(key_id, given), self._keys.now())

    def revoke(self, key_id: str) -> _Key:
        from ringwork.control.views import key

        return key(self._keys.revoke(key_id), self._keys.now())

    def show(self, key_id: str) -> _Key:
        from ringwork.control.views import key

        return key(self._keys.demand(key_id), self._keys.now())

    def every(self, ending_within: str | None) -> list[_Key]:
        from ringwork.control.durations import lifetime
        from ringwork.control.views import key

        keys, now = self._keys, self._keys.now()
        within = None if ending_within is None else lifetime(ending_within)
        found = keys.every(page=_PAGE) if within is None else keys.every_ending(within)
        return [key(each, now) for each in found]


def _path(key_id: str) -> str:
    from urllib.parse import quote

    return f"/keys/{quote(key_id, safe='')}"


def _ends(key: _Key, until: datetime) -> bool:
    """By itself, and not before: it works now."""
    works = key["status"] in ("active", "expires-soon")
    return works and key["expires_at"] is not None and datetime.fromisoformat(key["expires_at"]) <= until
