"""Issuers whose tokens a ring accepts: as a gateway reads them (`crates/wall/src/identity/access/spec.rs`)."""

from __future__ import annotations

from typing import Any

from ringwork.intent.issuer import CallersIntent, FetchedKeys, IssuerIntent


def access_tokens(issuers: tuple[IssuerIntent, ...]) -> list[dict[str, Any]]:
    return [
        {
            "name": issuer.name,
            "issuer": issuer.issuer,
            "audiences": list(issuer.audiences),
            "algorithms": list(issuer.algorithms),
            "typ": issuer.typ,
            "leeway_seconds": issuer.leeway_seconds,
            "keys": _keys(issuer.keys),
            "callers": _callers(issuer.callers),
            "forward": issuer.forward,
            "log_subject": issuer.log_subject,
            "scope_claim": issuer.scope_claim,
        }
        for issuer in issuers
    ]


def _keys(keys: FetchedKeys | dict[str, Any]) -> dict[str, Any]:
    if not isinstance(keys, FetchedKeys):
        return {"source": "estate", "jwks": keys}
    ca = {} if keys.ca_pem is None else {"ca_pem": keys.ca_pem}
    return {"source": "fetched", "jwks_uri": keys.jwks_uri, "refresh_seconds": keys.refresh_seconds, **ca}


def _callers(callers: CallersIntent) -> dict[str, Any]:
    if callers.kind in ("people", "clients"):
        return {"kind": callers.kind}
    if callers.kind == "developers":
        return {"kind": callers.kind, "per": callers.per, "plan": callers.plan}
    return {"kind": callers.kind, "claim": callers.claim, callers.kind: callers.mapped}
