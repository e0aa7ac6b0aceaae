"""The projection filter as Python sees it: what leaves is JSON, and is what a plain reading of the graph lets through.

The filter's own tests, with fuzzing, are in crates/wall/src/filter/tests.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork._native import Filter, merge_filter

NODES: list[dict[str, Any]] = [
    {"object": {"properties": [["id", 1], ["note", 2], ["secret", 3], ["parts", 4]]}},
    {"number": {}},
    {"string": {"mask": "last4"}, "null": True},
    {},
    {"array": {"items": 0}},
]

names = st.sampled_from(["id", "note", "secret", "parts", "other"])
scalars = st.none() | st.integers(-9, 9) | st.text(max_size=3) | st.booleans()
bodies = st.dictionaries(
    names,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=3),
        max_leaves=6,
    ),
)


def shown(value: dict[str, Any]) -> dict[str, Any]:
    """What node 0 lets through."""
    result: dict[str, Any] = {}
    for name, member in value.items():
        match name, member:
            case "id", int() if not isinstance(member, bool):
                result[name] = member
            case "note", None:
                result[name] = None
            case "note", str():
                result[name] = "****"
            case "parts", list():
                result[name] = [shown(item) for item in member if isinstance(item, dict)]
    return result


@given(bodies, st.booleans(), st.integers(1, 20))
def test_what_leaves_is_what_the_graph_lets_through_wherever_the_body_is_cut(
    body: dict[str, Any], is_ascii: bool, chunk_bytes: int
) -> None:
    text = json.dumps(body, ensure_ascii=is_ascii).encode()
    projected = Filter(NODES).project(text, chunk_bytes=chunk_bytes)
    assert projected["fault"] is None
    assert json.loads(projected["body"]) == shown(body)


def test_what_was_removed_is_named() -> None:
    body = b'{"id":1,"secret":2,"parts":[{"secret":1},{"secret":2,"x":3}]}'
    projected = Filter(NODES).project(body)
    assert projected["body"] == b'{"id":1,"parts":[{},{}]}'
    assert projected["removed"] == [
        {"pointer": "/parts/*/secret", "reason": "narrower", "count": 2},
        {"pointer": "/parts/*/x", "reason": "undeclared", "count": 1},
        {"pointer": "/secret", "reason": "narrower", "count": 1},
    ]
    assert Filter(NODES).project(body, mode="report")["body"] == body


def test_a_fault_says_what_and_where() -> None:
    assert Filter(NODES).project(b'{"id":1,"\\u0069d":2}')["fault"] == {"kind": "duplicate_name", "offset": 7}
    assert Filter(NODES).project(b"[]", root=4)["fault"] is None
    assert Filter(NODES).project(b"{}", root=4)["fault"] == {"kind": "root", "offset": 0}


def test_several_texts_are_projected_one_by_one() -> None:
    lines = Filter(NODES).project(b'{"id":1,"x":1}\n{"x":1,"id":2}\n', framing="lines")
    assert lines["body"] == b'{"id":1}\n{"id":2}\n'
    events = Filter(NODES).project(b'event: e\ndata: {"id":1,"x":1}\n\n', framing="events")
    assert events["body"] == b'event: e\ndata: {"id":1}\n\n'


@pytest.mark.parametrize(
    "nodes",
    [[{"array": {"items": 1}}], [{"objekt": {}}], [{"object": {"patterns": [["(", 0]]}}]],
    ids=["dangling", "unknown member", "pattern"],
)
def test_a_graph_that_cannot_be_interpreted_is_refused(nodes: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError):
        Filter(nodes)
    with pytest.raises(ValueError):
        Filter([{}]).project(b"1", root=1)


def test_undecided_alternatives_are_merged_before_a_bundle_is_written() -> None:
    drafts: list[dict[str, Any]] = [
        {"any_of": [1, 2]},
        {"object": {"properties": [["id", 3], ["cat", 3]]}},
        {"object": {"properties": [["id", 3], ["cat", 4], ["dog", 3]]}},
        {"number": {}},
        {},
    ]
    merged = merge_filter(drafts)
    assert merged["closed"] == []
    assert Filter(merged["nodes"]).project(b'{"id":1,"cat":2,"dog":3}')["body"] == b'{"id":1,"dog":3}'
    with pytest.raises(ValueError):
        merge_filter([{"any_of": [1]}])
