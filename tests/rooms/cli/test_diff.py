"""`ringwork diff`: what it compares, formats, exit codes, rings."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ringwork.cli.main import main
from ringwork.control.contracts import Contracts
from ringwork.control.directory import ControlDirectory
from ringwork.control.sources import SourceArchive
from ringwork.kernel.canonical import content_hash

OLD: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1.2.0"},
    "paths": {
        "/orders": {
            "get": {
                "operationId": "listOrders",
                "x-audience": "public",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}
                ],
                "responses": {
                    "200": {
                        "description": "Orders.",
                        "content": {"application/json": {"schema": {"$ref": "parts.yaml#/Order"}}},
                    }
                },
            }
        },
        "/orders/audit": {
            "get": {
                "operationId": "auditOrders",
                "responses": {"200": {"description": "Audit.", "content": {"text/csv": {}}}},
            }
        },
    },
}
PARTS: dict[str, Any] = {
    "Order": {
        "type": "object",
        "required": ["id", "cost"],
        "properties": {
            "id": {"type": "string"},
            "cost": {"type": "integer", "x-audience": "internal"},
            "agreed": {"type": "string", "enum": ["a"], "x-audience": "partner"},
        },
    }
}


def edited(document: Any, **at: Any) -> Any:
    """A copy with values set by dotted path; None removes."""
    copy = json.loads(json.dumps(document))
    for path, value in at.items():
        *above, last = path.split("__")
        holder = copy
        for key in above:
            holder = holder[key]
        if value is None:
            del holder[last]
        else:
            holder[last] = value
    return copy


def write(folder: Path, document: Any, parts: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "parts.yaml").write_text(json.dumps(parts, indent=1))
    path = folder / "api.yaml"
    path.write_text(json.dumps(document, indent=1))
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`old/`, and `new/` with a cost that is a text now, another limit, and one value more for partners."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "old", OLD, PARTS)
    parts = edited(
        PARTS,
        Order__properties__cost={"type": "string", "x-audience": "internal"},
        Order__properties__agreed={"type": "string", "enum": ["a", "b"], "x-audience": "partner"},
    )
    write(tmp_path / "new", edited(OLD, info__version="1.3.0"), parts)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(["diff", "old/api.yaml", "new/api.yaml", "--format", "json", *words])
    return code, json.loads(capsys.readouterr().out)


def line_of(name: str) -> int:
    """Where a property begins in the new parts."""
    lines = Path("new/parts.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if f'"{name}": {{' in line)


def ids(found: Any) -> list[str]:
    return sorted(one["id"] for one in found["findings"])


def test_a_change_is_found_in_the_file_it_was_made_in(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = told(capsys)
    assert code == 1
    assert ids(found) == [
        "api-major-version-not-bumped",
        "response-property-enum-value-added",
        "response-property-type-changed",
    ]
    changed = next(one for one in found["findings"] if one["id"] == "response-property-type-changed")
    assert (changed["new"]["file"], changed["new"]["line"]) == ("new/parts.yaml", line_of("cost"))
    assert [one["operation_id"] for one in changed["reaches"]] == ["listOrders"]
    assert found["version"] == {"step": "major", "suggested": "2.0.0"}


@pytest.mark.parametrize("ring", [(), ("--ring", "public")])
def test_a_key_that_is_there_twice_is_told_and_the_first_is_compared(
    folder: Path, capsys: pytest.CaptureFixture[str], ring: tuple[str, ...]
) -> None:
    """As in GitHub's description 17.0.0: seventeen times the same webhook."""
    path = folder / "new" / "api.yaml"
    text = path.read_text()
    again = '"/orders": {"get": {"x-audience": "public", "responses": {}}}'
    _, alone = told(capsys, *ring)
    path.write_text(text.replace('"/orders/audit": {', f'{again}, "/orders/audit": {{', 1))
    assert main(["diff", "old/api.yaml", "new/api.yaml", "--format", "json", *ring]) in (0, 1)
    output = capsys.readouterr()
    assert ids(json.loads(output.out)) == ids(alone)
    assert "document-duplicate-key" in output.err and "new/api.yaml" in output.err


@pytest.mark.parametrize(
    ("ring", "expected", "code"),
    [
        ("internal", ["response-property-enum-value-added", "response-property-type-changed"], 0),
        ("partner", ["response-property-enum-value-added"], 1),
        ("public", [], 0),
    ],
)
def test_a_ring_is_broken_by_what_it_is_shown_alone(
    folder: Path, capsys: pytest.CaptureFixture[str], ring: str, expected: list[str], code: int
) -> None:
    exit_code, found = told(capsys, "--ring", ring)
    assert [id for id in ids(found) if not id.startswith("api-")] == expected
    assert exit_code == code
    assert (
        found["policy"]
        == {"internal": "coordinate", "partner": "partner-coordinated", "public": "12 months"}[ring]
    )


