"""Who may call inside is locked where it is said: more callers need a line, fewer do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.governance.assess import assess
from ringwork.governance.exposed.lock import LOCK_FILE
from tests.rooms.manifest.estates import API, DOCUMENT, write_estate
from tests.support.locking import lock_exposure

DESK = "description: Takes orders.\nservices: [telephone]\n"
MORE = "description: Takes orders.\nservices: [telephone, counter]\n"
HELP = "description: Helps.\n"


def files(callers: str = "", operation: str = "", desk: str = DESK) -> dict[str, str | bytes | None]:
    said = f"operationId: deleteOrders\n      {operation}" if operation else "operationId: deleteOrders"
    return {
        "apis/orders/api.yaml": API + (f"callers: {callers}\n" if callers else ""),
        "apis/orders/openapi.yaml": DOCUMENT.replace("operationId: deleteOrders", said),
        "groups/desk.yaml": desk,
        "groups/help.yaml": HELP,
    }


def held_back(
    root: Path, before: dict[str, str | bytes | None], after: dict[str, str | bytes | None]
) -> list[str]:
    """What keeps the second estate from going live, where the first is locked."""
    lock_exposure(write_estate(root, before))
    found = assess(write_estate(root, after), locked=True)
    assert found.dropped == (
        ("orders",) if any(one.severity.name == "ERROR" for one in found.findings) else ()
    )
    return [one.message for one in found.findings if one.code == "callers-unlocked"]


def test_the_lock_has_a_line_where_callers_are_said_and_none_where_not(tmp_path: Path) -> None:
    root = lock_exposure(write_estate(tmp_path, files()))
    assert "internal" not in (root / LOCK_FILE).read_text().split("\n\n", 1)[1]
    said = files("{services: [crm], groups: [desk]}", "x-groups: [help, desk]")
    lines = (lock_exposure(write_estate(tmp_path, said)) / LOCK_FILE).read_text().splitlines()
    assert [line.strip() for line in lines if line.startswith("  internal")] == [
        "internal call GET /orders -> crm telephone",
        "internal call DELETE /orders -> crm telephone",
        "internal people DELETE /orders -> desk help",
        "internal call GET /orders/{id} -> crm telephone",
    ]


CRM, DESKS = files("{services: [crm]}"), files("{groups: [desk]}")
PEOPLE = files(operation="x-groups: [desk]")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (CRM, files("{services: [crm, evil]}"), "evil can call"),
        (CRM, files(), "any service can call"),
        (CRM, DESKS, "telephone can call"),
        (DESKS, files("{groups: [desk]}", desk=MORE), "counter can call"),
        (files(operation="x-callers: {services: [crm]}"), files(), "any service can call DELETE /orders"),
        (files(), PEOPLE, "people of desk can call DELETE /orders"),
        (PEOPLE, files(operation="x-groups: [desk, help]"), "people of desk help can call DELETE /orders"),
    ],
)
def test_more_callers_are_held_back(
    tmp_path: Path, before: dict[str, str | bytes | None], after: dict[str, str | bytes | None], told: str
) -> None:
    (message,) = held_back(tmp_path, before, after)
    assert told in message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CRM, CRM),
        (files("{services: [crm, evil]}"), CRM),
        (files("{groups: [desk]}", desk=MORE), DESKS),
        (files(), CRM),
        (PEOPLE, files()),
        (files(operation="x-groups: [desk, help]"), PEOPLE),
        (CRM, files("{services: [crm]}", "x-callers: {groups: [desk]}")),
    ],
)
def test_fewer_are_not(
    tmp_path: Path, before: dict[str, str | bytes | None], after: dict[str, str | bytes | None]
) -> None:
    assert held_back(tmp_path, before, after) == []


def test_a_line_of_what_says_nothing_any_more_is_stale(tmp_path: Path) -> None:
    lock_exposure(write_estate(tmp_path, PEOPLE))
    found = assess(write_estate(tmp_path, files()), locked=True)
    (stale,) = [one for one in found.findings if one.code == "exposure-lock-stale"]
    assert "internal people DELETE /orders -> desk" in stale.message and not found.dropped
