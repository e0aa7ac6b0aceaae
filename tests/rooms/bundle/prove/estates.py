"""Estates to prove: with everything that an estate can say about what a ring reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ringwork.bundle.compile import compile_intent
from ringwork.bundle.prove import Circumstances, Emitted, Prover, Unproven
from ringwork.fleet.trust import provers_trust
from ringwork.governance.assess import assess
from ringwork.intent.model import Intent
from ringwork.kernel.findings import Severity
from tests.support.estates import write
from tests.support.intents import MATERIAL

ACME = Path(__file__).resolve().parents[4] / "examples/acme/estate"
TRUST = provers_trust(MATERIAL)
_NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

_RINGWORK = """\
organization: acme
domain: acme.test
environment: test
owner: { team: Platform, contact: platform@acme.test }
rings:
  internal:
    listen: ["127.0.0.1:8441", "[::1]:8441"]
    limits: { per_minute: 5000, per_day: 100000, burst_factor: 2 }
    networks: [10.0.0.0/8]
  partner:
    listen: ["127.0.0.1:8442"]
    hosts: [Partner.acme.test]
    log: { client_address: none }
    tls: { certificate: tls/partner.pem, key: tls/partner.key }
    trusted_proxies: { networks: [10.1.0.0/16], header: x-forwarded-for }
    client_certificates: requested
  public:
    listen: ["127.0.0.1:8443"]
    hosts: [api.acme.test, localhost]
    response_headers: { allow: [X-Total-Count] }
    bounds: { connections: 500, idle: 30s }
