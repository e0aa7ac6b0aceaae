"""Faults of operations: which of them a ring reaches, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringwork.bundle.prove.faults.edits import drop, put, replace
from ringwork.bundle.prove.faults.tampering import Copy, Fault, Inapplicable, first, found

Json = dict[str, Any]
_METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH")


_ENDING = {"in": "query", "name": "hidden", "lifecycle": {"deprecated_at": 1}}


def _bundle(edit: Callable[[Json], None], ring: str = "public") -> Callable[[Copy], None]:
    return lambda copy: copy.edit_bundle(ring, edit)


def _operation(edit: Callable[[Json], None], ring: str = "public") -> Callable[[Copy], None]:
    """Tampers with the first operation that `edit` finds something in."""

    return _bundle(lambda bundle: first(edit, _operations(bundle)), ring)


def _operations(bundle: Json) -> list[Json]:
    return [one for item in bundle["paths"] for one in item["operations"].values()]


def _any_operation(bundle: Json) -> Json:
    any_one: Json = found(_operations(bundle))[0]
    return any_one


def _hidden_shown_on(ring: str) -> Callable[[Copy], None]:
    """An operation of the internal ring, as it is there, on another ring."""

    def commit(copy: Copy) -> None:
        inside = {routed["name"]: routed["versions"] for routed, _ in copy.bundles("internal")}
        copy.edit_bundle(ring, lambda bundle: _show_one(bundle, copy, inside))

    return commit


def _show_one(bundle: Json, copy: Copy, inside: dict[str, dict[str, str]]) -> None:
    whole = copy.object(inside[bundle["api"]][bundle["version"]])
    known = {item["template"]: item for item in bundle["paths"]}
    for item in whole["paths"]:
        for method, operation in item["operations"].items():
            if method not in known[item["template"]]["operations"]:
                known[item["template"]]["operations"][method] = operation
                return
    raise Inapplicable


def _method_added(bundle: Json) -> None:
    item = found([item for item in bundle["paths"] if item["operations"]])[0]
    missing = [method for method in _METHODS if method not in item["operations"]]
    item["operations"][found(missing)[0]] = {**_any_operation(bundle), "id": "added"}


def _path_added(bundle: Json) -> None:
    operation = {**_any_operation(bundle), "id": "added"}
    bundle["paths"].append({"template": "/admin/export", "hidden": False, "operations": {"GET": operation}})


def _template_widened(bundle: Json) -> None:
    """A literal becomes a parameter."""
    for item in bundle["paths"]:
        steps = item["template"].split("/")
        literal = [index for index, step in enumerate(steps) if step and "{" not in step]
        if item["operations"] and literal:
            steps[literal[-1]] = "{anything}"
            item["template"] = "/".join(steps)
            return
    raise Inapplicable


def _template_moved(bundle: Json) -> None:
    item = found([item for item in bundle["paths"] if item["operations"]])[0]
    item["template"] = "/moved" + item["template"]


def _hidden_unguarded(bundle: Json) -> None:
    """A hidden operation's path is gone, and another may carry its requests."""
    guards = [item for item in bundle["paths"] if item["hidden"] and not item["operations"]]
    bundle["paths"].remove(found(guards)[0])


def _hidden_flag_dropped(bundle: Json) -> None:
    found([item for item in bundle["paths"] if item["hidden"]])[0]["hidden"] = False


def _operation_moved(bundle: Json) -> None:
    """Requests of one path are answered as those of another."""
    items = [item for item in bundle["paths"] if item["operations"]]
    if len(items) < 2:
        raise Inapplicable
    items[0]["operations"], items[1]["operations"] = items[1]["operations"], items[0]["operations"]


def _twice(bundle: Json) -> None:
    item = found([item for item in bundle["paths"] if item["operations"]])[0]
    bundle["paths"].append({**item, "operations": {}})


def _id_of_another(bundle: Json) -> None:
    operations = _operations(bundle)
    if len(operations) < 2:
        raise Inapplicable
    operations[0]["id"] = operations[1]["id"]


def _body(operation: Json) -> None:
    operation["max_body_bytes"] = 1 << 40


def _header(operation: Json) -> None:
    operation["response_headers"].append("x-internal-trace")


def _scope_dropped(operation: Json) -> None:
    found(operation.get("scopes"))[0].pop()


