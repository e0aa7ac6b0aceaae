"""`functions` and `then`: what checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringwork.kernel.findings import Location
from ringwork.kernel.suggest import did_you_mean
from ringwork.style.custom import load_function
from ringwork.style.model import Custom, Then
from ringwork.style.reading.asked import Asked, At

CORE_FUNCTIONS = (
    "alphabetical", "casing", "defined", "enumeration", "falsy", "length", "or", "pattern", "schema", "truthy",
    "typedEnum", "undefined", "unreferencedReusableObject", "xor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Functions:
    """Functions of a file's own by name (None: could not be loaded). `ours`: it may use those for OpenAPI too."""

    own: Mapping[str, Custom | None]
    ours: bool


def read_functions(
    asked: Asked, value: Mapping[str, Any], root: Path, *, ours: bool, trusted: bool
) -> Functions:
    """What `functions` declares, looked for in `functionsDir` of `root` and in it. They are programs: a ruleset that is
    not `trusted` may have none.
    """
    folder = value.get("functionsDir", "functions")
    folders = (root / folder, root) if isinstance(folder, str) else (root,)
    listed = value.get("functions", [])
    own: dict[str, Custom | None] = {}
    for index, one in enumerate(listed if isinstance(listed, list) else [listed]):
        name = one[0] if isinstance(one, list) and one else one
        where = asked.where(("functions", index))
        if not isinstance(name, str) or "/" in name or ".." in name:
            asked.problems.error("ruleset-function", where, "this names no function", "Write its name.")
            continue
        if not trusted:
            help = "Hold documents to it with `ringwork lint FILE --ruleset`, which runs them."
            asked.problems.error(
                "ruleset-function-untrusted", where, f'the function "{name}" is not run here', help
            )
            own[name.removesuffix(".py")] = None
            continue
        own[name.removesuffix(".py")] = load_function(name, folders, where, asked.problems)
    return Functions(own, ours)


def read_then(asked: Asked, value: Any, at: At, functions: Functions) -> Iterator[Then]:
    """The checks of a rule."""
    listed = value if isinstance(value, list) else [value]
    if not listed:
        asked.wrong(at, "`then` is empty", "Name a function.")
    for index, one in enumerate(listed):
        place = (*at, index) if isinstance(value, list) else at
        then = _then(asked, one, place, functions)
        if then is not None:
            yield then


def _then(asked: Asked, one: Any, at: At, functions: Functions) -> Then | None:
    if not isinstance(one, dict) or not isinstance(one.get("function"), str):
        help = "Write `function: truthy`, and `field` where one is meant."
        asked.wrong(at, "this checks nothing", help)
        return None
    field = one.get("field")
    if field is not None and not isinstance(field, str):
        asked.wrong((*at, "field"), "`field` must be text", "Write a name, `@key` or a JSONPath.")
        return None
    name, where = one["function"], asked.where((*at, "function"))
    if not _is_known(asked, name, where, functions):
        return None
    return Then(name, one.get("functionOptions", {}), field, where, functions.own.get(name))


def _is_known(asked: Asked, name: str, where: Location, functions: Functions) -> bool:
    if name in functions.own:
        return functions.own[name] is not None  # or it was told where it is declared
    if name in CORE_FUNCTIONS or functions.ours:
        return True
    help = did_you_mean(name, (*CORE_FUNCTIONS, *functions.own))
    help = f"{help} Functions of your own are declared in `functions`."
    asked.problems.error("ruleset-function", where, f'there is no function "{name}"', help)
    return False
