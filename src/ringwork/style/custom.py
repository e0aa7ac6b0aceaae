"""Functions of a ruleset's own, in Python: `def name(value, options, context)` in `functions/name.py`.

It returns nothing where all is well; else a message, a list of messages, or `{"message": …, "path": […]}` with the
path below (or the whole path of) what it was given.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ringwork.kernel.findings import Location
from ringwork.kernel.refusal import Refused
from ringwork.style.model import Custom
from ringwork.style.problems import Problems

_PORTING = (
    "JavaScript is not run. Write it as Python: `def {name}(value, options, context)` in functions/{name}.py, "
    "returning None or a message (docs/lint.md#functions)."
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a function may know: the rule, and the path of what it is given."""

    rule: str
    path: tuple[str, ...]


def load_function(name: str, folders: Sequence[Path], where: Location, problems: Problems) -> Custom | None:
    """The function of a name; None after telling why there is none."""
    plain = name.removesuffix(".py")
    if not plain.isidentifier():
        plain = plain.replace("-", "_")
    stem = name.removesuffix(".py")
    file = next(
        (
            found
            for folder in folders
            for found in (folder / f"{stem}.py", folder / f"{plain}.py")
            if found.is_file()
        ),
        None,
    )
    if file is None:
        help = _PORTING.format(name=plain)
        problems.error("ruleset-function", where, f'the function "{name}" is not there as Python', help)
        return None
    try:
        module = _imported(file)
    except Exception as error:  # noqa: BLE001 (whatever a ruleset's own code does)
        problems.error(
            "ruleset-function", where, f"{file.name} cannot be loaded: {error}", "Correct the function."
        )
        return None
    function = getattr(module, plain, None)
    if not callable(function):
        help = f"Add `def {plain}(value, options, context)` to it."
        problems.error("ruleset-function", where, f"{file.name} has no function {plain}", help)
        return None
    found: Custom = function
    return found


def _imported(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"ringwork_style_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def called(
    function: Custom, options: Any, rule: str
) -> Callable[[str | None, list[str]], list[tuple[str, list[str]]]]:
    """The function as the engine calls it: a value as JSON (None: not there) and its path, to messages and paths."""

    def call(value: str | None, path: list[str]) -> list[tuple[str, list[str]]]:
        given = None if value is None else json.loads(value)
        try:
            answer = function(given, options, Context(rule, tuple(path)))
            return [_problem(one, path) for one in _listed(answer)]
        except Exception as error:
            what = f'the function of the rule "{rule}" failed: {type(error).__name__}: {error}'
            raise Refused("style-function-failed", what, "Correct the function.") from error

    return call


def _listed(answer: Any) -> list[Any]:
    if answer is None:
        return []
    return list(answer) if isinstance(answer, (list, tuple)) else [answer]


def _problem(one: Any, path: list[str]) -> tuple[str, list[str]]:
    if isinstance(one, str):
        return one, []
    if not isinstance(one, dict) or not isinstance(one.get("message"), str):
        raise TypeError('it must return None, a message, {"message": …, "path": […]} or a list of them')
    below = [str(token) for token in one.get("path") or []]
    whole = below[: len(path)] == path
    return one["message"], below[len(path) :] if whole else below
