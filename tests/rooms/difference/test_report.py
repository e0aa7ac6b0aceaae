"""One finding for one cause, everywhere it reaches; stable, bounded, judged by meaning."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from ringwork.difference.model import Level
from ringwork.difference.printing import as_dict, markdown, oasdiff_json
from ringwork.difference.versions import suggested, version_slug
from tests.rooms.difference.comparing import difference, levels
from tests.rooms.difference.pairs import I, Json, S, obj, webhook


def api(schemas: Json, operations: int = 1, version: str = "1.4.2") -> Json:
    """Operations that send and receive an order, all by one component."""
    order = {"$ref": "#/components/schemas/Order"}
    content = {"application/json": {"schema": order}}
    operation = {
        "requestBody": {"content": content},
        "responses": {"200": {"description": "o", "content": content}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": version},
        "paths": {f"/orders{number}": {"post": operation} for number in range(operations)},
        "components": {"schemas": schemas},
    }


def body(schema: Any, where: str = "request") -> Json:
    content = {"application/json": {"schema": schema}}
    answer: Json = {"200": {"description": "o"} | ({"content": content} if where == "response" else {})}
    operation = {"responses": answer} | ({"requestBody": {"content": content}} if where == "request" else {})
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/x": {"post": operation}}}


def test_a_schema_used_by_hundreds_of_operations_is_one_finding() -> None:
    old = api({"Order": obj(item={"$ref": "#/components/schemas/Item"}), "Item": obj(sku=S)}, 300)
    new = api({"Order": obj(item={"$ref": "#/components/schemas/Item"}), "Item": obj(sku=I)}, 300)
    found = difference(old, new)
    breaking = [cause for cause in found.causes if cause.level is Level.ERROR]
    assert [(cause.id, len(cause.operations), len(cause.reaches)) for cause in breaking] == [
        ("request-property-type-changed", 300, 600)
    ]
    assert len([one for one in found.flat if one.level is Level.ERROR]) == 600
    assert {one.path for one in found.flat if one.level is Level.ERROR} == {"item/sku"}


def test_contents_that_change_places_are_not_taken_for_equal() -> None:
    """The same names lead to each other's schemas: every part still exists, none where it was."""
    parts = {"Order": obj(a={"$ref": "#/components/schemas/A"}, b={"$ref": "#/components/schemas/B"})}
    old, new = api(parts | {"A": S, "B": I}), api(parts | {"A": I, "B": S})
    assert {cause.worst.path for cause in difference(old, new).causes if cause.level is Level.ERROR} == {
        "a",
        "b",
    }


def test_circles_of_schemas_are_compared_to_their_end() -> None:
    def circle(leaf: Any) -> Json:
        refs = {name: {"$ref": f"#/components/schemas/{name}"} for name in "AB"}
        return api({"Order": obj(a=refs["A"]), "A": obj(b=refs["B"]), "B": obj(a=refs["A"], leaf=leaf)})

    found = difference(circle(S), circle(I))
    assert [cause.id for cause in found.causes if cause.level is Level.ERROR] == [
        "request-property-type-changed"
    ]
    assert difference(circle(S), circle(S)).causes == ()


def test_a_component_renamed_or_written_out_is_no_change() -> None:
    order = obj(("sku",), sku=S)
    renamed = json.loads(json.dumps(api({"Order": order})).replace("schemas/Order", "schemas/Purchase"))
    renamed["components"]["schemas"] = {"Purchase": order}
    said = {cause.id for cause in difference(api({"Order": order}), renamed).causes}
    assert said == {"api-schema-removed"}
    assert (
        difference(
            body({"$ref": "#/components/schemas/Order"}) | {"components": {"schemas": {"Order": order}}},
            body(order) | {"components": {"schemas": {"Order": order}}},
        ).causes
        == ()
    )