def test_a_finding_of_a_ring_is_located_in_the_contract(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = told(capsys, "--ring", "partner")
    places = [one["new"] for one in found["findings"] if one["id"] == "response-property-enum-value-added"]
    assert [place["file"] for place in places] == ["new/api.yaml"]


def test_what_a_ring_is_no_longer_shown_was_removed_from_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hidden = edited(OLD)
    hidden["paths"]["/orders"]["get"]["x-audience"] = "partner"
    write(folder / "new", hidden, PARTS)
    assert ids(told(capsys, "--ring", "public")[1])[0] == "api-path-removed-without-deprecation"
    assert ids(told(capsys, "--ring", "partner")[1]) == []


def test_files_of_a_git_revision_are_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)

    git("init", "--initial-branch", "main")
    git("add", "old")
    git("commit", "--message", "old")
    write(folder / "old", OLD, edited(PARTS, Order__properties__id={"type": "integer"}))
    assert main(["diff", "main:old/api.yaml", "old/api.yaml", "--format", "json"]) == 1
    assert "response-property-type-changed" in ids(json.loads(capsys.readouterr().out))
    assert main(["diff", "main:old/api.yaml", "HEAD:./old/api.yaml"]) == 0
    capsys.readouterr()
    for wrong, code in (
        ("nobody:old/api.yaml", "revision-unknown"),
        ("main:api.yaml", "openapi-file-missing"),
    ):
        assert main(["diff", wrong, "old/api.yaml"]) == 2
        assert code in capsys.readouterr().err
    assert main(["diff", "--", "--upload-pack=x:y", "old/api.yaml"]) == 2


def test_every_format_tells_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def printed(format: str, *words: str) -> str:
        main(["diff", "old/api.yaml", "new/api.yaml", "--format", format, *words])
        return capsys.readouterr().out

    expected = {"api-major-version-not-bumped", *ids(json.loads(printed("json")))}
    assert {one["id"] for one in json.loads(printed("oasdiff"))} == expected
    assert {one["ruleId"] for one in json.loads(printed("sarif"))["runs"][0]["results"]} == expected
    for format in ("text", "markdown", "github"):
        text = printed(format)
        assert all(id in text for id in expected)
    assert all(id in printed("text", "--flat") for id in expected)
    assert "Policy of this ring: partner-coordinated." in printed("markdown", "--ring", "partner")
    assert f"::error file=new/parts.yaml,line={line_of('cost')}," in printed("github")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 1),
        (("--fail-on", "never"), 0),
        (("--ring", "public"), 0),
        (("--ring", "public", "--fail-on", "info"), 0),
    ],
)
def test_the_exit_code_is_that_of_the_worst(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int
) -> None:
    assert told(capsys, *words)[0] == code


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_document_that_cannot_be_read_is_a_located_finding(
    folder: Path, capsys: pytest.CaptureFixture[str], side: str
) -> None:
    (folder.parent / "outside.yaml").write_text("get: {}")
    (folder / side / "api.yaml").write_text("openapi: 3.1.0\npaths: {/a: {$ref: '../../outside.yaml'}}\n")
    assert main(["diff", "old/api.yaml", "new/api.yaml"]) == 2
    told = capsys.readouterr().err
    assert f"{side}/api.yaml:2:" in told
    assert "openapi-ref-outside" in told


def test_a_version_as_it_was_applied_is_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep_revision(folder / "state", 7, folder / "old")
    for name in ("applied:orders", "applied:orders/v1", "applied:orders/v1@7"):
        assert main(["diff", name, "new/api.yaml", "--state", "state", "--format", "json"]) == 1
        assert "response-property-type-changed" in ids(json.loads(capsys.readouterr().out))
    assert main(["diff", "applied:orders", "old/api.yaml", "--state", "state", "--fail-on", "info"]) == 0
    capsys.readouterr()
    for name, code in (
        ("applied:order", "api-unknown"),
        ("applied:orders/v2", "version-unknown"),
        ("applied:orders@8", "api-unknown"),
        ("applied:/", "applied-unknown"),
    ):
        assert main(["diff", name, "new/api.yaml", "--state", "state"]) == 2
        assert code in capsys.readouterr().err


def keep_revision(state: Path, number: int, estate: Path) -> None:
    """What applying an estate with documentation leaves behind, as far as contracts go."""
    names = ("api.yaml", "parts.yaml")
    texts = {content_hash((estate / name).read_bytes()): (estate / name).read_bytes() for name in names}
    files = {name: [name, sha256] for name, sha256 in zip(names, texts, strict=True)}
    record = {"versions": {"v1": {"document": "api.yaml", "overlays": []}}, "files": files}
    directory = ControlDirectory(state / "control").revisions
    contracts = Contracts({"orders": record}, texts)
    SourceArchive(directory).write(number, estate=b"{}", snapshot=b"{}", parts={}, contracts=contracts)
    published = state / "node" / "published"
    published.mkdir(parents=True)
    (published / "current").write_text(json.dumps({"revision": number, "manifest": "0" * 64}))


def test_what_was_never_applied_is_said_to_be_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "applied:orders/v1", "new/api.yaml"]) == 2
    assert "nothing-applied" in capsys.readouterr().err