def _alternative_added(operation: Json) -> None:
    found(operation.get("scopes")).append(["profile"])


def _scopes_not_required(bundle: Json) -> None:
    if "scopes" not in bundle["requires"]:
        raise Inapplicable
    bundle["requires"].remove("scopes")


def _binding_moved(operation: Json) -> None:
    found(operation.get("bindings"))[0]["name"] += "x"


def _binding_loosened(operation: Json) -> None:
    found(operation.get("bindings"))[0]["any"].append({"claim": "/nickname"})


def _bindings_not_required(bundle: Json) -> None:
    if "bindings" not in bundle["requires"]:
        raise Inapplicable
    bundle["requires"].remove("bindings")


def _callers_dropped(operation: Json) -> None:
    found(operation.get("callers"))
    del operation["callers"]


def _caller_added(operation: Json) -> None:
    found(operation.get("callers"))[0].setdefault("services", []).append("evil")


def _api_callers_dropped(bundle: Json) -> None:
    found(bundle.get("callers"))
    del bundle["callers"]


def _api_caller_added(bundle: Json) -> None:
    found(bundle.get("callers")).setdefault("services", []).append("evil")


def _api_callers_told(bundle: Json) -> None:
    bundle["callers"] = {"services": ["storefront"]}


def _callers_not_required(bundle: Json) -> None:
    if "callers" not in bundle["requires"]:
        raise Inapplicable
    bundle["requires"].remove("callers")


def _group_added(operation: Json) -> None:
    found(operation.get("groups"))[0].append("everybody")


def _sent_elsewhere(operation: Json) -> None:
    found(operation.get("lifecycle"))["successor"] = "/elsewhere"


def _people_let_in(operation: Json) -> None:
    if operation.get("groups"):
        raise Inapplicable
    operation["groups"] = [["everybody"]]


def _record(operation: Json) -> Json:
    if "record" not in operation:
        raise Inapplicable
    record: Json = operation["record"]
    return record


def _record_retyped(operation: Json) -> None:
    _record(operation)["type"] = "another"


def _record_moved(operation: Json) -> None:
    _record(operation).update({"in": "response", "name": "/another"})


def _record_in_the_clear(operation: Json) -> None:
    if not _record(operation).pop("sensitive", False):
        raise Inapplicable


def _record_added(operation: Json) -> None:
    if "record" in operation:
        raise Inapplicable
    operation["record"] = {"type": "another", "in": "query", "name": "another"}


def _record_not_required(bundle: Json) -> None:
    if "record" not in bundle.get("requires", []):
        raise Inapplicable
    bundle["requires"].remove("record")


_TUNNEL = {"idle_ms": 3_600_000, "lifetime_ms": 3_600_000}
_CACHE = {"ttl_ms": 3_600_000, "shared": True, "stale_if_error_ms": 0, "max_object_bytes": 1 << 20}

