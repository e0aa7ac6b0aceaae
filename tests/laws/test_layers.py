"""Rooms import downwards only, and the page that says so is the contract that is checked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
CONTRACT = next(one for one in PROJECT["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
# What only a proxy needs to know.
PROXY_CRATES = {"pingora", "pingora-core", "pingora-proxy", "tokio", "hyper", "h2", "rustls"}


def lint_imports(*options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", *options]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)


def rooms_of_the_contract() -> list[set[str]]:
    """Layers, top first; rooms of one layer may not import each other."""
    return [set(re.findall(r"\w+", layer)) for layer in CONTRACT["layers"]]


def rooms_of_architecture() -> list[str]:
    text = (REPOSITORY / "ARCHITECTURE.md").read_text()
    table = text[text.index("## Rooms") : text.index("Rust (`crates/`)")]
    return [name.removesuffix(".py") for name in re.findall(r"^\| `([a-z.]+)/?` \|", table, re.MULTILINE)]


def test_no_room_imports_upwards() -> None:
    done = lint_imports()
    assert done.returncode == 0, done.stdout


def test_an_upward_import_is_noticed(tmp_path: Path) -> None:
    configuration = tmp_path / "pyproject.toml"
    configuration.write_text(
        '[tool.importlinter]\nroot_package = "ringwork"\n[[tool.importlinter.contracts]]\n'
        'name = "upside down"\ntype = "layers"\ncontainers = ["ringwork"]\n'
        f"layers = {json.dumps(CONTRACT['layers'][::-1])}\n"
    )
    done = lint_imports("--config", str(configuration))
    assert done.returncode != 0
    assert "BROKEN" in done.stdout


def test_every_room_is_in_the_contract_and_in_architecture() -> None:
    package = REPOSITORY / "src" / "ringwork"
    there = {path.name for path in package.iterdir() if (path / "__init__.py").exists()}
    assert there <= set().union(*rooms_of_the_contract())
    assert there <= set(rooms_of_architecture())


def test_architecture_names_the_rooms_in_the_order_of_the_contract() -> None:
    order = {room: layer for layer, rooms in enumerate(rooms_of_the_contract()) for room in rooms}
    layers = [order[room] for room in rooms_of_architecture()]
    assert layers == sorted(layers)


@pytest.mark.parametrize("crate", ["wall", "document", "lint", "difference"])
def test_policy_and_documents_know_no_proxy(crate: str) -> None:
    manifest = tomllib.loads((REPOSITORY / "crates" / crate / "Cargo.toml").read_text())
    assert not PROXY_CRATES & set(manifest["dependencies"])


def test_the_wall_knows_no_estate_and_documents_know_no_wall() -> None:
    def path_dependencies(crate: str) -> set[str]:
        manifest = tomllib.loads((REPOSITORY / "crates" / crate / "Cargo.toml").read_text())
        found = {name for name in manifest["dependencies"] if (REPOSITORY / "crates" / name).is_dir()}
        return found - {"features"}  # it has no code

    assert path_dependencies("wall") == set()
    assert path_dependencies("document") == set()
    assert path_dependencies("lint") == {"document"}
    assert path_dependencies("difference") == {"document"}
    assert path_dependencies("server") == {"wall"}
