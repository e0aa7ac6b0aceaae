"""What the authorization server says of itself (RFC 8414 §2). No scopes: whose they are is not everybody's business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ringwork.control.oauth.assertions import ALGORITHMS
from ringwork.control.oauth.model import BY_CERTIFICATE
from ringwork.control.oauth.proofs import ALGORITHMS as PROOF_ALGORITHMS
from ringwork.intent.authorization import AuthorizationIntent, ClientCertificatesIntent, jwks_uri_of

_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")
_PUSHED = "pushed_authorization_request_endpoint"


def metadata(server: AuthorizationIntent, grant_types: Sequence[str]) -> dict[str, Any]:
    issuer, certificates = server.issuer, server.client_certificates
    has_users = server.users is not None
    return {
        "issuer": issuer,
        **_endpoints(issuer),
        "jwks_uri": jwks_uri_of(issuer),
        "grant_types_supported": [*grant_types],
        "response_types_supported": [],
        "dpop_signing_alg_values_supported": [*PROOF_ALGORITHMS],
        **_proofs(server),
        **(_of_users(issuer) if has_users else {}),
        **({} if certificates is None else _of_certificates(certificates, has_users)),
    }


def _endpoints(origin: str) -> dict[str, str]:
    """What clients speak to."""
    paths = {"token": "token", "introspection": "introspect", "revocation": "revoke"}
    return {f"{name}_endpoint": f"{origin}/{path}" for name, path in paths.items()}


def _proofs(server: AuthorizationIntent) -> dict[str, list[str]]:
    """How clients prove themselves where."""
    methods = _METHODS if server.client_certificates is None else (*_METHODS, BY_CERTIFICATE)
    public = () if server.users is None else ("none",)
    return {
        f"{endpoint}_endpoint_auth_{what}_supported": [*values]
        for endpoint, more in (("token", public), ("introspection", ()), ("revocation", public))
        for what, values in (("methods", (*methods, *more)), ("signing_alg_values", ALGORITHMS))
    }


def _of_users(issuer: str) -> dict[str, Any]:
    """RFC 8414 §2, RFC 9126 §5, RFC 9207 §3."""
    return {
        "authorization_endpoint": f"{issuer}/authorize",
        _PUSHED: f"{issuer}/par",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def _of_certificates(stated: ClientCertificatesIntent, has_users: bool) -> dict[str, Any]:
    """RFC 8705 §3.3, §5: where clients are asked for them, if that is elsewhere."""
    bound = {"tls_client_certificate_bound_access_tokens": True}
    if stated.at is None:
        return bound
    pushed = {_PUSHED: f"{stated.at}/par"} if has_users else {}
    return bound | {"mtls_endpoint_aliases": _endpoints(stated.at) | pushed}
