"""Faults of projections: what leaves of responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ringwork.bundle.prove.faults.tampering import Copy, Fault, Inapplicable, found

Json = dict[str, Any]
Edit = Callable[[Json], None]

# Whatever text, and nothing else.
_TEXT: Json = {"string": {}}
_SCALARS = ("boolean", "number", "string")


def _projection(edit: Edit, ring: str = "public") -> Callable[[Copy], None]:
    return lambda copy: copy.edit_projection(ring, edit)


def _of(projection: Json, kind: str) -> Iterator[Json]:
    """Nodes that have a rule of a kind, and that some body leads to."""
    nodes: list[Json] = projection["nodes"]
    return (node for node in nodes if node.get(kind) is not None)


def _first(nodes: Iterator[Json]) -> Json:
    node: Json = found(next(nodes, None))
    return node


def _new(projection: Json, node: Json) -> int:
    projection["nodes"].append(node)
    return len(projection["nodes"]) - 1


def _is_closed(projection: Json, index: int) -> bool:
    return not projection["nodes"][index]


def _rule(kind: str, change: Callable[[Json, Json], None]) -> Edit:
    """Tampers with the first rule of a kind that `change` finds something in."""

    def edit(projection: Json) -> None:
        for node in _of(projection, kind):
            try:
                change(projection, node[kind])
            except Inapplicable:
                continue
            return
        raise Inapplicable

    return edit


def _field_added(projection: Json, rule: Json) -> None:
    rule.setdefault("properties", []).append(["riskScore", _new(projection, _TEXT)])


def _field_renamed(projection: Json, rule: Json) -> None:
    shown = [pair for pair in rule.get("properties", ()) if not _is_closed(projection, pair[1])]
    found(shown)[0][0] += "Internal"


def _field_opened(projection: Json, rule: Json) -> None:
    closed = [pair for pair in rule.get("properties", ()) if _is_closed(projection, pair[1])]
    found(closed)[0][1] = _new(projection, _TEXT)


def _last_field_opened(projection: Json, rule: Json) -> None:
    closed = [pair for pair in rule.get("properties", ()) if _is_closed(projection, pair[1])]
    found(closed)[-1][1] = _new(projection, {"any": True})


def _field_forgotten(projection: Json, rule: Json) -> None:
    """A hidden name is not named, and passes as an additional one."""
    if rule.get("additional") is None:
        raise Inapplicable
    closed = [pair for pair in rule.get("properties", ()) if _is_closed(projection, pair[1])]
    forgotten = found(closed)[0]
    rule["properties"].remove(forgotten)


def _fields_swapped(projection: Json, rule: Json) -> None:
    nodes = [pair[1] for pair in rule.get("properties", ())]
    if len(set(nodes)) < 2:
        raise Inapplicable
    pairs = rule["properties"]
    other = next(pair for pair in pairs if pair[1] != pairs[0][1])
    pairs[0][1], other[1] = other[1], pairs[0][1]


def _field_any(projection: Json, rule: Json) -> None:
    shown = [pair for pair in rule.get("properties", ()) if not _is_closed(projection, pair[1])]
    found(shown)[0][1] = _new(projection, {"any": True})


def _additional(node: Json) -> Callable[[Json, Json], None]:
    def change(projection: Json, rule: Json) -> None:
        if rule.get("additional") is not None:
            raise Inapplicable
        rule["additional"] = _new(projection, node)

    return change


def _pattern_added(projection: Json, rule: Json) -> None:
    if rule.get("additional") is not None or rule.get("patterns"):
        raise Inapplicable
    rule["patterns"] = [["^internal", _new(projection, _TEXT)]]


def _pattern_opened(projection: Json, rule: Json) -> None:
    closed = [pair for pair in rule.get("patterns", ()) if _is_closed(projection, pair[1])]
    found(closed)[0][1] = _new(projection, _TEXT)


def _pattern_forgotten(projection: Json, rule: Json) -> None:
    if rule.get("additional") is None:
        raise Inapplicable
    closed = [pair for pair in rule.get("patterns", ()) if _is_closed(projection, pair[1])]
    forgotten = found(closed)[0]
    rule["patterns"].remove(forgotten)


def _items_any(projection: Json, rule: Json) -> None:
    rule["items"] = _new(projection, {"any": True})


def _items_text(projection: Json, rule: Json) -> None:
    if rule.get("items") is None:
        raise Inapplicable
    items = projection["nodes"][rule["items"]]
    if "object" not in items or "string" in items:
        raise Inapplicable
    rule["items"] = _new(projection, _TEXT)


def _prefix_added(projection: Json, rule: Json) -> None:
    if rule.get("prefix"):
        raise Inapplicable
    rule["prefix"] = [_new(projection, {"any": True})]


def _union_property(projection: Json, rule: Json) -> None:
    rule["property"] = "shape"


def _union_swapped(projection: Json, rule: Json) -> None:
    mapping = rule["mapping"]
    if len({node for _, node in mapping}) < 2:
        raise Inapplicable
    other = next(pair for pair in mapping if pair[1] != mapping[0][1])
    mapping[0][1], other[1] = other[1], mapping[0][1]


def _union_any(projection: Json, rule: Json) -> None:
    found(rule["mapping"])[0][1] = _new(projection, {"any": True})


def _union_otherwise(projection: Json, rule: Json) -> None:
    rule["otherwise"] = _new(projection, {"any": True})


def _union_field(projection: Json, rule: Json) -> None:
    """One alternative shows a field more."""
    index = found(rule["mapping"])[0][1]
    shown = dict(projection["nodes"][index])
    chosen = dict(found(shown.get("object")))
    chosen["properties"] = [*chosen.get("properties", ()), ["riskScore", _new(projection, _TEXT)]]
    rule["mapping"][0][1] = _new(projection, {**shown, "object": chosen})


def _value_shown(projection: Json) -> None:
    for node in projection["nodes"]:
        for kind in _SCALARS:
            hidden = (node.get(kind) or {}).get("hidden")
            if hidden:
                value = hidden.pop(0)
                if node[kind].get("values") is not None:
                    node[kind]["values"].append(value)
                return
    raise Inapplicable


def _values(change: Callable[[Json], None]) -> Edit:
    def edit(projection: Json) -> None:
        rules = (node[kind] for node in projection["nodes"] for kind in _SCALARS if node.get(kind))
        change(found(next((rule for rule in rules if rule.get("values")), None)))

    return edit


def _value_added(rule: Json) -> None:
    rule["values"].append("escalated")


def _enumeration_opened(rule: Json) -> None:
    del rule["values"]


def _mask(to: str | None) -> Edit:
    def edit(projection: Json) -> None:
        order = ("last4", "hash", "drop")
        for node in projection["nodes"]:
            mask = (node.get("string") or {}).get("mask")
            if mask is not None and (to is None or order.index(to) < order.index(mask)):
                node["string"]["mask"] = to
                return
        raise Inapplicable

    return edit


def _type_added(of: str, more: str, rule: Any) -> Edit:
    """A value of one type may be of another too."""

    def edit(projection: Json) -> None:
        nodes = (node for node in _of(projection, of) if not node.get(more))
        _first(nodes)[more] = rule

    return edit


def _statuses(projection: Json) -> Iterator[Json]:
    for responses in projection["operations"].values():
        yield from responses["statuses"].values()


def _body_any(projection: Json) -> None:
    for response in _statuses(projection):
        for content in response.get("content", {}).values():
            if "json" in content:
                content["json"] = _new(projection, {"any": True})
                return
    raise Inapplicable


def _bodies_swapped(projection: Json) -> None:
    """One operation's responses are filtered as another's."""
    contents = [
        content
        for response in _statuses(projection)
        for content in response.get("content", {}).values()
        if "json" in content
    ]
    other = [one for one in contents if one["json"] != found(contents)[0]["json"]]
    second = found(other)[0]
    contents[0]["json"], second["json"] = second["json"], contents[0]["json"]


def _content_added(projection: Json) -> None:
    response = found(next(_statuses(projection), None))
    response.setdefault("content", {})["text/csv"] = "opaque"


def _status_added(projection: Json) -> None:
    responses = found(next(iter(projection["operations"].values()), None))
    responses["statuses"]["599"] = {"headers": ["x-internal"]}


def _response_header(projection: Json) -> None:
    response = found(next(_statuses(projection), None))
    response["headers"] = [*response.get("headers", ()), "x-internal-host"]


def _opaque(projection: Json) -> None:
    closed = [one for one in projection["operations"].values() if not one.get("opaque")]
    found(closed)[0]["opaque"] = True


def _operation_named(projection: Json) -> None:
    projection["operations"]["dropEverything"] = {"statuses": {}}


def _of_another_ring(inner: str, outer: str) -> Callable[[Copy], None]:
    """The object of a ring further in."""

    def commit(copy: Copy) -> None:
        inside = {
            (routed["name"], version): copy.object(routed["versions"][version])["projection"]["object"]
            for routed, version in copy.bundles(inner)
        }

        def edit(bundle: Json) -> None:
            other = inside.get((bundle["api"], bundle["version"]))
            if other in (None, bundle["projection"]["object"]):
                raise Inapplicable
            bundle["projection"]["object"] = other

        copy.edit_bundle(outer, edit)

    return commit


def _on_both(name: str, says: str, edit: Edit) -> tuple[Fault, Fault]:
    public = Fault(name, says, _projection(edit))
    return public, Fault(f"{name}-on-partner", f"{says}, for partners", _projection(edit, "partner"))


PROJECTION_FAULTS = (
    *_on_both("field-added", "a field leaves that no document declares", _rule("object", _field_added)),
    *_on_both("field-opened", "a hidden field leaves", _rule("object", _field_opened)),
    *_on_both("field-renamed", "a field leaves under another's name", _rule("object", _field_renamed)),
    Fault(
        "last-field-opened",
        "a hidden field leaves as it is",
        _projection(_rule("object", _last_field_opened)),
    ),
    Fault(
        "field-forgotten",
        "a hidden field passes as one nobody names",
        _projection(_rule("object", _field_forgotten)),
    ),
    Fault(
        "fields-swapped", "one field is filtered as another", _projection(_rule("object", _fields_swapped))
    ),
    *_on_both("field-any", "everything below a field leaves", _rule("object", _field_any)),
    *_on_both("additional-opened", "fields that nobody declares leave", _rule("object", _additional(_TEXT))),
    Fault(
        "additional-any",
        "whatever nobody declares leaves",
        _projection(_rule("object", _additional({"any": True}))),
    ),
    Fault("pattern-added", "fields named alike leave", _projection(_rule("object", _pattern_added))),
    Fault("pattern-opened", "hidden fields named alike leave", _projection(_rule("object", _pattern_opened))),
    Fault(
        "pattern-forgotten",
        "hidden fields named alike pass as others",
        _projection(_rule("object", _pattern_forgotten)),
    ),
    *_on_both("items-any", "everything in a list leaves", _rule("array", _items_any)),
    Fault("items-changed", "items leave as what they are not", _projection(_rule("array", _items_text))),
    Fault(
        "tuple-opened", "the first item of a list leaves as it is", _projection(_rule("array", _prefix_added))
    ),
    Fault(
        "union-property-changed",
        "another member says what an object is",
        _projection(_rule("union", _union_property)),
    ),
    Fault("union-swapped", "objects are taken for others", _projection(_rule("union", _union_swapped))),
    Fault(
        "union-alternative-any", "one kind of object leaves as it is", _projection(_rule("union", _union_any))
    ),
    Fault(
        "union-otherwise-any",
        "objects of no kind leave as they are",
        _projection(_rule("union", _union_otherwise)),
    ),
    Fault(
        "union-field-added",
        "one kind of object shows a field more",
        _projection(_rule("union", _union_field)),
    ),
    *_on_both("enum-value-shown", "a hidden value leaves", _value_shown),
    Fault("enum-value-added", "a value leaves that no enumeration lists", _projection(_values(_value_added))),
    Fault(
        "enum-opened", "every value leaves where some are listed", _projection(_values(_enumeration_opened))
    ),
    *_on_both("mask-lost", "a sensitive text leaves as it is", _mask(None)),
    Fault("mask-weakened", "more of a sensitive text leaves", _projection(_mask("last4"))),
    Fault(
        "text-beside-object",
        "a text leaves where objects do",
        _projection(_type_added("object", "string", {})),
    ),
    Fault(
        "number-beside-text",
        "a number leaves where texts do",
        _projection(_type_added("string", "number", {})),
    ),
    Fault(
        "boolean-beside-text",
        "a truth value leaves where texts do",
        _projection(_type_added("string", "boolean", {})),
    ),
    Fault(
        "null-beside-text",
        "null leaves where it is not declared",
        _projection(_type_added("string", "null", True)),
    ),
    Fault(
        "list-beside-text", "a list leaves where texts do", _projection(_type_added("string", "array", {}))
    ),
    Fault(
        "object-beside-text",
        "an object leaves where texts do",
        _projection(_type_added("string", "object", {})),
    ),
    *_on_both("body-any", "a response leaves as the service wrote it", _body_any),
    Fault(
        "bodies-swapped", "one operation's responses are filtered as another's", _projection(_bodies_swapped)
    ),
    Fault("content-added", "bodies of a type leave that no document declares", _projection(_content_added)),
    Fault("status-added", "responses leave that no document declares", _projection(_status_added)),
    *_on_both("status-header-added", "a header leaves that no document declares", _response_header),
    *_on_both("bodies-opaque", "bodies leave that nobody can read", _opaque),
    Fault(
        "operation-named",
        "a node is told the name of an operation it must not know",
        _projection(_operation_named),
    ),
    Fault(
        "internal-projection-on-public",
        "the public see of responses what insiders do",
        _of_another_ring("internal", "public"),
    ),
    Fault(
        "internal-projection-on-partner",
        "partners see of responses what insiders do",
        _of_another_ring("internal", "partner"),
    ),
    Fault(
        "partner-projection-on-public",
        "the public see of responses what partners do",
        _of_another_ring("partner", "public"),
    ),
)
