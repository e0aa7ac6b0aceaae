"""`ringwork lint`: formats, exit codes, standard input."""

from __future__ import annotations

import io
import json
import re
import stat
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ringwork import _native
from ringwork.cli.main import main

REPOSITORY = Path(__file__).resolve().parents[3]

DOCUMENT = "openapi: 3.0.0\ninfo: {title: rings, version: '1'}\npaths: {}\n"
RULES = (
    "rules: {title: {given: $.info.title, severity: SEVERITY, "
    "then: {function: pattern, functionOptions: {match: '^[A-Z]'}}}}\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "api.yaml").write_text(DOCUMENT)
    (tmp_path / "rules.yaml").write_text(RULES.replace("SEVERITY", "warn"))
    return tmp_path


def test_text_shows_the_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "api.yaml", "-r", "rules.yaml"]) == 0
    out = capsys.readouterr().out
    assert "[title]" in out
    assert "api.yaml:2:15" in out
    assert "2 | info: {title: rings" in out
    assert "1 warning" in out


def test_machine_formats_tell_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def printed(format: str) -> str:
        assert main(["lint", "api.yaml", "-r", "rules.yaml", "--format", format]) == 0
        return capsys.readouterr().out

    (own,) = json.loads(printed("json"))
    assert (own["code"], own["severity"], own["pointer"], own["line"]) == ("title", "warn", "/info/title", 2)
    (spectral,) = json.loads(printed("spectral"))
    assert spectral["source"] == str(folder / "api.yaml")
    assert spectral["range"] == {"start": {"line": 1, "character": 14}, "end": {"line": 1, "character": 19}}
    (sarif,) = json.loads(printed("sarif"))["runs"][0]["results"]
    assert sarif["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "api.yaml"
    suite = ElementTree.fromstring(printed("junit"))
    assert suite.get("failures") == "1"
    assert printed("github").startswith("::warning file=api.yaml,line=2,col=15,title=title::")


def test_exit_code_follows_the_severity_one_cares_for(folder: Path) -> None:
    assert main(["lint", "api.yaml", "-r", "rules.yaml"]) == 0
    assert main(["lint", "api.yaml", "-r", "rules.yaml", "--fail-severity", "warn"]) == 1
    (folder / "rules.yaml").write_text(RULES.replace("SEVERITY", "error"))
    assert main(["lint", "api.yaml", "-r", "rules.yaml"]) == 1


@pytest.mark.parametrize("document", ["", "a: [", "\ufeff{", "\x00"])
def test_an_unreadable_document_is_2_and_told(
    folder: Path, document: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "api.yaml").write_text(document)
    assert main(["lint", "api.yaml", "-r", "rules.yaml", "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)[0]["code"] == "parser"


def test_a_ruleset_that_cannot_be_used_is_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rules.yaml").write_text("rules: {a: {given: '$[', then: {function: truthy}}}")
    assert main(["lint", "api.yaml", "-r", "rules.yaml"]) == 2
    assert "rules.yaml:1:20" in capsys.readouterr().err
    assert main(["lint", "api.yaml", "-r", "absent.yaml"]) == 2
    assert main(["lint", "absent.yaml", "-r", "rules.yaml"]) == 2


def test_standard_input_counts_as_a_file(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DOCUMENT.encode())))
    assert main(["lint", "-", "-r", "rules.yaml", "--stdin-filepath", "sub/x.yaml", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["file"] == "sub/x.yaml"


def test_without_a_ruleset_the_one_beside_or_spectral_oas_counts(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["lint", "api.yaml", "--format", "json"])
    assert "oas3-api-servers" in capsys.readouterr().out
    (folder / "rules.yaml").rename(folder / ".spectral.yaml")
    main(["lint", "api.yaml", "--format", "json"])
    assert [one["code"] for one in json.loads(capsys.readouterr().out)] == ["title"]


def test_fix_replaces_the_file_and_keeps_its_mode_and_comments(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "api.yaml"
    written = DOCUMENT + "servers:\n  - url: https://a.example/ # prod\n"
    file.write_text(written)
    file.chmod(0o640)
    main(["lint", "api.yaml", "-r", "spectral:oas", "--fix"])
    assert file.read_text() == written.replace("example/", "example")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    captured = capsys.readouterr()
    assert "api.yaml: 1 mended" in captured.err
    assert "oas3-server-trailing-slash" not in captured.out
    assert sorted(path.name for path in folder.iterdir()) == ["api.yaml", "rules.yaml"]


def test_fix_writes_nothing_where_nothing_is_mended(folder: Path) -> None:
    before = (folder / "api.yaml").stat().st_mtime_ns
    main(["lint", "api.yaml", "-r", "rules.yaml", "--fix"])
    assert (folder / "api.yaml").stat().st_mtime_ns == before


def test_hooks_for_pre_commit_are_commands_that_are_there() -> None:
    hooks = _native.Document.parse((REPOSITORY / ".pre-commit-hooks.yaml").read_bytes(), "hooks.yaml").value()
    assert {hook["id"] for hook in hooks} == {"ringwork-lint", "ringwork-lint-fix"}
    for hook in hooks:
        program, command, *options = hook["entry"].split()
        assert (program, hook["language"]) == ("ringwork", "python")
        assert command == "lint" and set(options) <= {"--fix"}
        for name, meant in (("openapi.yaml", True), ("v1/openapi-orders.json", True), ("values.yaml", False)):
            assert bool(re.search(hook["files"], name)) is meant
