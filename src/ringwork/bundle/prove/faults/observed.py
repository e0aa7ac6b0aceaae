"""Faults that matter while a contract is observed: what it hides is not said, and passes as what nobody declared."""

from __future__ import annotations

from collections.abc import Callable

from ringwork.bundle.prove.faults import graphs
from ringwork.bundle.prove.faults.rules import Edit, Json, rules
from ringwork.bundle.prove.faults.tampering import Fault, Inapplicable, found


def _field_unsaid(graph: Json, rule: Json) -> None:
    if rule.get("additional") is not None or rule.get("patterns"):
        raise Inapplicable
    graphs.forget(graph, rule, "properties")


def _field_emptied(graph: Json, rule: Json) -> None:
    """It says something, if only that nothing passes: what it says nothing of is not known."""
    closed = graphs.closed(graph, rule, "properties")
    closed[0][1] = graphs.new_node(graph, {"string": {"values": []}})


def _pattern_unsaid(graph: Json, rule: Json) -> None:
    if rule.get("additional") is not None:
        raise Inapplicable
    graphs.forget(graph, rule, "patterns")


def _unsaid(key: str) -> Callable[[Json, Json], None]:
    """What nobody can name, and does not pass."""

    def change(graph: Json, rule: Json) -> None:
        index = rule.get(key)
        if index is None or not graphs.is_closed(graph, index):
            raise Inapplicable
        del rule[key]

    return change


def _values_unsaid(graph: Json) -> None:
    """All that are hidden: if one is, no other value passes either."""
    for node in graph["nodes"]:
        own = [node[kind] for kind in graphs.SCALARS if node.get(kind)]
        hiding = [rule for rule in own if rule.get("hidden") and rule.get("values")]
        others = [rule for rule in own if rule.get("mask") or rule.get("withheld")]
        if hiding and not others:
            for rule in own:
                rule.pop("hidden", None)
            return
    raise Inapplicable


def _type_unsaid(graph: Json) -> None:
    """A type that is withheld, all of its kind in the node: then no scalar nobody declared is."""
    for node in graph["nodes"]:
        withheld = [kind for kind in graphs.SCALARS if (node.get(kind) or {}).get("withheld")]
        others = [node[kind] for kind in graphs.SCALARS if node.get(kind) and kind not in withheld]
        if withheld and not any(rule.get("hidden") or rule.get("mask") for rule in others):
            for kind in withheld:
                del node[kind]
            return
    raise Inapplicable


def _name_unsaid(rule: Json) -> None:
    found(rule.get("hidden")).pop(0)


def _names_unsaid(rule: Json) -> None:
    found(rule.get("hidden"))
    del rule["hidden"]


def _rest_unsaid(rule: Json) -> None:
    found(rule.get("closed"))
    del rule["closed"]


def _of_both(name: str, says: str, edit: Edit) -> tuple[Fault, Fault]:
    """Of what leaves, and of what may be sent."""
    return (
        Fault(
            f"observed-{name}",
            f"{says} leaves",
            lambda copy: copy.edit_observed("public", "projection", edit),
        ),
        Fault(
            f"observed-settable-{name}",
            f"{says} is sent",
            lambda copy: copy.edit_observed("public", "validation", edit),
        ),
    )


def _of_requests(name: str, says: str, edit: Edit, ring: str = "public") -> Fault:
    return Fault(f"observed-{name}", says, lambda copy: copy.edit_observed(ring, "validation", edit))


_IN_OBJECTS = (
    ("field-unsaid", "a hidden field that is not named", _field_unsaid),
    ("field-emptied", "a hidden field of another type", _field_emptied),
    ("pattern-unsaid", "a field named like hidden ones", _pattern_unsaid),
    ("additional-unsaid", "a hidden field that nobody can name", _unsaid("additional")),
)
_FIELDS = [
    fault
    for name, says, change in _IN_OBJECTS
    for fault in _of_both(name, says, graphs.in_rule("object", change))
]

OBSERVED_FAULTS = (
    *_FIELDS,
    *_of_both("items-unsaid", "a list of hidden items", graphs.in_rule("array", _unsaid("items"))),
    *_of_both("values-unsaid", "a hidden value that is not named", _values_unsaid),
    *_of_both("type-unsaid", "a hidden alternative's text", _type_unsaid),
    _of_requests("query-unsaid", "a hidden parameter is sent that is not named", rules(_name_unsaid)),
    _of_requests("query-unsaid-on-partner", "the same, by partners", rules(_name_unsaid), "partner"),
    _of_requests("queries-unsaid", "all hidden parameters are sent", rules(_names_unsaid)),
    _of_requests(
        "rest-unsaid", "fields of a hidden parameter are sent that nobody names", rules(_rest_unsaid)
    ),
)