observability:
  metrics: { listen: "127.0.0.1:9090" }
  traces: { sample: 0.5, otlp: "https://collector.acme.test" }
  logs: { otlp: { endpoint: "https://collector.acme.test/custom", headers: { Authorization: env://LOG_TOKEN } } }
shared_limits: { url: "rediss://Limits.acme.test/3", gateways: 3, username: wall, password: env://LIMITS_PASSWORD }
"""

_ISSUERS = """\
issuers:
  login:
    issuer: https://login.acme.test
    audiences: [https://api.acme.test]
    jwks_uri: https://login.acme.test/jwks?tenant=acme
    refresh: 30s
    algorithms: [ES256, EdDSA]
    rings:
      public: { per: client, plan: free }
  partners:
    issuer: https://partners.acme.test
    audiences: [acme, https://api.acme.test]
    jwks: tls/partners.json
    scope_claim: scp
    typ: jwt
    leeway: 1m
    forward_token: true
    log_subject: full
    rings:
      partner: { claim: azp, partners: { g-1: globex, g-2: globex, i-1: initech } }
      internal: { claim: client_id, services: { ci: deployer } }
  people:
    issuer: https://people.acme.test
    audiences: [acme]
    jwks: tls/partners.json
    rings: { internal: { people: true } }
authorization_server:
  issuer: https://auth.acme.test
  audiences: [https://api.acme.test, urn:acme]
  listen: "127.0.0.1:7080"
  rings: [partner]
"""

# Decorations and kinds nobody verifies with stay out of what gateways get.
_KEYS = """\
{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "p1", "use": "sig", "x5c": ["AA"],
           "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
          {"kty": "OKP", "crv": "X25519", "kid": "p2", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
"""

_SHOP = """\
title: Shop
owner: { team: Shop, contact: shop@acme.test }
audience: external-public
prefix: /shop
feature: shopping
callers: { services: [storefront, "spiffe://acme.test/ordering"], groups: [desk] }
upstream:
  url: https://SHOP.internal.:8443/base/
  endpoints: ["10.0.0.5:9000", { address: shop-2.internal, weight: 3 }]
  prefix: "/{api}/{version}"
  host: preserve
  protocol: auto
  timeout: 10s
  write_timeout: 500ms
  total_timeout: 1m
  tls: { server_name: shop.internal }
  balance: { by: header, header: X-Session }
  health: { path: /healthz, interval: 2s }
  outliers: { errors: 3 }
  breaker: { max_requests: 100 }
  retries: { attempts: 2, statuses: [503] }
  credential: { basic: { user: gateway, password: env://SHOP_PASSWORD } }
hosts: { public: [shop.acme.test] }
versioning: header
versions:
  - { name: 2024-01-15, document: old.yaml, audience: partner, upstream: "http://[::ffff:127.0.0.1]:9" }
  - name: 2025-01-15
    document: new.yaml
    overlays: [overlay.yaml]
    default: true
    observe: { until: 2027-01-31, reason: The service sends more than it declares }
    unmatched_patterns: { until: 2027-03-31, reason: The supplier writes look-ahead }
policies:
  public: { max_body_bytes: 1000, compression: [gzip, br] }
websocket: { operations: [watchOrders], idle: 5s, lifetime: 10m }
cors: { origins: ["https://b.example", "https://a.example"], headers: [X-Trace], expose: [X-Total-Count] }
cache: { operations: [listOrders], ttl: 5s, vary: [Accept-Language], shared: true }
"""

_NEW = """\
openapi: 3.1.0
info: { title: Shop, version: 2.0.0 }
tags: [{ name: inside, x-audience: component-internal }, { name: 7, x-audience: external-partner }]
security: [{ login: ["shop:read"] }, { key: [], login: ["shop:all", "shop:audit"] }]
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Key }
    login:
      type: oauth2
      flows:
        clientCredentials: { tokenUrl: "https://l", scopes: { "shop:read": "", "shop:all": "", "shop:audit": "" } }
paths:
  /orders:
    x-audience: public
    get:
      operationId: listOrders
      responses: { '200': { $ref: 'parts.yaml#/responses/List' } }
    post: { tags: [7], x-feature: ordering, responses: { '200': { description: Fine } } }
    put:
      operationId: placeOrders
      x-record: { type: order, id: request.body#/name }
      x-authorize:
        query.sort: claim#/shop/sort
        header.X-Reason: [caller.application, claim.https://acme/reason]
        body#/name: claim.name
      parameters:
        - { in: query, name: dryRun, schema: { type: boolean } }
        - { in: query, name: filter, style: deepObject, schema: { $ref: 'parts.yaml#/schemas/Filter' } }
        - { in: query, name: as, x-audience: partner, schema: { type: string } }
        - { in: query, name: only, content: { application/json: { schema: { $ref: 'parts.yaml#/schemas/Filter' } } } }
        - { in: query, name: span, schema: { $ref: 'parts.yaml#/schemas/Span' } }
        - { in: query, name: 'page[size]', x-audience: partner, schema: { type: integer } }
        - { in: query, name: limit, required: true, schema: { type: integer, maximum: 100 } }
        - { in: query, name: sort, schema: { type: string, enum: [up, down] } }
        - { in: header, name: X-Reason, schema: { $ref: 'parts.yaml#/schemas/Reason' } }
        - { in: cookie, name: theme, schema: { type: string, maxLength: 8 } }
      requestBody: { $ref: 'parts.yaml#/requestBodies/Orders' }
      responses: { '200': { description: Fine } }
    head: { x-audience: internal, responses: { '200': { description: Fine } } }
  /orders/{id}:
    $ref: parts.yaml#/paths/order
  /orders/search:
    get:
      operationId: searchOrders
      x-audience: public
      x-scopes: ["search"]
      parameters:
        - { in: query, name: trace, x-audience: internal, schema: { $ref: 'parts.yaml#/schemas/Trace' } }
      responses: { '200': { description: Fine } }
    post:
      operationId: matchOrders
      x-record: { type: match, id: request.body#/word }
      x-audience: public
      requestBody: { content: { application/json: { schema: { $ref: 'parts.yaml#/schemas/Match' } } } }
      responses: { '200': { description: Fine } }
  /orders/export:
    get: { x-audience: public, tags: [inside], responses: { '200': { description: Fine } } }
  /orders/{order}:
    delete:
      x-audience: partner
      x-authorize: { path.order: [claim.order, caller.consumer] }
      x-record: { type: order, id: path.order }
      parameters: [{ in: path, name: order, required: true, schema: { type: string } }]
      responses: { '200': { description: Fine } }
    patch:
      x-audience: public
      requestBody: { $ref: 'parts.yaml#/requestBodies/Form' }
      responses: { '200': { description: Fine } }
  /orders/watch:
    get: { operationId: watchOrders, x-audience: public, responses: { '101': { description: Fine } } }
  /rpc?Action=Start:
    get: { x-audience: public, responses: { '200': { description: Fine } } }
  /rpc#stop:
    get: { x-audience: partner, responses: { '200': { description: Fine } } }
  /health:
    x-callers: { services: [storefront, "spiffe://acme.test/probe"] }
    get:
      x-callers: { groups: [desk] }
      x-groups: [support, desk]
      responses: { '200': { description: Fine } }
"""

_DESK = """\
description: Takes orders.
services: [telephone, "spiffe://acme.test/counter"]
"""
_SUPPORT = """\
description: Helps customers.
claims: { groups: [acme-support, acme-help], realm.roles: [support] }
grants: { longest: 2h, approval: { groups: [desk] } }
"""

_PARTS = """\
schemas:
  Order:
    type: object
    required: [id]
    properties:
      id: { type: string }
      state: { type: string, enum: [open, paid, fraud], x-enum-audience: { fraud: internal, paid: partner } }
      margin: { type: number, x-audience: internal }
      supplier: { $ref: '#/schemas/Supplier' }
      card: { type: string, x-sensitive: { class: payment, mask: { partner: last4, public: hash } } }
      password: { type: string, writeOnly: true }
      pays: { $ref: '#/schemas/Payment' }
      lines: { type: array, items: { $ref: '#/schemas/Line' } }
      tags: { type: object, properties: { secret: { x-audience: partner } }, additionalProperties: { type: string } }
      notes:
        type: object
        patternProperties: { "^x-": { x-audience: internal } }
        additionalProperties: { type: string }
      parent: { $ref: '#/schemas/Order' }
      free: {}
      open: true
      maybe: { type: string, nullable: true }
      either:
        anyOf:
          - { type: object, properties: { a: { type: string }, b: { type: string, x-audience: internal } } }
          - { type: object, properties: { b: { type: string }, c: { type: integer } } }
      grade: { anyOf: [{ type: integer }, { type: string, x-audience: internal }] }
      marks: { $ref: '#/schemas/Marks' }
      stock: { $ref: '#/schemas/Stock' }
      scores: { type: array, prefixItems: [{ type: string }], items: { type: integer, x-audience: partner } }
  Supplier:
    x-audience: partner
    allOf:
      - { $ref: '#/schemas/Named' }
      - { type: object, properties: { price: { type: number, x-audience: internal }, since: { type: string } } }
  Named: { type: object, properties: { name: { type: string }, price: { type: number } } }
  Filter:
    type: object
    properties: { state: { type: string }, margin: { type: number, x-audience: internal } }
    additionalProperties: false
  Reason: { type: string, enum: [change, complaint, fraud], x-enum-audience: { fraud: internal } }
  Span: { type: object, properties: { from: { type: string }, cost: { type: number, x-audience: internal } } }
  Trace: { type: object, properties: { depth: { type: integer } }, additionalProperties: { type: string } }
  Marks: { type: object, properties: { a: {} }, patternProperties: { "^m-": { x-audience: partner } } }
  Stock: { type: object, properties: { a: {} }, additionalProperties: { type: integer, x-audience: partner } }
  Match:
    type: object
    properties:
      word: { type: string, pattern: "^(?!x)", maxLength: 9, x-sensitive: confidential }
      marks: { $ref: '#/schemas/Marks' }
      stock: { $ref: '#/schemas/Stock' }
  Draft:
    type: object
    required: [name, amount]
    maxProperties: 40
    additionalProperties: { type: string, maxLength: 10 }
    properties:
      id: { type: string, readOnly: true }
      name: { type: string, minLength: 1, maxLength: 50, pattern: "^[A-Z]" }
      amount: { type: integer, format: int32, minimum: 1, maximum: 1000, multipleOf: 5 }
      due: { type: string, format: date }
      reason: { $ref: '#/schemas/Reason' }
      discount: { type: number, x-audience: internal }
      grade: { anyOf: [{ type: integer }, { type: string, x-audience: internal }] }
      scores: { type: array, prefixItems: [{ type: string }], items: { type: integer, x-audience: partner } }
      rebate: { type: number, x-audience: partner }
      pays: { $ref: '#/schemas/Payment' }
      lines: { type: array, maxItems: 9, items: { $ref: '#/schemas/Line' } }
      note: { anyOf: [{ type: string, maxLength: 20 }, { type: object, properties: { text: { type: string } } }] }
      named: { allOf: [{ $ref: '#/schemas/Named' }, { type: object, required: [name] }] }
  Line: { type: object, properties: { sku: { type: string }, cost: { type: number, x-audience: partner } } }
  Payment:
    oneOf: [{ $ref: '#/schemas/Card' }, { $ref: '#/schemas/Cash' }]
    discriminator: { propertyName: kind, mapping: { card: '#/schemas/Card', cash: '#/schemas/Cash' } }
  Card: { type: object, properties: { kind: { type: string }, last: { type: string } } }
  Cash:
    type: object
    properties: { kind: { type: string }, till: { type: string, x-audience: internal }, last: false }
paths:
  order:
    x-audience: public
    get:
      x-audience: external-public
      operationId: getOrder
      security: [{ login: ["shop:read"] }, {}]
      responses:
        '200':
          description: Fine
          content: { application/json: { schema: { $ref: '#/schemas/Order' } } }
        4XX: { description: No, content: { application/problem+json: {} } }
requestBodies:
  Orders:
    required: true
    content:
      application/json: { schema: { $ref: '#/schemas/Draft' } }
      application/x-ndjson: { x-audience: partner, schema: { type: string } }
  Form:
    content:
      multipart/form-data:
        schema:
          type: object
          properties:
            file: { type: string, format: binary }
            line: { $ref: '#/schemas/Line' }
            tags: { type: array, items: { type: string } }
        encoding: { file: { contentType: image/png }, tags: { style: pipeDelimited, explode: false } }
      application/json: { schema: { $ref: '#/schemas/Line' } }
responses:
  List:
    description: Fine
    headers:
      X-Total-Count: { schema: { type: integer } }
      X-Page: { schema: { type: integer } }
      X-Cost: { x-audience: internal, schema: { type: integer } }
    content:
      application/json:
        schema: { type: array, items: { $ref: '#/schemas/Order' } }
"""

_OVERLAY = """\
overlay: 1.0.0
info: { title: Labels, version: 1.0.0 }
actions:
  - { target: "$.paths['/health'].get", update: { x-audience: partner } }
"""

_OLD = """\
openapi: 3.0.3
info: { title: Shop, version: 1.0.0, x-audience: partner }
paths:
  /orders:
    get: { x-audience: public, operationId: listOrders, responses: { '200': { description: Fine } } }
    delete: { responses: { '200': { description: Fine } } }
"""

_INSIDE = """\
title: Administration
owner: { team: Shop, contact: shop@acme.test }
prefix: /shop/admin
upstream: http://127.0.0.1:9101/
versions: [{ name: v1, document: v1.yaml }]
"""

_ADMIN = """\
openapi: 3.1.0
info: { title: Administration, version: 1.0.0 }
paths: { /users: { get: { x-audience: public, responses: { '200': { description: Fine } } } } }
"""

_CATALOGUE = """\
title: Catalogue
owner: { team: Shop, contact: shop@acme.test }
audience: partner
prefix: /
upstream: http://127.0.0.1:9102
versioning: none
versions: [{ name: v1, document: v1.yaml }]
"""


def write_rich(root: Path) -> Path:
    """Features, hosts of its own, versions by header, environments, and hidden APIs inside of visible ones."""
    write(root / "ringwork.yaml", _RINGWORK + _ISSUERS)
    write(root / "tls/partners.json", _KEYS)
    for name, text in (
        ("api", _SHOP),
        ("new", _NEW),
        ("old", _OLD),
        ("parts", _PARTS),
        ("overlay", _OVERLAY),
    ):
        write(root / f"apis/shop/{name}.yaml", text)
    for name, manifest in (("admin", _INSIDE), ("catalogue", _CATALOGUE)):
        write(root / f"apis/{name}/api.yaml", manifest)
        write(root / f"apis/{name}/v1.yaml", _ADMIN)
    versions = "versions: { shop: [2024-01-15] }\nnetworks: [192.0.2.0/24]\nscopes: [shop:read]\n"
    write(root / "partners/globex.yaml", f"title: Globex\nlimits: {{ per_minute: 600 }}\n{versions}")
    write(
        root / "partners/initech.yaml",
        "title: Initech\nfeatures: [shopping]\nlimits: { per_minute: 7, burst_factor: 0.29 }\n",
    )
    for name, group in (("desk", _DESK), ("support", _SUPPORT)):
        write(root / f"groups/{name}.yaml", group)
    for kind in ("pem", "key"):
        write(root / f"tls/partner.{kind}", "the gateway reads it")
    write(
        root / "plans/free.yaml",
        "title: Free\nlimits: { per_minute: 60, per_day: 5000 }\nscopes: [search, shop:read]\n",
    )
    write(root / "environments/staging.yaml", _STAGING)
    return root


_STAGING = """\
domain: staging.acme.test
rings: { public: { listen: ["127.0.0.1:9443"], bounds: { idle: 1s } } }
issuers:
  login:
    issuer: https://login.staging.acme.test
    audiences: [staging]
    jwks_uri: https://login.staging.acme.test/jwks
    rings: { public: { per: client, plan: free } }
authorization_server: { issuer: "https://auth.staging.acme.test", listen: "127.0.0.1:7081" }
apis:
  shop:
    upstream: "https://shop.staging"
    hosts: { public: [shop.staging.test] }
    versions: { 2024-01-15: { upstream: { url: "http://old.staging", timeout: 1s } } }
plans: { free: { limits: { per_day: 7 } } }
"""


def write_enforced(root: Path) -> Path:
    """Nothing is observed."""
    write_rich(root)
    lines = _SHOP.splitlines(keepends=True)
    write(root / "apis/shop/api.yaml", "".join(line for line in lines if "observe:" not in line))
    return root


def write_inner(root: Path) -> Path:
    """Without a public ring."""
    write_rich(root)
    text = _RINGWORK[: _RINGWORK.index("  public:")]
    write(root / "ringwork.yaml", text)
    (root / "environments/staging.yaml").unlink()
    return root


@dataclass(frozen=True)
class Site:
    """An estate, what was emitted for it, and a prover."""

    root: Path
    environment: str
    emitted: Emitted

    def findings(
        self, emitted: Emitted | None = None, prover: Prover | None = None, **said: Any
    ) -> list[str]:
        """Codes of what the proof fails on."""
        circumstances = Circumstances(TRUST, **said)
        try:
            (prover or Prover()).prove(emitted or self.emitted, self.root, self.environment, circumstances)
        except Unproven as error:
            return [violation.code for violation in error.violations]
        return []


def site(root: Path, environment: str | None = None) -> Site:
    found = assess(root, environment=environment)
    assert [one.message for one in found.findings if one.severity is Severity.ERROR] == []
    assert found.intent is not None
    return Site(root, found.intent.environment, emitted(found.intent))


def emitted(intent: Intent) -> Emitted:
    compiled = compile_intent(intent, revision=1, created_at=_NOW, material=MATERIAL)
    return Emitted(compiled.manifest, compiled.objects)
