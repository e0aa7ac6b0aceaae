"""Where each decision was written down: for `explain`, kept by the control plane, never sent to a gateway."""

from __future__ import annotations

from typing import Any

from ringwork.intent.model import ApiIntent, Intent, OperationIntent, VersionIntent


def api_sources(api: ApiIntent) -> dict[str, Any]:
    """Places are `file:line:column`. `decided_at` is the label that decides how far an operation reaches."""
    return {
        "declared_at": str(api.declared_at),
        "versions": {version.name: _version(version) for version in api.versions},
    }


def _version(version: VersionIntent) -> dict[str, Any]:
    return {
        "declared_at": str(version.declared_at),
        "upstream_at": str(version.upstream.declared_at),
        "operations": [_operation(operation) for operation in version.operations],
    }


def _operation(operation: OperationIntent) -> dict[str, Any]:
    return {
        "id": operation.id,
        "method": operation.method,
        "template": operation.template,
        "published": operation.published.label,
        "declared_at": str(operation.declared_at),
        "decided_at": None if operation.decided_at is None else str(operation.decided_at),
    }


def estate_sources(intent: Intent) -> dict[str, Any]:
    """Rings, plans, partners and issuers, and what the environment decided of anything."""
    return {
        "rings": {ring.audience.label: str(ring.declared_at) for ring in intent.rings},
        "plans": {plan.name: str(plan.declared_at) for plan in intent.plans},
        "partners": {partner.name: str(partner.declared_at) for partner in intent.partners},
        "issuers": _issuers(intent),
        "overridden": [each.as_dict() for each in intent.overridden],
    }


def _issuers(intent: Intent) -> dict[str, str]:
    accepted = (issuer for ring in intent.rings for issuer in ring.issuers)
    return {issuer.name: str(issuer.declared_at) for issuer in accepted}
