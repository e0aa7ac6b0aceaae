"""Faults of rules for requests: where something may be sent, and which fields."""

from __future__ import annotations

from collections.abc import Callable

from ringwork.bundle.prove.faults import graphs
from ringwork.bundle.prove.faults.rules import Edit, Json, contents, held, on_both, on_public, places, rules
from ringwork.bundle.prove.faults.tampering import Copy, Fault, Inapplicable, first, found


def _parameters(change: Callable[[Json], None]) -> Edit:
    return rules(lambda rule: first(change, rule.get("parameters", ())))


_FORMS = ("form", "multipart")


def _parameter_added(place: str) -> Callable[[Json], None]:
    def change(rule: Json) -> None:
        form = "formExploded" if place == "query" else "form" if place == "cookie" else "simple"
        added = {"name": "x-internal-debug", "in": place, "form": form}
        rule["parameters"] = [*rule.get("parameters", ()), added]

    return change


def _parameter_renamed(parameter: Json) -> None:
    parameter["name"] += "-internal"


def _parameter_form(parameter: Json) -> None:
    forms = {"formExploded": "form", "deepObject": "formExploded", "simple": "simpleExploded"}
    parameter["form"] = found(forms.get(parameter["form"]))


def _parameter_field(parameter: Json) -> None:
    members = found(parameter.get("shape", {}).get("members"))
    members.setdefault("named", {})["riskScore"] = []


def _parameter_open(parameter: Json) -> None:
    members = found(parameter.get("shape", {}).get("members"))
    if members.get("others") is not None:
        raise Inapplicable
    members["others"] = []


def _parameter_fields_unread(parameter: Json) -> None:
    found(parameter["form"] == "json")
    del parameter["node"]


def _parameter_any(validation: Json) -> None:
    def change(parameter: Json) -> None:
        found(parameter.get("node") is not None)
        parameter["node"] = graphs.new_node(validation, {"any": True})

    _parameters(change)(validation)


def _schema_forgotten(rule: Json) -> None:
    """Every parameter is taken as it comes."""
    found(rule.get("schema"))
    del rule["schema"]


def _parameter_optional(rule: Json) -> None:
    place = found([one for one in places(rule) if one.get("required")])[0]
    place["required"] = []


def _parameter_demanded(rule: Json) -> None:
    """Whoever leaves it out is told its name."""
    place = found([one for one in places(rule) if one.get("required")])[0]
    place["required"].append("internalReference")


def _body_any(validation: Json) -> None:
    body = found(next(held(validation), None))
    body["node"] = graphs.new_node(validation, {"any": True})


def _bodies_swapped(validation: Json) -> None:
    """One operation's bodies are held to another's schema."""
    bodies = list(held(validation))
    other = [one for one in bodies if one["node"] != found(bodies)[0]["node"]]
    second = found(other)[0]
    bodies[0]["node"], second["node"] = second["node"], bodies[0]["node"]


def _body_added(rule: Json) -> None:
    if rule.get("body") is not None:
        raise Inapplicable
    rule["body"] = {"content": {"application/octet-stream": "opaque"}}


def _body_optional(rule: Json) -> None:
    body = found(rule.get("body"))
    found(body.get("required"))
    body["required"] = False


def _content_added(rule: Json) -> None:
    found(rule.get("body"))["content"]["text/csv"] = "opaque"


def _content_unread(rule: Json) -> None:
    content = found(rule.get("body"))["content"]
    read = [media for media, one in content.items() if one != "opaque"]
    content[found(read)[0]] = "opaque"


def _forms(change: Callable[[Json], None]) -> Edit:
    def edit(validation: Json) -> None:
        read = (content for content in contents(validation) if isinstance(content, dict))
        rules = (content[kind] for content in read for kind in _FORMS if kind in content)
        first(change, (field for rule in rules for field in rule["fields"].values()))

    return edit


def _part_unread(field: Json) -> None:
    """Nobody looks into a part that has fields."""
    found(field["form"] == "json")
    field["opaque"] = True


def _part_of_any_type(field: Json) -> None:
    found(field.get("opaque") and field.get("media_types"))
    field["media_types"].append("*/*")


def _part_form(field: Json) -> None:
    forms = {"form": "deepObject", "formExploded": "form", "pipeDelimited": "form"}
    field["form"] = found(forms.get(field["form"]))


def _rule_forgotten(validation: Json) -> None:
    operations = validation["operations"]
    del operations[found(sorted(operations))[0]]


def _operation_named(validation: Json) -> None:
    validation["operations"]["dropEverything"] = {}


def _waiver_extended(rule: Json) -> None:
    rule["until"] = found(rule.get("until")) + 86_400


def _waiver_forgotten(rule: Json) -> None:
    found(rule.get("until"))
    del rule["until"]


def _waived(rule: Json) -> None:
    if rule.get("until") is not None:
        raise Inapplicable
    rule["until"] = 1 << 40


