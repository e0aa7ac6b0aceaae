"""Who calls which version, counted from the access log."""

from __future__ import annotations

from ringwork.usage.versions import MOST_USERS, REST, User, users_of

CALL = {
    "time": "2026-06-01T10:00:00Z",
    "status": 200,
    "ring": "public",
    "api": "orders",
    "version": "v1",
    "consumer": "ada",
    "application": "shop",
}


def test_calls_are_counted_for_each_version_and_application() -> None:
    later = CALL | {"time": "2026-06-02T10:00:00Z", "status": 410, "version_state": "sunset"}
    found = users_of([CALL, later, CALL | {"version": "v2"}, CALL | {"api": "stock"}], "orders")
    use = found[User("orders", "v1", "public", "ada", "shop")]
    assert (use.calls, use.refused, use.last) == (2, 1, "2026-06-02T10:00:00Z")
    assert {(user.version, user.api) for user in found} == {("v1", "orders"), ("v2", "orders")}


def test_calls_of_nobody_and_of_nothing_are_left_out() -> None:
    nobody = {name: value for name, value in CALL.items() if name != "consumer"}
    nothing = {name: value for name, value in CALL.items() if name not in ("api", "version")}
    assert users_of([nobody, nothing]) == {}


def test_memory_is_bounded_and_no_call_is_lost() -> None:
    calls = (CALL | {"consumer": str(number)} for number in range(MOST_USERS + 5))
    found = users_of(calls)
    assert len(found) == MOST_USERS + 1
    assert found[User("orders", "v1", "public", REST, "")].calls == 5
