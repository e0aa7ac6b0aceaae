"""Faults of a graph of filter nodes: of what leaves of responses, or of what may be set by requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ringwork.bundle.prove.faults.tampering import Inapplicable, first, found

Json = dict[str, Any]
Edit = Callable[[Json], None]
# A name or pattern, and the node of what is called so.
Pair = list[Any]

# Whatever text, and nothing else.
TEXT: Json = {"string": {}}
SCALARS = ("boolean", "number", "string")


def _of(graph: Json, kind: str) -> Iterator[Json]:
    """Nodes that have a rule of a kind, and that some body leads to."""
    nodes: list[Json] = graph["nodes"]
    return (node for node in nodes if node.get(kind) is not None)


def new_node(graph: Json, node: Json) -> int:
    graph["nodes"].append(node)
    return len(graph["nodes"]) - 1


def is_closed(graph: Json, index: int) -> bool:
    return not graph["nodes"][index]


def closed(graph: Json, rule: Json, key: str) -> list[Pair]:
    """Names of `properties`, or `patterns`, whose values do not pass. Raises Inapplicable where there are none."""
    pairs = [pair for pair in rule.get(key, ()) if is_closed(graph, pair[1])]
    found(pairs)
    return pairs


def forget(graph: Json, rule: Json, key: str) -> None:
    """The first of those is not named any more."""
    forgotten = closed(graph, rule, key)[0]
    rule[key].remove(forgotten)


def _shown(graph: Json, rule: Json) -> list[Pair]:
    pairs = [pair for pair in rule.get("properties", ()) if not is_closed(graph, pair[1])]
    found(pairs)
    return pairs


def in_rule(kind: str, change: Callable[[Json, Json], None]) -> Edit:
    """Tampers with the first rule of a kind that `change` finds something in."""
    return lambda graph: first(lambda node: change(graph, node[kind]), _of(graph, kind))


def field_added(graph: Json, rule: Json) -> None:
    rule.setdefault("properties", []).append(["riskScore", new_node(graph, TEXT)])


def field_renamed(graph: Json, rule: Json) -> None:
    _shown(graph, rule)[0][0] += "Internal"


def field_opened(graph: Json, rule: Json) -> None:
    closed(graph, rule, "properties")[0][1] = new_node(graph, TEXT)


def last_field_opened(graph: Json, rule: Json) -> None:
    closed(graph, rule, "properties")[-1][1] = new_node(graph, {"any": True})


def field_forgotten(graph: Json, rule: Json) -> None:
    """A hidden name is not named, and passes as an additional one."""
    if rule.get("additional") is None:
        raise Inapplicable
    forget(graph, rule, "properties")


def fields_swapped(graph: Json, rule: Json) -> None:
    nodes = [pair[1] for pair in rule.get("properties", ())]
    if len(set(nodes)) < 2:
        raise Inapplicable
    pairs = rule["properties"]
    other = next(pair for pair in pairs if pair[1] != pairs[0][1])
    pairs[0][1], other[1] = other[1], pairs[0][1]


def field_any(graph: Json, rule: Json) -> None:
    _shown(graph, rule)[0][1] = new_node(graph, {"any": True})


def additional(node: Json) -> Callable[[Json, Json], None]:
    def change(graph: Json, rule: Json) -> None:
        if rule.get("additional") is not None:
            raise Inapplicable
        rule["additional"] = new_node(graph, node)

    return change


def pattern_added(graph: Json, rule: Json) -> None:
    if rule.get("additional") is not None or rule.get("patterns"):
        raise Inapplicable
    rule["patterns"] = [["^internal", new_node(graph, TEXT)]]


def pattern_opened(graph: Json, rule: Json) -> None:
    closed(graph, rule, "patterns")[0][1] = new_node(graph, TEXT)


def pattern_forgotten(graph: Json, rule: Json) -> None:
    if rule.get("additional") is None:
        raise Inapplicable
    forget(graph, rule, "patterns")


def items_any(graph: Json, rule: Json) -> None:
    rule["items"] = new_node(graph, {"any": True})


def items_text(graph: Json, rule: Json) -> None:
    if rule.get("items") is None:
        raise Inapplicable
    items = graph["nodes"][rule["items"]]
    if "object" not in items or "string" in items:
        raise Inapplicable
    rule["items"] = new_node(graph, TEXT)


def prefix_added(graph: Json, rule: Json) -> None:
    if rule.get("prefix"):
        raise Inapplicable
    rule["prefix"] = [new_node(graph, {"any": True})]


def union_property(graph: Json, rule: Json) -> None:
    rule["property"] = "shape"


def union_swapped(graph: Json, rule: Json) -> None:
    mapping = rule["mapping"]
    if len({node for _, node in mapping}) < 2:
        raise Inapplicable
    other = next(pair for pair in mapping if pair[1] != mapping[0][1])
    mapping[0][1], other[1] = other[1], mapping[0][1]


def union_any(graph: Json, rule: Json) -> None:
    found(rule["mapping"])[0][1] = new_node(graph, {"any": True})


def union_otherwise(graph: Json, rule: Json) -> None:
    rule["otherwise"] = new_node(graph, {"any": True})


def union_field(graph: Json, rule: Json) -> None:
    """One alternative shows a field more."""
    index = found(rule["mapping"])[0][1]
    shown = dict(graph["nodes"][index])
    chosen = dict(found(shown.get("object")))
    chosen["properties"] = [*chosen.get("properties", ()), ["riskScore", new_node(graph, TEXT)]]
    rule["mapping"][0][1] = new_node(graph, {**shown, "object": chosen})


def value_shown(graph: Json) -> None:
    for node in graph["nodes"]:
        for kind in SCALARS:
            hidden = (node.get(kind) or {}).get("hidden")
            if hidden:
                value = hidden.pop(0)
                if node[kind].get("values") is not None:
                    node[kind]["values"].append(value)
                return
    raise Inapplicable


def values(change: Callable[[Json], None]) -> Edit:
    def edit(graph: Json) -> None:
        rules = (node[kind] for node in graph["nodes"] for kind in SCALARS if node.get(kind))
        change(found(next((rule for rule in rules if rule.get("values")), None)))

    return edit


def value_added(rule: Json) -> None:
    rule["values"].append("escalated")


def enumeration_opened(rule: Json) -> None:
    del rule["values"]


def mask(to: str | None) -> Edit:
    def edit(graph: Json) -> None:
        order = ("last4", "hash", "drop")
        for node in graph["nodes"]:
            mask = (node.get("string") or {}).get("mask")
            if mask is not None and (to is None or order.index(to) < order.index(mask)):
                node["string"]["mask"] = to
                return
        raise Inapplicable

    return edit


def type_added(of: str, more: str, rule: Any) -> Edit:
    """A value of one type may be of another too."""

    def edit(graph: Json) -> None:
        nodes = (node for node in _of(graph, of) if not node.get(more))
        found(next(nodes, None))[more] = rule

    return edit
