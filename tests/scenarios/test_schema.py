"""`ringwork schema`: JSON Schemas that accept what the estate accepts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringwork.manifest.schema import KINDS
from tests.scenarios.conversation import Say


def test_schema_of_every_kind_is_printed(say: Say) -> None:
    schemas = say("schema").json()
    assert tuple(schemas) == KINDS
    assert {schema["$schema"] for schema in schemas.values()} == {
        "https://json-schema.org/draft/2020-12/schema"
    }


@pytest.mark.parametrize("kind", KINDS)
def test_schema_of_one_kind_describes_itself(say: Say, kind: str) -> None:
    schema = say("schema", kind).json()
    assert schema["type"] == "object"
    assert schema["description"]


def test_schemas_offer_no_null_and_every_key_of_an_api_is_known(say: Say) -> None:
    schema = say("schema", "api").json()
    assert '"null"' not in json.dumps(schema)
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"title", "owner", "upstream", "versions"}
    assert schema["properties"]["audience"]["default"] == "internal"
    assert "external-partner" in schema["properties"]["audience"]["enum"]


def test_schemas_are_written_for_editors(tmp_path: Path, say: Say) -> None:
    assert say("schema", "--output", tmp_path / "schemas").code == 0
    written = sorted(path.name for path in (tmp_path / "schemas").iterdir())
    assert written == sorted(f"{kind}.schema.json" for kind in KINDS)


def test_unknown_kind_suggests_the_nearest(say: Say) -> None:
    answer = say("schema", "partners")
    assert answer.code == 2
    assert 'Did you mean "partner"?' in answer.err
