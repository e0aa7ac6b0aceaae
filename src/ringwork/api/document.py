"""The admin API's own OpenAPI document: FastAPI's, with who may call it and how it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from ringwork import __version__
from ringwork.api.permissions import NEEDED
from ringwork.api.problems import Problem

OPENAPI_VERSION = "3.1.0"
PATH = "/openapi.json"
_ABOUT = """Of a running control plane: `ringwork up` serves it on loopback and writes its URL into `endpoints.json`.

A request has a bearer token: of a person who logged in (`ringwork login`), of a machine (`/machine-tokens`), or the \
content of `admin.token`, which may do everything. Each operation names the permission it needs, as the role of its \
security requirement. Errors are problem documents (RFC 9457), each with a \
`code` that never changes its meaning. Answers say how the caller's limit stands, in `RateLimit-Policy` and \
`RateLimit`. Times are RFC 3339, UTC, whole seconds."""
_TAGS = {
    "status": "What the gateway serves.",
    "metrics": "The control plane's own, for Prometheus.",
    "revisions": "Applied states of the estate.",
    "keys": "API keys.",
    "accounts": "Consumers outside: partners and developers.",
    "applications": "What of an account's uses keys.",
    "records": "Writes of business records, as gateways tell of them.",
    "handovers": "Secrets on their way to an account, each behind a link that opens once.",
    "clients": "OAuth clients of applications, which get access tokens.",
    "identities": "Certificates and tokens of services.",
    "gateways": "Gateways elsewhere, and what enrols them.",
    "secrets": "What the estate refers to as `secret://NAME`; never shown.",
    "signing-key": "The key manifests are signed with.",
    "user-grants": "What users of APIs allowed applications.",
    "token-keys": "Keys that sign access tokens.",
    "authorities": "The embedded CAs of the rings.",
    "whoami": "Who calls, and what he may do.",
    "people": "Who operates this control plane.",
    "sessions": "Who is logged in.",
    "invitations": "Of people who will have an account here.",
    "machine-tokens": "What CI calls with.",
    "grants": "Who is in a group for some time.",
    "approvals": "What somebody asked for, and others decide.",
}
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A person's session, a machine token, or the content of `admin.token`.",
}


def document_text(document: Mapping[str, Any]) -> str:
    """As it is kept and read: indented JSON."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def admin_document(routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """What `routes` answer, as OpenAPI 3.1."""
    document: dict[str, Any] = get_openapi(
        title="Ringwork admin API",
        version=__version__,
        openapi_version=OPENAPI_VERSION,
        summary="What a running control plane can be told and asked.",
        description=_ABOUT,
        routes=list(routes),
        tags=[{"name": name, "description": about} for name, about in _TAGS.items()],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
    )
    components = document["components"]
    components["schemas"] = dict(sorted((components["schemas"] | _problem()).items()))
    components["securitySchemes"] = {"token": _BEARER}
    document |= {"components": _untitled(components), "paths": _untitled(document["paths"])}
    for operation in (each for item in document["paths"].values() for each in item.values()):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _never_null(parameter["schema"])
        _tell_permission(operation)
    return document | {"security": [{"token": []}]}


def _tell_permission(operation: dict[str, Any]) -> None:
    """OpenAPI 3.1 §4.8.30: roles, where the scheme is none of OAuth."""
    needed = NEEDED[operation["operationId"]]
    operation["security"] = [{"token": [] if needed is None else [needed]}]
    about = operation.get("description")
    told = "Needs no permission." if needed is None else f"Needs the permission `{needed}`."
    operation["description"] = told if about is None else f"{about}\n\n{told}"


def _untitled(node: Any) -> Any:
    """Without pydantic's titles, which say every name again; a property of that name is no text."""
    if isinstance(node, list):
        return [_untitled(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {name: each for name, each in node.items() if name != "title" or not isinstance(each, str)}
    return {name: _untitled(each) for name, each in kept.items()}


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is left out, or it is a text: there is no way to send null."""
    given = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    others = {name: each for name, each in schema.items() if name not in ("anyOf", "description")}
    return given[0] | others if len(given) == 1 else others


def _problem() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    inner: dict[str, Any] = schema.pop("$defs")
    return inner | {"Problem": schema}