def _of_partners_on_public(copy: Copy) -> None:
    inside = {
        (routed["name"], version): copy.object(routed["versions"][version]).get("validation")
        for routed, version in copy.bundles("partner")
    }

    def edit(bundle: Json) -> None:
        other = found(inside.get((bundle["api"], bundle["version"])))
        own = found(bundle.get("validation"))
        if other["object"] == own["object"]:
            raise Inapplicable
        own["object"] = other["object"]

    copy.edit_bundle("public", edit)


def _in_object(change: Callable[[Json, Json], None]) -> Edit:
    return graphs.in_rule("object", change)


_WHERE = (
    *on_both(
        "query-added",
        "a query parameter is sent that no document declares",
        rules(_parameter_added("query")),
    ),
    on_public(
        "field-line-added",
        "a header field goes on that no document declares",
        rules(_parameter_added("header")),
    ),
    on_public(
        "cookie-added", "a cookie goes on that no document declares", rules(_parameter_added("cookie"))
    ),
    on_public("parameter-renamed", "a parameter is sent by another name", _parameters(_parameter_renamed)),
    on_public("parameter-misread", "a parameter is judged as nobody reads it", _parameters(_parameter_form)),
    on_public("parameter-field-added", "a parameter has a field more", _parameters(_parameter_field)),
    on_public(
        "parameter-fields-opened", "a parameter has fields nobody declares", _parameters(_parameter_open)
    ),
    on_public(
        "parameter-fields-unread", "a parameter has whatever fields", _parameters(_parameter_fields_unread)
    ),
    on_public("parameter-any", "a parameter that is JSON has whatever fields", _parameter_any),
    on_public("parameter-optional", "a required parameter may be left out", rules(_parameter_optional)),
    on_public(
        "parameter-demanded",
        "the name of a parameter is told that nobody declares",
        rules(_parameter_demanded),
    ),
    *on_both("parameters-unheld", "parameters are of whatever value", rules(_schema_forgotten)),
    on_public("body-added", "a body is sent that no document declares", rules(_body_added)),
    on_public("body-optional", "a required body may be left out", rules(_body_optional)),
    on_public(
        "media-type-added", "bodies of a type are sent that no document declares", rules(_content_added)
    ),
    *on_both("body-unread", "nobody looks into a body that has fields", rules(_content_unread)),
    on_public("part-unread", "nobody looks into a part of a form that has fields", _forms(_part_unread)),
    on_public("part-of-any-type", "a part of a form is of whatever media type", _forms(_part_of_any_type)),
    on_public("part-misread", "a field of a form is judged as nobody reads it", _forms(_part_form)),
)

_WHICH_FIELDS = (
    *on_both(
        "settable-field-added", "a field is set that no document declares", _in_object(graphs.field_added)
    ),
    *on_both("settable-field-opened", "a hidden or read-only field is set", _in_object(graphs.field_opened)),
    on_public(
        "settable-last-field-opened",
        "a hidden or read-only field is set to anything",
        _in_object(graphs.last_field_opened),
    ),
    on_public("settable-field-renamed", "a field is set by another's name", _in_object(graphs.field_renamed)),
    on_public(
        "settable-field-forgotten",
        "a hidden field is set as one nobody names",
        _in_object(graphs.field_forgotten),
    ),
    on_public("settable-field-any", "everything below a field is set", _in_object(graphs.field_any)),
    *on_both(
        "settable-additional",
        "fields are set that nobody declares",
        _in_object(graphs.additional(graphs.TEXT)),
    ),
    on_public("settable-pattern", "fields named alike are set", _in_object(graphs.pattern_added)),
    on_public("settable-items-any", "everything in a list is set", graphs.in_rule("array", graphs.items_any)),
    on_public(
        "settable-union-any",
        "one kind of object has whatever fields",
        graphs.in_rule("union", graphs.union_any),
    ),
    on_public(
        "settable-union-swapped",
        "objects are taken for others",
        graphs.in_rule("union", graphs.union_swapped),
    ),
    on_public("settable-value-shown", "a value for inner rings is sent", graphs.value_shown),
    *on_both("body-fields-any", "a body has whatever fields", _body_any),
    on_public(
        "request-bodies-swapped", "one operation's bodies are held to another's fields", _bodies_swapped
    ),
)

_WHOLE = (
    on_public("waiver-extended", "patterns nobody matches are waived for longer", rules(_waiver_extended)),
    on_public("waiver-forgotten", "patterns nobody matches are waived for good", rules(_waiver_forgotten)),
    on_public("waiver-added", "an operation is waived that the estate does not waive", rules(_waived)),
    on_public("rule-forgotten", "nothing says what an operation's requests are held to", _rule_forgotten),
    on_public("rule-named", "a node is told the name of an operation it must not know", _operation_named),
    Fault("partner-requests-on-public", "the public send what partners may", _of_partners_on_public),
)

VALIDATION_FAULTS = (*_WHERE, *_WHICH_FIELDS, *_WHOLE)
