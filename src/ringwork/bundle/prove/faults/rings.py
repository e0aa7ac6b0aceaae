"""Faults of a ring: what it listens on, whom it trusts, what it demands, what it tells."""

from __future__ import annotations

from collections.abc import Callable

from ringwork.bundle.prove.faults.edits import STRANGE_KEY, Edit, append, drop, put
from ringwork.bundle.prove.faults.tampering import Copy, Fault, found


def _in(ring: str, edit: Edit) -> Callable[[Copy], None]:
    return lambda copy: edit(copy.ring(ring))


def _listeners_of_another(copy: Copy) -> None:
    copy.ring("internal")["listeners"] = list(copy.ring("public")["listeners"])
    copy.ring("public")["listeners"] = []


def _hosts_of_another(copy: Copy) -> None:
    copy.ring("public")["hosts"] += copy.ring("internal")["hosts"]


def _certificate_of_another(copy: Copy) -> None:
    copy.ring("public")["tls"] = dict(copy.ring("internal")["tls"])


def _limit(ring: str, factor: int) -> Callable[[Copy], None]:
    def commit(copy: Copy) -> None:
        limit = found(copy.ring(ring)["default_limit"])
        limit["per_minute"] *= factor

    return commit


def _burst(copy: Copy) -> None:
    found(copy.ring("public")["default_limit"])["burst"] += 1_000


def _per_day(copy: Copy) -> None:
    found(copy.ring("public")["default_limit"])["per_day"] = 10**9


def _public_trusts_services(copy: Copy) -> None:
    copy.ring("public")["authentication"]["mtls"] = found(copy.ring("internal")["authentication"]["mtls"])


def _partner_takes_tokens(copy: Copy) -> None:
    token = found(copy.ring("internal")["authentication"]["service_token"])
    copy.ring("partner")["authentication"]["service_token"] = token


_PROXIES = {"networks": ["0.0.0.0/0"], "proxy_protocol": None, "header": "x-forwarded-for", "services": []}

_BOUNDS = (
    ("connections", 10**6),
    ("connections_per_address", 10**6),
    ("handshake_ms", 10**6),
    ("request_head_ms", 10**6),
    ("idle_ms", 10**6),
    ("lifetime_ms", 10**9),
    ("body_grace_ms", 10**6),
    ("body_bytes_per_second", 1),
    ("failed_authentications_per_minute", 10**6),
    ("silence_ms", 10**6),
    ("requests_per_connection", 10**6),
)

