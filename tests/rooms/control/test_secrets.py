"""Secrets: sealed at rest, bound to their names, never printed; references say why they have no value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringwork.control.directory import ControlDirectory
from ringwork.control.secrets import MAX_SECRET_BYTES, Secrets, Unresolved
from ringwork.control.signing_keys import sealing_key
from ringwork.control.store import open_store
from ringwork.control.store.secrets import SqlSecrets
from ringwork.kernel.refusal import Refused

VALUE = "s3cr3t-of-the-service"


class State:
    """One state; `opened` as by each command anew."""

    def __init__(self, root: Path, store: str | None) -> None:
        self.root = root
        self._store = store

    def records(self) -> SqlSecrets:
        return SqlSecrets(open_store(ControlDirectory(self.root), self._store))

    def opened(self, key: Callable[[], bytes] | None = None, **environment: str) -> Secrets:
        return Secrets(
            self.records(),
            key=key or (lambda: sealing_key(ControlDirectory(self.root))),
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            environment=environment,
        )


@pytest.fixture
def state(tmp_path: Path, store: str | None) -> State:
    return State(tmp_path / "control", store)


def test_a_secret_is_read_back_by_its_reference_after_a_restart(state: State) -> None:
    state.opened().set("orders/token", VALUE)
    assert state.opened().value("secret://orders/token") == VALUE
    state.opened().set("orders/token", "rotated")
    assert state.opened().value("secret://orders/token") == "rotated"
    assert [record.name for record in state.opened().every()] == ["orders/token"]


def test_no_file_and_no_view_holds_a_secret_in_the_clear(state: State) -> None:
    secrets = state.opened()
    secrets.set("orders", VALUE)
    files = [path for path in state.root.rglob("*") if path.is_file()]
    assert [path for path in files if VALUE.encode() in path.read_bytes()] == []
    assert VALUE not in repr(secrets.every())
    assert (state.root / "keys/secrets.key").stat().st_mode & 0o777 == 0o600


def test_a_sealed_secret_opens_under_its_own_name_and_key_only(state: State) -> None:
    secrets = state.opened()
    secrets.set("mine", VALUE)
    records = state.records()
    mine = records.find("mine")
    assert mine is not None
    records.put(type(mine)("theirs", mine.sealed, mine.changed_at))
    with pytest.raises(Unresolved, match="another key"):
        secrets.value("secret://theirs")
    with pytest.raises(Unresolved, match="another key"):
        state.opened(key=lambda: bytes(32)).value("secret://mine")


def test_references_lead_to_the_environment_and_to_files(state: State, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{VALUE}\n")
    secrets = state.opened(TOKEN=VALUE)
    assert secrets.value(f"file://{file}") == VALUE
    assert secrets.value("env://TOKEN") == VALUE


def test_what_has_no_value_says_why_and_what_to_do(state: State, tmp_path: Path) -> None:
    empty, binary, large = tmp_path / "empty", tmp_path / "binary", tmp_path / "large"
    empty.write_text("\n")
    binary.write_bytes(b"\xff\xfe")
    large.write_text("x" * (MAX_SECRET_BYTES + 1))
    secrets = state.opened()
    for reference, why in {
        "secret://orders": "ringwork secret set orders",
        "env://TOKEN": "environment",
        f"file://{tmp_path}/nowhere": "No such file",
        f"file://{empty}": "empty",
        f"file://{binary}": "not text",
        f"file://{large}": "more than",
    }.items():
        with pytest.raises(Unresolved, match=why):
            secrets.value(reference)


@pytest.mark.parametrize(
    ("name", "value"), [("", "x"), ("a b", "x"), ("/a", "x"), ("a", ""), ("a", "x" * 70_000)]
)
def test_what_cannot_be_a_secret_is_refused(state: State, name: str, value: str) -> None:
    with pytest.raises(Refused):
        state.opened().set(name, value)


def test_only_what_is_there_is_removed(state: State) -> None:
    secrets = state.opened()
    secrets.set("orders", VALUE)
    secrets.remove("orders")
    with pytest.raises(Refused):
        secrets.remove("orders")