def test_texts_for_readers_and_the_order_of_things_are_no_change() -> None:
    old = body(obj(("a", "b"), a=S, b=S) | {"description": "x"})
    new = body(obj(("b", "a"), b=S | {"example": "y"}, a=S | {"title": "z"}))
    assert difference(old, new).causes == ()


def test_a_property_that_is_named_like_a_keyword_counts() -> None:
    old, new = body(obj(description=S, examples=S)), body(obj(description=I, examples=S))
    assert levels(difference(old, new).causes) == ["request-property-type-changed=3"]


def test_fingerprints_hold_over_reordering() -> None:
    old = api({"Order": obj(a=S, b=S)}, 3)
    new = api({"Order": obj(a=I, b=S | {"maxLength": 3})}, 3)
    turned = json.loads(json.dumps(new))
    turned["paths"] = dict(reversed(turned["paths"].items()))
    turned["components"]["schemas"]["Order"]["properties"] = dict(
        reversed(turned["components"]["schemas"]["Order"]["properties"].items())
    )
    prints = [sorted(cause.fingerprint for cause in difference(old, one).causes) for one in (new, turned)]
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == len(prints[0]) > 1


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        # An alternative that is a special case of another takes nothing away, and adds nothing.
        ({"oneOf": [obj(a=S), I, {"type": "integer", "maximum": 3}]}, {"oneOf": [obj(a=S), I]}, "request"),
        ({"anyOf": [obj(a=S), I]}, {"anyOf": [obj(a=S), I, {"type": "integer", "maximum": 3}]}, "response"),
        # A schema split into parts is the same schema.
        (obj(("a", "b"), a=S, b=I), {"allOf": [obj(("a",), a=S), obj(("b",), b=I)]}, "request"),
        ({"allOf": [obj(("a",), a=S), obj(("b",), b=I)]}, obj(("a", "b"), a=S, b=I), "response"),
        ({"allOf": [obj(a=S)], "required": ["a"]}, {"allOf": [obj(("a",), a=S)]}, "response"),
        # 3.0's words and 3.1's for one thing.
        (I | {"maximum": 5, "exclusiveMaximum": True}, I | {"exclusiveMaximum": 5}, "request"),
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}, "response"),
        ({"type": "string", "nullable": True}, {"anyOf": [{"type": "string"}, {"type": "null"}]}, "request"),
        ({"type": "string", "enum": ["a"]}, {"type": "string", "const": "a"}, "request"),
    ],
)
def test_what_means_the_same_does_not_break(old: Json, new: Json, where: str) -> None:
    found = difference(body(old, where), body(new, where))
    assert [cause.id for cause in found.causes if cause.level is not Level.INFO] == []


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ({"oneOf": [obj(a=S), I]}, {"oneOf": [obj(a=S)]}, "request"),
        ({"anyOf": [obj(a=S)]}, {"anyOf": [obj(a=S), I]}, "response"),
        (obj(a=S), {"allOf": [obj(a=S), obj(("b",), b=I)]}, "request"),
        ({"allOf": [obj(("a",), a=S), obj(("b",), b=I)]}, {"allOf": [obj(("a",), a=S)]}, "response"),
        (
            {"type": "string", "not": {"enum": ["a"]}},
            {"type": "string", "not": {"enum": ["a", "b"]}},
            "request",
        ),
        # A property that moves into a member and is another there, or need not be there any more.
        (obj(("a",), a=S), {"allOf": [obj(("a",), a=I)]}, "response"),
        (obj(("a",), a=S), {"allOf": [obj(a=S)]}, "response"),
        ({"allOf": [obj(a=S)]}, obj(("a",), a=S), "request"),
        # What is required need not be described.
        (obj(("a", "b"), a=S), obj(("a",), a=S, b=S), "response"),
        (obj(a=S), obj(("b",), a=S), "request"),
        # Alternatives that come to a schema that had none, and do not hold what it held.
        (obj(p=obj(("a",), a=S)), obj(p={"oneOf": [obj(("a",), a=I), obj(("b",), b=S)]}), "request"),
        (obj(p={"oneOf": [obj(("a",), a=I), obj(("b",), b=S)]}), obj(p=obj(("a",), a=S)), "response"),
    ],
)
def test_what_breaks_by_alternatives_breaks(old: Json, new: Json, where: str) -> None:
    assert difference(body(old, where), body(new, where)).worst is Level.ERROR


