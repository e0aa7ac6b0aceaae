"""`issuers` of the estate as each ring accepts them."""

from __future__ import annotations

from pathlib import Path

from ringwork.audience import Audience
from ringwork.intent.issuer import CallersIntent, FetchedKeys, IssuerIntent
from ringwork.kernel.refusal import Refused
from ringwork.manifest.certificates import read_bundle
from ringwork.manifest.estate import LoadedOrganization
from ringwork.manifest.issuers import (
    CallersManifest,
    InternalCallersManifest,
    IssuerManifest,
    PartnerCallersManifest,
)
from ringwork.manifest.key_sets import read_key_set

_REFRESH_SECONDS = 60


def build_issuers(
    root: Path, organization: LoadedOrganization, audience: Audience
) -> tuple[IssuerIntent, ...]:
    """Those a ring accepts, by name. Raises Refused where a file was lost since the estate was judged."""
    issuers = sorted(organization.manifest.issuers.items())
    return tuple(
        _issuer(root, organization, name, issuer, callers)
        for name, issuer in issuers
        if (callers := issuer.accepted_on(audience)) is not None
    )


def _issuer(
    root: Path, organization: LoadedOrganization, name: str, stated: IssuerManifest, callers: CallersManifest
) -> IssuerIntent:
    return IssuerIntent(
        name=name,
        issuer=stated.issuer,
        audiences=stated.audiences,
        algorithms=tuple(sorted(set(stated.algorithms))),
        typ=stated.typ,
        leeway_seconds=stated.leeway // 1_000,
        keys=_keys(root, stated),
        callers=_callers(callers),
        forward=stated.forward_token,
        log_subject=stated.log_subject,
        declared_at=organization.source.key_at("issuers", name),
        scope_claim=stated.scope_claim,
    )


def _keys(root: Path, stated: IssuerManifest) -> FetchedKeys | dict[str, object]:
    if stated.jwks_uri is None:
        found = read_key_set(root, stated.jwks or "")
        if found.problem is not None or found.private:
            raise _lost(f"{stated.jwks} {found.problem or 'holds private keys'}")
        return found.jwks
    refresh = _REFRESH_SECONDS if stated.refresh is None else stated.refresh // 1_000
    return FetchedKeys(stated.jwks_uri, _ca(root, stated), refresh)


def _ca(root: Path, stated: IssuerManifest) -> str | None:
    if stated.ca is None:
        return None
    found = read_bundle(root / stated.ca)
    if found.problem is not None:
        raise _lost(f"{stated.ca} {found.problem}")
    return found.text


def _callers(stated: CallersManifest) -> CallersIntent:
    if isinstance(stated, InternalCallersManifest) and stated.people:
        return CallersIntent("people")
    if isinstance(stated, InternalCallersManifest):
        return CallersIntent("services", claim=stated.claim or "", mapped=dict(stated.services))
    if isinstance(stated, PartnerCallersManifest):
        return CallersIntent("partners", claim=stated.claim, mapped=dict(stated.partners))
    return CallersIntent("developers", per=stated.per, plan=stated.plan)


def _lost(message: str) -> Refused:
    return Refused(
        "key-set-unusable", message, "It was replaced while the estate was read: apply again.", status=409
    )