OPERATION_FAULTS = (
    Fault(
        "operation-ending-dropped", "an operation that ends goes on for ever", _operation(drop("lifecycle"))
    ),
    Fault(
        "operation-ends-at-once",
        "an operation is gone that nobody ended",
        _bundle(
            lambda bundle: put({"deprecated_at": 1, "sunset_at": 2}, "lifecycle")(_any_operation(bundle))
        ),
    ),
    Fault(
        "operation-successor-changed",
        "callers are sent to an operation nobody named",
        _operation(_sent_elsewhere),
    ),
    Fault(
        "parameter-ending-added",
        "callers are told of the end of a parameter that does not end, or is hidden from them",
        _bundle(lambda bundle: put([_ENDING], "ending_parameters")(_any_operation(bundle))),
    ),
    Fault("operation-exposed-to-public", "a hidden operation is public", _hidden_shown_on("public")),
    Fault("operation-exposed-to-partner", "a hidden operation is partners'", _hidden_shown_on("partner")),
    Fault("operation-added", "a method is reached that no document declares", _bundle(_method_added)),
    Fault("path-added", "a path is reached that no document declares", _bundle(_path_added)),
    Fault("template-widened", "a path carries more requests than it declares", _bundle(_template_widened)),
    Fault("template-moved", "a path is reached where it is not", _bundle(_template_moved)),
    Fault("template-widened-on-partner", "as above, for partners", _bundle(_template_widened, "partner")),
    Fault(
        "hidden-path-dropped", "a visible path may carry a hidden one's requests", _bundle(_hidden_unguarded)
    ),
    Fault(
        "hidden-path-dropped-on-partner",
        "as above, for partners",
        _bundle(_hidden_unguarded, "partner"),
    ),
    Fault(
        "hidden-flag-dropped",
        "strangers learn that there is a hidden operation",
        _bundle(_hidden_flag_dropped),
    ),
    Fault("operations-swapped", "one path's requests are taken for another's", _bundle(_operation_moved)),
    Fault("path-twice", "a path says two things", _bundle(_twice)),
    Fault(
        "operation-renamed", "an operation goes by a name nobody gave it", _operation(put("renamed", "id"))
    ),
    Fault("operation-named-as-another", "an operation goes by another's name", _bundle(_id_of_another)),
    Fault("body-bound-raised", "bodies of any size are taken", _operation(_body)),
    Fault("body-bound-raised-on-partner", "as above, for partners", _operation(_body, "partner")),
    Fault("response-header-added", "a header leaves that no document declares", _operation(_header)),
    Fault("response-header-added-on-partner", "as above, for partners", _operation(_header, "partner")),
    Fault(
        "operation-feature-dropped",
        "partners without the feature may call",
        _operation(replace(None, "feature"), "partner"),
    ),
    Fault("operation-feature-added", "a feature gates the public ring", _operation(put("beta", "feature"))),
    Fault("scopes-dropped", "an operation demands no scope", _operation(drop("scopes"))),
    Fault("scopes-dropped-on-partner", "as above, for partners", _operation(drop("scopes"), "partner")),
    Fault("scope-dropped", "an operation demands a scope less", _operation(_scope_dropped)),
    Fault("scope-alternative-added", "another scope will do too", _operation(_alternative_added)),
    Fault(
        "scopes-not-required",
        "a gateway that does not know of scopes serves those who have none",
        _bundle(_scopes_not_required),
    ),
    Fault("bindings-dropped", "a request may be about anybody's", _operation(drop("bindings"))),
    Fault("bindings-dropped-on-partner", "as above, for partners", _operation(drop("bindings"), "partner")),
    Fault("binding-moved", "another value is held to be the caller's", _operation(_binding_moved)),
    Fault(
        "binding-loosened", "a claim that callers choose names what is theirs", _operation(_binding_loosened)
    ),
    Fault(
        "bindings-not-required",
        "a gateway that does not know of bindings serves everybody's",
        _bundle(_bindings_not_required),
    ),
    Fault("api-callers-dropped", "any service calls an API", _bundle(_api_callers_dropped, "internal")),
    Fault("api-caller-added", "a strange service calls an API", _bundle(_api_caller_added, "internal")),
    Fault("api-callers-told", "strangers learn who calls an API inside", _bundle(_api_callers_told)),
    Fault("callers-dropped", "any service calls inside", _operation(_callers_dropped, "internal")),
    Fault("caller-added", "another service calls inside", _operation(_caller_added, "internal")),
    Fault(
        "callers-not-required",
        "a gateway that does not know of callers lets any in",
        _bundle(_callers_not_required, "internal"),
    ),
    Fault("callers-told", "strangers learn who calls inside", _operation(put([["desk"]], "groups"))),
    Fault("group-added", "people of another group call inside", _operation(_group_added, "internal")),
    Fault("people-let-in", "people call what lets none in", _operation(_people_let_in, "internal")),
    Fault("record-dropped", "a write is on no record", _operation(drop("record"))),
    Fault("record-dropped-inside", "as above, inside", _operation(drop("record"), "internal")),
    Fault("record-of-another-type", "a write is on record as another's", _operation(_record_retyped)),
    Fault("record-of-another-place", "another value is taken for the id", _operation(_record_moved)),
    Fault(
        "record-in-the-clear", "a sensitive id is on record in the clear", _operation(_record_in_the_clear)
    ),
    Fault("record-added", "what nobody declares is on record", _operation(_record_added)),
    Fault(
        "record-not-required",
        "a gateway that does not know of records keeps none",
        _bundle(_record_not_required),
    ),
    Fault("tunnel-opened", "a request may become a tunnel", _operation(put(_TUNNEL, "websocket"))),
    Fault(
        "responses-shared", "what one caller was given is given to others", _operation(put(_CACHE, "cache"))
    ),
)
