"""JSON Schemas (2020-12) of the estate's files, generated from the models that read them."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from ringwork.manifest.agreements import PartnerManifest, PlanManifest
from ringwork.manifest.api import ApiManifest
from ringwork.manifest.environment import EnvironmentManifest
from ringwork.manifest.gates import GatesManifest
from ringwork.manifest.organization import OrganizationManifest
from ringwork.manifest.people import GroupManifest
from ringwork.manifest.style import StylePolicyManifest

_MODELS: dict[str, type[BaseModel]] = {
    "organization": OrganizationManifest,
    "api": ApiManifest,
    "partner": PartnerManifest,
    "plan": PlanManifest,
    "group": GroupManifest,
    "environment": EnvironmentManifest,
    "style-policy": StylePolicyManifest,
    "gates": GatesManifest,
}
KINDS: tuple[str, ...] = (*_MODELS, "style")


def schema_of(kind: str) -> dict[str, Any]:
    """The schema of one file kind. Raises KeyError for a kind that is not in `KINDS`."""
    if kind == "style":
        description = (
            "A ruleset in Spectral's format (`styles/<name>.yaml`): a ring's, by its name, or one it extends."
        )
        schema: dict[str, Any] = {"title": "Style", "description": description, "type": "object"}
    else:
        schema = _MODELS[kind].model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_for_editors(schema)}


def schema_text(kind: str) -> str:
    """The schema as a file."""
    return json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"


def _for_editors(value: Any) -> Any:
    """Absence is spelled by leaving a key out: editors should offer neither `null` nor an empty object."""
    if isinstance(value, list):
        return [_for_editors(member) for member in value if member != {"type": "null"}]
    if not isinstance(value, dict):
        return value
    kept = {key: _for_editors(member) for key, member in value.items() if not _is_empty_default(key, member)}
    choices = kept.get("anyOf")
    if isinstance(choices, list) and len(choices) == 1:
        del kept["anyOf"]
        return {**choices[0], **kept}
    return kept


def _is_empty_default(key: str, value: Any) -> bool:
    return key == "default" and (value is None or isinstance(value, dict))
