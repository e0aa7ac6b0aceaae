"""What `make bench` imports is what it installs: a benchmark that cannot begin is noticed here, not in an hour."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]

# Distributions that are imported by another name than their own.
_NAMED = {"opentelemetry": "opentelemetry-proto", "google": "protobuf"}
# Installed by one of those that are asked for, and of its kind: Pydantic's, FastAPI's, SQLAlchemy's.
_BROUGHT = {"protobuf", "pydantic-core", "starlette", "typing-extensions"}


def test_everything_the_benchmarks_import_is_installed_for_them() -> None:
    stated = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    asked_for = [*stated["dependencies"], *stated["optional-dependencies"]["bench"]]
    installed = {canonicalize_name(Requirement(each).name) for each in asked_for} | _BROUGHT
    imported = {name for path in sorted(_reached("benchmarks.run")) for name in _third_parties(path)}
    assert {"psycopg", "matplotlib"} <= imported, "the walk reaches what it should"
    assert {canonicalize_name(_NAMED.get(name, name)) for name in imported} <= installed


def _reached(first: str) -> set[Path]:
    """Files of the checkout outside `src` that importing `first` reads."""
    seen: set[Path] = set()
    left = [first]
    while left:
        path = _file_of(left.pop())
        if path is not None and path not in seen:
            seen.add(path)
            left += [name for module, names in _imports(path) for name in (module, *names)]
    return seen


def _file_of(module: str) -> Path | None:
    base = REPOSITORY.joinpath(*module.split("."))
    return next((each for each in (base.with_suffix(".py"), base / "__init__.py") if each.is_file()), None)


def _third_parties(path: Path) -> Iterator[str]:
    for module, _ in _imports(path):
        name = module.split(".")[0]
        if name not in sys.stdlib_module_names | {"ringwork"} and not (REPOSITORY / name).is_dir():
            yield name


def _imports(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Modules that are named absolutely, each with what might be a module of its own in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            yield node.module, [f"{node.module}.{alias.name}" for alias in node.names]
