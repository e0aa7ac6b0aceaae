"""Faults of projections: what leaves of responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ringwork.bundle.prove.faults import graphs
from ringwork.bundle.prove.faults.tampering import Copy, Fault, Inapplicable, found

Json = dict[str, Any]
Edit = Callable[[Json], None]


def _projection(edit: Edit, ring: str = "public") -> Callable[[Copy], None]:
    return lambda copy: copy.edit_projection(ring, edit)


def _statuses(projection: Json) -> Iterator[Json]:
    for responses in projection["operations"].values():
        yield from responses["statuses"].values()


def _body_any(projection: Json) -> None:
    for response in _statuses(projection):
        for content in response.get("content", {}).values():
            if "json" in content:
                content["json"] = graphs.new_node(projection, {"any": True})
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


def _hidden_header(projection: Json) -> None:
    hiding = [response for response in _statuses(projection) if response.get("hidden_headers")]
    del found(hiding)[0]["hidden_headers"]


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
    *_on_both(
        "field-added",
        "a field leaves that no document declares",
        graphs.in_rule("object", graphs.field_added),
    ),
    *_on_both("field-opened", "a hidden field leaves", graphs.in_rule("object", graphs.field_opened)),
    *_on_both(
        "field-renamed", "a field leaves under another's name", graphs.in_rule("object", graphs.field_renamed)
    ),
    Fault(
        "last-field-opened",
        "a hidden field leaves as it is",
        _projection(graphs.in_rule("object", graphs.last_field_opened)),
    ),
    Fault(
        "field-forgotten",
        "a hidden field passes as one nobody names",
        _projection(graphs.in_rule("object", graphs.field_forgotten)),
    ),
    Fault(
        "fields-swapped",
        "one field is filtered as another",
        _projection(graphs.in_rule("object", graphs.fields_swapped)),
    ),
    *_on_both("field-any", "everything below a field leaves", graphs.in_rule("object", graphs.field_any)),
    *_on_both(
        "additional-opened",
        "fields that nobody declares leave",
        graphs.in_rule("object", graphs.additional(graphs.TEXT)),
    ),
    Fault(
        "additional-any",
        "whatever nobody declares leaves",
        _projection(graphs.in_rule("object", graphs.additional({"any": True}))),
    ),
    Fault(
        "pattern-added",
        "fields named alike leave",
        _projection(graphs.in_rule("object", graphs.pattern_added)),
    ),
    Fault(
        "pattern-opened",
        "hidden fields named alike leave",
        _projection(graphs.in_rule("object", graphs.pattern_opened)),
    ),
    Fault(
        "pattern-forgotten",
        "hidden fields named alike pass as others",
        _projection(graphs.in_rule("object", graphs.pattern_forgotten)),
    ),
    *_on_both("items-any", "everything in a list leaves", graphs.in_rule("array", graphs.items_any)),
    Fault(
        "items-changed",
        "items leave as what they are not",
        _projection(graphs.in_rule("array", graphs.items_text)),
    ),
    Fault(
        "tuple-opened",
        "the first item of a list leaves as it is",
        _projection(graphs.in_rule("array", graphs.prefix_added)),
    ),
    Fault(
        "union-property-changed",
        "another member says what an object is",
        _projection(graphs.in_rule("union", graphs.union_property)),
    ),
    Fault(
        "union-swapped",
        "objects are taken for others",
        _projection(graphs.in_rule("union", graphs.union_swapped)),
    ),
    Fault(
        "union-alternative-any",
        "one kind of object leaves as it is",
        _projection(graphs.in_rule("union", graphs.union_any)),
    ),
    Fault(
        "union-otherwise-any",
        "objects of no kind leave as they are",
        _projection(graphs.in_rule("union", graphs.union_otherwise)),
    ),
    Fault(
        "union-field-added",
        "one kind of object shows a field more",
        _projection(graphs.in_rule("union", graphs.union_field)),
    ),
    *_on_both("enum-value-shown", "a hidden value leaves", graphs.value_shown),
    Fault(
        "enum-value-added",
        "a value leaves that no enumeration lists",
        _projection(graphs.values(graphs.value_added)),
    ),
    Fault(
        "enum-opened",
        "every value leaves where some are listed",
        _projection(graphs.values(graphs.enumeration_opened)),
    ),
    *_on_both("mask-lost", "a sensitive text leaves as it is", graphs.mask(None)),
    Fault("mask-weakened", "more of a sensitive text leaves", _projection(graphs.mask("last4"))),
    Fault(
        "text-beside-object",
        "a text leaves where objects do",
        _projection(graphs.type_added("object", "string", {})),
    ),
    Fault(
        "number-beside-text",
        "a number leaves where texts do",
        _projection(graphs.type_added("string", "number", {})),
    ),
    Fault(
        "boolean-beside-text",
        "a truth value leaves where texts do",
        _projection(graphs.type_added("string", "boolean", {})),
    ),
    Fault(
        "null-beside-text",
        "null leaves where it is not declared",
        _projection(graphs.type_added("string", "null", True)),
    ),
    Fault(
        "list-beside-text",
        "a list leaves where texts do",
        _projection(graphs.type_added("string", "array", {})),
    ),
    Fault(
        "object-beside-text",
        "an object leaves where texts do",
        _projection(graphs.type_added("string", "object", {})),
    ),
    *_on_both("body-any", "a response leaves as the service wrote it", _body_any),
    Fault(
        "bodies-swapped", "one operation's responses are filtered as another's", _projection(_bodies_swapped)
    ),
    Fault("content-added", "bodies of a type leave that no document declares", _projection(_content_added)),
    Fault("status-added", "responses leave that no document declares", _projection(_status_added)),
    *_on_both("status-header-added", "a header leaves that no document declares", _response_header),
    Fault(
        "hidden-header-unsaid",
        "a hidden header leaves where the ring allows its name",
        _projection(_hidden_header),
    ),
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
