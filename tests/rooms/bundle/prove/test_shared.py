"""Rings that see the same are served the same objects, compiled and proven once. A compiler that takes rings for such
that are not, whatever tells them apart, is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ringwork.bundle.prove import Emitted
from ringwork.bundle.prove.faults import FAULTS, Inapplicable, tampered
from tests.rooms.bundle.prove.estates import Site, site
from tests.support.estates import RINGWORK, api, write

DOCUMENT = """\
openapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
paths:
  /orders:
    post:
      x-audience: public
      operationId: placeOrder
      parameters:
        - { in: query, name: page, schema: { type: integer } }
        - { in: query, name: sort PARAMETER, schema: { type: string, enum: [up, down] SENT } }
      requestBody:
        content:
          application/json: { schema: { $ref: 'parts.yaml#/Draft' } }
          application/x-ndjson: { SENT_TYPE schema: { type: string } }
      responses:
        '200':
          description: Fine
          headers:
            X-Page: { schema: { type: integer } }
            X-Cost: { HEADER schema: { type: integer } }
          content:
            application/json: { schema: { $ref: 'parts.yaml#/Order' } }
            text/csv: { LEFT_TYPE schema: { type: string } }
        '202': { STATUS description: Later }
"""
PARTS = """\
Draft:
  type: object
  properties:
    name: { type: string, writeOnly: true }
    line: { $ref: '#/Line' }
    pays: { oneOf: [{ $ref: '#/Card' }, { $ref: '#/Cash' }], discriminator: { propertyName: kind } }
    discount: { type: number SETTABLE }
Order:
  type: object
  properties:
    id: { type: string }
    state: { type: string, enum: [open, held] VALUE }
    margin: { type: number FIELD }
    card: { type: string MASKED }
    line: { $ref: '#/Line' }
    stock: { type: object, MAP properties: { a: { type: string } } }
Line: { type: object, COMPONENT properties: { sku: { type: string } } }
Card: { type: object, properties: { kind: { const: card }, last: { type: string } } }
Cash: { type: object, ALTERNATIVE properties: { kind: { const: cash }, till: { type: string } } }
"""
PLACES = {
    "PARAMETER": ", x-audience: partner",
    "SENT_TYPE": "x-audience: partner,",
    "SENT": ", x-enum-audience: { down: partner }",
    "HEADER": "x-audience: external-partner,",
    "LEFT_TYPE": "x-audience: partner,",
    "STATUS": "x-audience: partner,",
    "SETTABLE": ", x-audience: partner",
    "VALUE": ", x-enum-audience: { held: partner }",
    "FIELD": ", x-audience: partner",
    "MASKED": ", x-sensitive: { class: payment, mask: { public: last4 } }",
    "MAP": "x-audience: partner,",
    "COMPONENT": "x-audience: partner,",
    "ALTERNATIVE": "x-audience: partner,",
}
OVERLAY = """\
overlay: 1.0.0
info: { title: Labels, version: 1.0.0 }
actions: [{ target: "$.paths['/orders'].post.parameters[1]", update: { x-audience: partner } }]
"""
SHARED = ("partner-projection-on-public", "partner-requests-on-public")


def written(root: Path, label: str | None) -> Site:
    """An API whose outer rings are served the same operation; `label` stands where PLACES has it."""
    document, parts = DOCUMENT, PARTS
    for place, says in sorted(PLACES.items(), key=lambda one: -len(one[0])):
        document, parts = (text.replace(place, says if place == label else "") for text in (document, parts))
    overlays = f"overlays: [{'overlay.yaml' if label == 'OVERLAY' else ''}]"
    version = f"prefix: /shop\nversions: [{{ name: v1, document: v1.yaml, {overlays} }}]\n"
    write(root / "ringwork.yaml", RINGWORK)
    write(root / "plans/free.yaml", "title: Free\nlimits: { per_minute: 60 }\n")
    write(root / "apis/orders/api.yaml", api("Orders", "http://127.0.0.1:9101") + version)
    for name, text in (("v1", document), ("parts", parts), ("overlay", OVERLAY)):
        write(root / f"apis/orders/{name}.yaml", text)
    return site(root)


def named(emitted: Emitted, ring: str) -> dict[str, Any]:
    """The objects a ring's bundle names, and the paths it serves."""
    manifest = json.loads(emitted.manifest)
    routes = [route["api"] for route in manifest["rings"][ring]["routes"] if route["api"] is not None]
    bundle = json.loads(emitted.objects[routes[0]["versions"]["v1"]])
    return {part: bundle[part] for part in ("projection", "validation", "paths")}


def test_what_rings_see_alike_is_the_same_for_both(tmp_path: Path) -> None:
    found = written(tmp_path, None)
    assert named(found.emitted, "partner") == named(found.emitted, "public")
    assert found.findings() == []
    for name in SHARED:
        with pytest.raises(Inapplicable):
            tampered(found.emitted, FAULTS[name])


@pytest.mark.parametrize("label", [*PLACES, "OVERLAY"])
def test_one_rings_object_is_refused_for_another_that_sees_less(tmp_path: Path, label: str) -> None:
    found = written(tmp_path, label)
    partner, public = (named(found.emitted, ring) for ring in ("partner", "public"))
    assert partner["paths"] == public["paths"]
    assert found.findings() == []
    apart = [part for part in ("projection", "validation") if partner[part] != public[part]]
    faults = {"projection": SHARED[0], "validation": SHARED[1]}
    assert apart
    for part in apart:
        assert found.findings(tampered(found.emitted, FAULTS[faults[part]])), part
