"""A contract as one ring sees it, from the files of an estate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ringwork.audience import Audience
from ringwork.kernel.findings import Finding
from ringwork.openapi import RingView, project_document
from ringwork.openapi.authentication import Authentication
from tests.rooms.openapi.contracts import HEAD, located

DOCUMENT = """\
paths:
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getOrder, responses: {"200": {$ref: "answers.yaml#/order"}}}
  /orders/{order}:
    put: {operationId: putOrder, responses: {"200": {description: ok}}}
"""
ANSWERS = """\
order:
  description: ok
  content:
    application/json:
      schema:
        properties:
          id: {type: string}
          margin: {type: number}
        not: {required: [margin]}
"""
OVERLAY = """\
overlay: 1.0.0
info: {title: Labels, version: "1"}
actions:
  - {target: "$.paths", update: {x-note: mine}}
"""


def view(ring: Audience = Audience.PUBLIC, *operations: str, **ways: bool) -> RingView:
    given = {"mtls": False, "service_token": False, "api_key": True} | ways
    return RingView(ring, Audience.PUBLIC, operations, ["https://api.test/v1"], Authentication(**given))


def project(
    root: Path, view: RingView, head: str = HEAD, answers: str = ANSWERS
) -> tuple[Any, list[Finding]]:
    folder = root / "apis" / "orders"
    folder.mkdir(parents=True)
    files = {"api.yaml": head + DOCUMENT, "answers.yaml": answers, "overlay.yaml": OVERLAY}
    for name, content in files.items():
        (folder / name).write_text(content)
    text, findings = project_document(
        root, "apis/orders/api.yaml", ["apis/orders/overlay.yaml"], view, "json"
    )
    return None if text is None else json.loads(text), findings


def test_only_operations_the_ring_is_served_are_described(tmp_path: Path) -> None:
    document, _ = project(tmp_path, view(Audience.PUBLIC, "getOrder"))
    assert list(document["paths"]) == ["/orders/{id}"]
    assert document["paths"]["/orders/{id}"]["get"]["operationId"] == "getOrder"


def test_what_other_files_hold_is_bundled(tmp_path: Path) -> None:
    document, _ = project(tmp_path, view(Audience.PUBLIC, "getOrder"))
    answer = document["paths"]["/orders/{id}"]["get"]["responses"]["200"]
    assert answer == {"$ref": "#/components/responses/order"}
    assert "order" in document["components"]["responses"]


def test_what_is_closed_is_said_with_the_line_that_closes_it(tmp_path: Path) -> None:
    labelled = ANSWERS.replace("margin: {type: number}", "margin: {type: number, x-audience: internal}")
    document, findings = project(tmp_path, view(Audience.PUBLIC, "getOrder"), answers=labelled)
    schema = document["components"]["responses"]["order"]["content"]["application/json"]["schema"]
    assert schema == {"properties": {"id": {"type": "string"}}}
    assert located(findings) == ["projection-not answers.yaml:9:14"]
    assert all(finding.help and finding.message for finding in findings)


def test_labels_in_words_of_others_and_words_nobody_knows_are_understood_as_everywhere(
    tmp_path: Path,
) -> None:
    for number, (word, expected) in enumerate((("external-public", True), ("everybody", False))):
        labelled = ANSWERS.replace("{type: number}", f"{{x-audience: {word}}}")
        document, _ = project(tmp_path / str(number), view(Audience.PUBLIC, "getOrder"), answers=labelled)
        content = document["components"]["responses"]["order"]["content"]["application/json"]
        assert ("margin" in content["schema"]["properties"]) is expected


def test_the_ring_says_how_it_authenticates_in_the_words_of_the_documents_version(tmp_path: Path) -> None:
    ways = {"mtls": True, "service_token": True, "api_key": False}
    for number, (version, names) in enumerate(
        (("3.1.0", ["mtls", "serviceToken"]), ("3.0.3", ["serviceToken"]))
    ):
        head = HEAD.replace("3.1.0", version)
        document, _ = project(tmp_path / str(number), view(Audience.INTERNAL, "getOrder", **ways), head)
        assert list(document["components"]["securitySchemes"]) == names
        assert document["security"] == [{name: []} for name in names]
        assert document["servers"] == [{"url": "https://api.test/v1"}]


def test_tokens_are_told_of_without_naming_whose(tmp_path: Path) -> None:
    ways = {"mtls": False, "service_token": False, "api_key": True, "access_token": True}
    document, _ = project(tmp_path, view(Audience.PUBLIC, "getOrder", **ways))
    schemes = document["components"]["securitySchemes"]
    assert list(schemes) == ["apiKey", "accessToken"]
    assert (schemes["accessToken"]["type"], schemes["accessToken"]["scheme"]) == ("http", "bearer")
    assert document["security"] == [{"apiKey": []}, {"accessToken": []}]


def test_a_contract_with_an_error_is_not_projected(tmp_path: Path) -> None:
    document, findings = project(tmp_path, view(), answers="other: {}\n")
    assert document is None
    assert "openapi-ref-dangling api.yaml:6:60" in located(findings)


def test_extensions_are_for_those_inside(tmp_path: Path) -> None:
    internal, _ = project(tmp_path / "a", view(Audience.INTERNAL, "getOrder"))
    public, _ = project(tmp_path / "b", view(Audience.PUBLIC, "getOrder"))
    assert internal["paths"]["x-note"] == "mine" and "x-note" not in public["paths"]
