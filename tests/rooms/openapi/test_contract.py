"""A contract's facts, its labels, its overlays, and its mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringwork.kernel.findings import Location
from ringwork.openapi import LabelFact
from tests.rooms.openapi.contracts import HEAD, load, located, only_operation, sound

ORDERS = """\
servers: [{url: http://127.0.0.1:9001/base}]
tags: [{name: billing, x-audience: partner}]
paths:
  /orders/{id}:
    x-audience: public
    parameters: [{$ref: '#/components/parameters/id'}]
    get:
      operationId: getOrder
      tags: [billing]
      x-audience: partner
      x-feature: orders-beta
      responses:
        "200":
          description: ok
          headers: {ETag: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
components:
  parameters: {id: {name: id, in: path, required: true, schema: {type: string}}}
  securitySchemes: {key: {type: apiKey, in: header, name: X-Api-Key}}
  schemas:
    Order:
      properties:
        margin: {type: number, x-audience: internal}
        state: {enum: [open, fraud], x-enum-audience: {fraud: internal}}
        related: {type: array, items: {$ref: '#/components/schemas/Order'}}
"""


def test_a_contract_says_what_it_is(tmp_path: Path) -> None:
    contract = sound(tmp_path, ORDERS)
    assert (contract.openapi, contract.title, contract.version) == ("3.1.0", "Orders", "1.4.0")
    assert [server.url for server in contract.servers] == ["http://127.0.0.1:9001/base"]
    assert contract.security_schemes == ("key",)
    assert contract.files == ("apis/orders/api.yaml",)


def test_an_operation_knows_its_labels(tmp_path: Path) -> None:
    operation = only_operation(sound(tmp_path, ORDERS))
    assert (operation.id, operation.method, operation.template) == ("getOrder", "GET", "/orders/{id}")
    assert (operation.tags, operation.feature) == (("billing",), "orders-beta")
    assert operation.response_headers == ("etag",)
    assert operation.location == Location("apis/orders/api.yaml", 9, 5)
    assert operation.label == LabelFact(
        "operation", "get", "partner", Location("apis/orders/api.yaml", 12, 19)
    )
    assert [label.value for label in operation.path_item_labels] == ["public"]


def test_labels_are_listed_whoever_reaches_them(tmp_path: Path) -> None:
    kinds = {label.kind for label in sound(tmp_path, ORDERS).labels}
    assert kinds == {"tag", "path_item", "operation", "property", "enum_value"}


def test_json_and_yaml_are_the_same_contract(tmp_path: Path) -> None:
    document = {"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {"200": {"headers": {"X": {}}}}}}}}
    loaded = load(tmp_path, json.dumps(document))
    assert loaded.contract is not None
    assert only_operation(loaded.contract).id == "GET /a"
    assert only_operation(loaded.contract).response_headers == ("x",)


def test_an_overlay_labels_a_document_nobody_touched(tmp_path: Path) -> None:
    overlay = "overlay: 1.0.0\nactions:\n  - target: $.paths.*\n    update:\n      x-audience: partner\n"
    contract = sound(tmp_path, "paths: {/a: {get: {}}}", overlays=["o.yaml"], files={"o.yaml": overlay})
    (label,) = only_operation(contract).path_item_labels
    assert label.value == "partner"
    assert label.location == Location("apis/orders/o.yaml", 5, 19)
    assert contract.files == ("apis/orders/api.yaml", "apis/orders/o.yaml")


def test_a_target_that_selects_nothing_is_a_warning_where_it_stands(tmp_path: Path) -> None:
    overlay = "overlay: 1.0.0\nactions:\n  - target: $.path.*\n    remove: true\n"
    loaded = load(tmp_path, HEAD + "paths: {/a: {get: {}}}", ["o.yaml"], {"o.yaml": overlay})
    assert loaded.contract is not None
    assert located(loaded.findings) == ["overlay-target-nothing o.yaml:3:13"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("swagger: '2.0'\n", "openapi-version"),
        ("openapi: 4.0.0\n", "openapi-version"),
        ("just text\n", "openapi-version"),
        ("", "document-empty"),
        ("openapi: [\n", "document-syntax"),
        (HEAD + "paths: []\n", "openapi-shape"),
        (HEAD + "paths: {/a: {get: soon}}\n", "openapi-shape"),
        (HEAD + "paths: {/a: {get: {}, get: {}}}\n", "document-duplicate-key"),
        (HEAD + "paths: {/a: {get: {}}, /a: {put: {}}}\n", "document-duplicate-key"),
        (HEAD + "paths: {/a: {$ref: '#/paths/~1b'}, /b: {$ref: '#/paths/~1a'}}\n", "openapi-ref-cycle"),
        (HEAD + "paths: {/a: {$ref: '#/components/pathItems/gone'}}\n", "openapi-ref-dangling"),
    ],
)
def test_a_document_that_is_no_contract_is_a_located_finding(tmp_path: Path, text: str, code: str) -> None:
    loaded = load(tmp_path, text)
    assert loaded.contract is None
    assert code in [finding.code for finding in loaded.findings]
    assert all(finding.location.file == "apis/orders/api.yaml" for finding in loaded.findings)


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    text = "paths:\n  a: {get: {}}\n  /b: {get: []}\n  /c: {$ref: '#/gone'}\n  /d: {get: {}, get: {}}\n"
    loaded = load(tmp_path, HEAD + text)
    assert located(loaded.findings) == [
        "path-malformed api.yaml:4:3",
        "openapi-shape api.yaml:5:13",
        "openapi-ref-dangling api.yaml:6:14",
        "document-duplicate-key api.yaml:7:17",
    ]


def test_the_hash_follows_every_file(tmp_path: Path) -> None:
    def sha256(part: str) -> str:
        return sound(tmp_path, "paths: {/a: {$ref: p.yaml}}", files={"p.yaml": part}).sha256

    assert sha256("get: {}") == sha256("get: {}")
    assert sha256("get: {}") != sha256("put: {}")
