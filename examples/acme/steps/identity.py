"""Who calls, and how the gateway knows."""

from __future__ import annotations

import json

from examples.acme.guide import Guide, Step

_ORDERS = "/shop/v2/orders"
_BULK = "/shop/v2/orders/bulk"
_JSON = ("-H", "Content-Type: application/json")


def _forged_headers(guide: Guide) -> None:
    forged = (
        *("-H", "x-ringwork-consumer: globex"),
        *("-H", "x-ringwork-ring: internal"),
        *("-H", "x-internal-service-token: let-me-in"),
    )
    answer = guide.curl("initech", _ORDERS, *forged)
    customers = {order["customer"] for order in json.loads(answer.body)["items"]}
    guide.check(customers == {"initech"}, "Initech stays Initech: it is shown its own orders")


def _features_and_versions(guide: Guide) -> None:
    new = '{"orders": [{"lines": [{"sku": "ANVIL-1", "quantity": 1}]}]}'
    with_it = guide.curl("globex", _BULK, *_JSON, "-d", new)
    guide.check(with_it.status == 201, "Globex has the feature bulk-orders in its agreement")
    without = guide.curl("initech", _BULK, *_JSON, "-d", new)
    guide.check(without.status == 404, "for Initech, which has not, there is no such operation")
    guide.check(guide.curl("globex", "/shop/v1/orders/42").status == 200, "Globex may still use v1")
    guide.check(guide.curl("initech", "/shop/v1/orders/42").status == 404, "Initech never agreed to v1")
    old = guide.curl("developer", "/inventory/products/ANVIL-1")
    new_version = ("-H", "API-Version: 2025-06-01")
    new_answer = guide.curl("developer", "/inventory/products/ANVIL-1", *new_version)
    guide.check("price_cents" in old.body, "inventory's default version counts cents")
    guide.check('"currency"' in new_answer.body, "the version asked for by header says Money")


def _services(guide: Guide) -> None:
    by_certificate = guide.curl("billing", _ORDERS + "/42")
    guide.check(
        by_certificate.status == 200, "billing calls orders with the certificate Ringwork's CA gave it"
    )
    certificate = guide.stage.credentials.identity("billing") / "cert.pem"
    shown = guide.run(["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", str(certificate)])
    guide.check("spiffe://acme.localhost/billing" in shown.output, "it says who it is as a SPIFFE id")
    token = guide.ringwork("identity", "token", "billing").output.strip()
    header = guide.kept("billing.token", f"x-internal-service-token: {token}\n")
    by_token = guide.curl("internal", _ORDERS + "/42", "-H", f"@{header}")
    guide.check(by_token.status == 200, "where mTLS is not possible, a short-lived token says the same")
    guide.check(guide.curl("internal", _ORDERS + "/42").status == 401, "without either, nobody gets in")
    called = guide.ringwork("call", "orders", "GET", "/orders/42", "--as", "billing")
    guide.check(called.status == 0 and "129.90" in called.output, "`ringwork call` does all that in one word")


def _revoked_key(guide: Guide) -> None:
    made = guide.ringwork("key", "create", "--ring", "public", "--consumer", "eve", "--plan", "free").output
    secret, *_ = made.split()
    key, key_id = ("-H", f"X-Api-Key: {secret}"), secret.split("_")[2]
    guide.check(guide.curl("public", _ORDERS + "/42", *key).status == 200, "Eve's key works")
    revoked = guide.ringwork("key", "revoke", key_id)
    guide.check(revoked.status == 0, "it is revoked")
    guide.check(guide.curl("public", _ORDERS + "/42", *key).status == 401, "the very next call gets 401")


FORGED_HEADERS = Step(
    "Forged identity",
    """Services are told who calls in `x-ringwork-…` headers. So what if a client sends those itself?""",
    _forged_headers,
)
FEATURES_AND_VERSIONS = Step(
    "Agreements",
    """A partner has what its agreement names: features, and versions. What it has not does not exist for it.""",
    _features_and_versions,
)
SERVICES = Step(
    "Services calling services",
    """Inside, a caller proves itself with a certificate; where that cannot be, with a token. Same caller, same
    limits.""",
    _services,
)
REVOKED_KEY = Step(
    "A key revoked",
    """Keys are stored as hashes. Revoking one takes effect when the command returns.""",
    _revoked_key,
)
