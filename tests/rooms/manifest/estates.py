"""Small estates for tests: a sound one, changed in one place each time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ringwork.kernel.findings import Finding
from ringwork.manifest.estate import Estate
from ringwork.manifest.load import load_estate

ORGANIZATION = """\
organization: acme
domain: acme.localhost
owner: {team: platform, contact: platform@acme.example}
rings:
  internal: {listen: ["127.0.0.1:8441"]}
  partner: {listen: ["127.0.0.1:8442"]}
  public: {listen: ["127.0.0.1:8443"]}
"""

API = """\
title: Orders
owner: {team: orders, contact: "#orders"}
audience: public
upstream: http://127.0.0.1:9001
versions:
  - {name: v1, document: openapi.yaml}
"""

DOCUMENT = """\
openapi: 3.0.3
info: {title: Orders, version: 1.0.0}
paths:
  /orders:
    get:
      operationId: listOrders
      x-audience: public
      responses: {"200": {description: ok, content: {text/csv: {}}}}
    delete:
      operationId: deleteOrders
      responses: {"200": {description: ok}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getOrder
      x-audience: partner
      responses: {"200": {description: ok, content: {text/csv: {}}}}
"""

PARTNER = """\
title: Globex
limits: {per_minute: 600}
"""

PLAN = """\
title: Free
limits: {per_minute: 60}
"""

SOUND = {
    "ringwork.yaml": ORGANIZATION,
    "apis/orders/api.yaml": API,
    "apis/orders/openapi.yaml": DOCUMENT,
    "partners/globex.yaml": PARTNER,
    "plans/free.yaml": PLAN,
}


def write_estate(root: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """The sound estate with files replaced, added, or (None) left out."""
    for name, text in {**SOUND, **(changes or {})}.items():
        if text is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def loaded(root: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Estate:
    return load_estate(write_estate(root, changes))


def api(upstream: str = "http://127.0.0.1:9001", **keys: str) -> str:
    """`api.yaml` with another upstream and further top-level keys, as YAML text."""
    extra = "".join(f"{key}: {value}\n" for key, value in keys.items())
    base = API.replace("http://127.0.0.1:9001", upstream)
    kept = [line for line in base.splitlines(keepends=True) if line.split(":")[0] not in keys]
    if "versions" in keys:
        kept = [line for line in kept if not line.startswith("  - ")]
    return "".join(kept) + extra


def with_code(estate: Estate, code: str) -> list[Finding]:
    return [finding for finding in estate.findings if finding.code == code]


def only(estate: Estate, code: str) -> Finding:
    """The one finding with this code."""
    found = with_code(estate, code)
    assert len(found) == 1, [str(finding) for finding in estate.findings]
    return found[0]