def test_what_a_webhook_sends_is_what_the_caller_receives() -> None:
    more = difference(webhook(obj(("a",), a=S)), webhook(obj(("a",), a=S | {"maxLength": 3})))
    less = difference(webhook(obj(("a",), a=S)), webhook(obj(a=S)))
    assert (more.worst, less.worst) == (Level.INFO, Level.ERROR)


def test_the_version_step_follows_from_what_changed() -> None:
    assert suggested("1.4.2", [Level.INFO, Level.ERROR], differs=True) == ("major", "2.0.0")
    assert suggested("0.4.2", [Level.ERROR], differs=True) == ("major", "0.5.0")
    assert suggested("1.4.2", [Level.INFO], differs=True) == ("minor", "1.5.0")
    assert suggested("1.4.2", [], differs=True) == ("patch", "1.4.3")
    assert suggested("1.4.2", [], differs=False) == ("none", "1.4.2")
    assert suggested("2024-01", [Level.ERROR], differs=True) == ("major", None)
    assert version_slug("1.0.0", "1.1.0") == "api-major-version-not-bumped"
    assert version_slug("1.0.0", "2.0.0") is None


def test_flat_findings_are_oasdiffs_json() -> None:
    old, new = api({"Order": obj(a=S)}), api({"Order": obj(a=S | {"maxLength": 3})}, version="2.0.0")
    found = [one for one in oasdiff_json(difference(old, new)) if one["level"] == 3]
    assert [{key: one[key] for key in ("id", "level", "operation", "path", "section")} for one in found] == [
        {
            "id": "request-property-max-length-set",
            "level": 3,
            "operation": "POST",
            "path": "/orders0",
            "section": "paths",
        }
    ]
    assert set(found[0]) >= {"text", "fingerprint", "baseSource", "revisionSource"}


def test_json_says_what_a_cause_reaches() -> None:
    told = as_dict(difference(api({"Order": obj(a=S)}, 2), api({"Order": obj(a=I)}, 2)), flat=False)
    finding = next(one for one in told["findings"] if one["level"] == "error")
    assert {one["path"] for one in finding["reaches"]} == {"/orders0", "/orders1"}
    assert finding["new"] == {"file": "api.json", "line": 1, "column": finding["new"]["column"]}
    assert told["version"] == {"step": "major", "suggested": "2.0.0"}


def test_a_changelog_has_no_markup_of_the_documents_own() -> None:
    new = api({"Order": obj(a=S)})
    new["paths"]["/[x](javascript:y)<b>\n# z"] = deepcopy(new["paths"]["/orders0"])
    text = markdown(difference(api({"Order": obj(a=S)}), new))
    assert "<b>" not in text
    assert "\n# z" not in text


def test_a_thicket_of_references_costs_no_more_than_its_parts() -> None:
    """Each schema leads to the next twice: 2^40 ways, 40 parts."""

    def thicket(leaf: Any) -> Json:
        names = [f"S{at}" for at in range(40)]
        schemas: Json = {
            name: obj(
                a={"$ref": f"#/components/schemas/{after}"}, b={"$ref": f"#/components/schemas/{after}"}
            )
            for name, after in zip(names, [*names[1:], "Leaf"], strict=True)
        }
        return api({"Order": {"$ref": "#/components/schemas/S0"}, **schemas, "Leaf": leaf})

    found = difference(thicket(S), thicket(I), flat=False)
    assert [cause.id for cause in found.causes if cause.level is Level.ERROR] == [
        "request-property-type-changed"
    ]