RING_FAULTS = (
    Fault(
        "listeners-swapped", "the internal ring listens where the public one should", _listeners_of_another
    ),
    Fault(
        "listener-added",
        "the internal ring listens where nobody said",
        _in("internal", append("0.0.0.0:8444", "listeners")),
    ),
    Fault("hosts-of-another-ring", "the public ring answers to internal names", _hosts_of_another),
    Fault(
        "host-added",
        "a ring answers to a name that is not its own",
        _in("partner", append("evil.example", "hosts")),
    ),
    Fault(
        "certificate-of-another-ring",
        "the public ring shows the internal certificate",
        _certificate_of_another,
    ),
    Fault(
        "key-file-changed",
        "a listener's key is read from elsewhere",
        _in("partner", put("/tmp/key.pem", "tls", "key_file")),
    ),
    Fault(
        "trust-bundle-replaced",
        "services of a strange CA are believed",
        _in("internal", put("-----BEGIN CERTIFICATE-----", "authentication", "mtls", "trust_bundle_pem")),
    ),
    Fault(
        "trust-bundle-file-added",
        "a file of CAs is trusted that the estate does not name",
        _in("internal", put({"file": "/tmp/ca.pem", "pem": ""}, "authentication", "mtls", "operators")),
    ),
    Fault("mtls-on-public", "the public ring believes certificates of services", _public_trusts_services),
    Fault("service-token-on-partner", "the partner ring believes internal tokens", _partner_takes_tokens),
    Fault(
        "service-token-key-added",
        "tokens of a strange key are believed",
        _in("internal", append(STRANGE_KEY, "authentication", "service_token", "jwks", "keys")),
    ),
    Fault(
        "service-token-issuer-changed",
        "tokens of a strange issuer are believed",
        _in("internal", put("https://evil.example", "authentication", "service_token", "issuer")),
    ),
    Fault(
        "service-token-audience-changed",
        "tokens for others are believed",
        _in("internal", put("others", "authentication", "service_token", "audience")),
    ),
    Fault(
        "service-token-lives-longer",
        "tokens are believed for a year",
        _in("internal", put(31_536_000, "authentication", "service_token", "max_lifetime_seconds")),
    ),
    Fault(
        "api-keys-on-internal",
        "the internal ring takes API keys",
        _in("internal", put(True, "authentication", "api_key")),
    ),
    Fault(
        "api-keys-not-demanded",
        "the public ring demands no credential it could know",
        _in("public", put(False, "authentication", "api_key")),
    ),
    Fault(
        "certificates-requested",
        "the public ring asks everybody for a certificate",
        _in("public", put("requested", "client_certificates")),
    ),
    Fault(
        "certificates-not-requested",
        "the partner ring asks nobody for the certificate that tokens are bound to",
        _in("partner", drop("client_certificates")),
    ),
    Fault(
        "internal-authentication-late",
        "strangers learn what internal paths there are",
        _in("internal", put(False, "authenticate_first")),
    ),
    Fault(
        "partner-authentication-late",
        "strangers learn what partners' paths there are",
        _in("partner", put(False, "authenticate_first")),
    ),
    Fault(
        "public-errors-detailed",
        "public errors say what went wrong inside",
        _in("public", put("detailed", "errors")),
    ),
    Fault(
        "partner-errors-detailed",
        "partners' errors say what went wrong inside",
        _in("partner", put("detailed", "errors")),
    ),
    Fault(
        "public-headers-open",
        "every response header leaves the public ring",
        _in("public", put({"mode": "all_but", "names": []}, "response_headers")),
    ),
    Fault(
        "partner-headers-open",
        "every response header leaves the partner ring",
        _in("partner", put({"mode": "all_but", "names": []}, "response_headers")),
    ),
    Fault(
        "public-header-allowed",
        "a header leaves the public ring that nothing allows",
        _in("public", append("x-internal-host", "response_headers", "names")),
    ),
    Fault(
        "partner-header-allowed",
        "a header leaves the partner ring that nothing allows",
        _in("partner", append("set-cookie", "response_headers", "names")),
    ),
    Fault(
        "internal-networks-open",
        "the internal ring speaks to the internet",
        _in("internal", put([], "networks")),
    ),
    Fault(
        "internal-network-added",
        "the internal ring speaks to a strange network",
        _in("internal", append("203.0.113.0/24", "networks")),
    ),
    Fault(
        "proxies-trusted",
        "anybody says where a request comes from",
        _in("public", put(_PROXIES, "trusted_proxies")),
    ),
    Fault(
        "documentation-elsewhere",
        "problem documents send public callers to a strange site",
        _in("public", put("https://elsewhere.example", "documentation")),
    ),
    Fault(
        "addresses-logged-in-full",
        "public callers' addresses are logged in full",
        _in("public", put("full", "log_client_address")),
    ),
    Fault(
        "public-traces-accepted",
        "public callers choose their traces",
        _in("public", put("accept", "trace_context")),
    ),
    Fault("public-limit-raised", "everybody may call a hundred times as often", _limit("public", 100)),
    Fault(
        "internal-limit-raised", "every service may call a hundred times as often", _limit("internal", 100)
    ),
    Fault("public-burst-raised", "everybody may call a thousand times at once", _burst),
    Fault("public-daily-limit-raised", "another daily limit than the estate's", _per_day),
    Fault("public-limit-dropped", "nobody is limited", _in("public", put(None, "default_limit"))),
    Fault(
        "secret-added",
        "a node is sent a secret that none of its APIs needs",
        _in("public", put(["secret://vault"], "secrets")),
    ),
    *(
        Fault(
            f"bound-{name.replace('_', '-')}",
            f"the public ring's bound {name} is another than the estate's",
            _in("public", put(value, "bounds", name)),
        )
        for name, value in _BOUNDS
    ),
)
