"""Findings that can be mended by rule. A fix is offered only where it is sure what it does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ringwork.style.model import Result
from ringwork.style.written import Edit, Written


@dataclass(frozen=True, slots=True)
class Fix:
    """`title` says it in an editor. `is_safe`: the document means the same afterwards, so `--fix` makes it."""

    title: str
    edits: tuple[Edit, ...]
    is_safe: bool


_Made = tuple[str, tuple[Edit, ...]]
_Maker = Callable[[Result, Written], _Made | None]


def fix_of(result: Result, page: Written, *, only_safe: bool = False) -> Fix | None:
    """How to mend a finding; None where that is for a person to say."""
    make, is_safe = _FIXES.get(result.code, (None, False))
    if make is None or (only_safe and not is_safe):
        return None
    made = make(result, page)
    return None if made is None else Fix(*made, is_safe)


# One for each kind of mistake. Places are those of the rules' findings.


def _server_slash(result: Result, page: Written) -> _Made | None:
    """A server's URL ends with a stroke: paths begin with one."""
    start, end = page.span(result)
    written = page.text[start:end]
    quote = written[-1:] if written[-1:] in ("'", '"') else ""
    bare = written.removesuffix(quote) if quote else written
    mended = bare.rstrip("/") + quote
    fine = mended != written and len(mended) > 2 and not mended.endswith(":")
    return ("Remove the last stroke", (Edit(start, end, mended),)) if fine else None


def _path_slash(result: Result, page: Written) -> _Made | None:
    """A path ends with a stroke. It is another address without: whoever calls it notices."""
    if len(result.path) < 2 or result.path[0] != "paths":
        return None
    path, name = result.path[:2], result.path[1]
    mended, start = name.rstrip("/"), page.start(path, key=True)
    if not mended or start is None or mended in (page.value(("paths",)) or {}):
        return None
    at = page.text.find(name, start, start + len(name) + 1)
    return None if at < 0 else (f"Rename to {mended}", (Edit(at, at + len(name), mended),))


def _scheme(result: Result, page: Written) -> _Made | None:
    """Something is reached by http. Whether it answers to https too is not in the document."""
    start, end = page.span(result)
    at = re.compile(r"(http|ws):", re.IGNORECASE).search(page.text, start, end)
    return None if at is None else ("Use https", (Edit(at.end() - 1, at.end() - 1, "s"),))


def _enum_twice(result: Result, page: Written) -> _Made | None:
    """A value is in an enum twice: the later ones go."""
    path = result.path if result.path[-1:] == ("enum",) else (*result.path, "enum")
    values = page.value(path)
    if not isinstance(values, list):
        return None
    seen: set[str] = set()
    later = []
    for index, value in enumerate(values):
        told = json.dumps(value, sort_keys=True)
        later += [index] if told in seen else []
        seen.add(told)
    edits = [page.without_item((*path, str(index))) for index in later]
    sound = tuple(edit for edit in edits if edit is not None)
    return ("Remove what is there twice", sound) if sound and len(sound) == len(later) else None


def _operation_id(result: Result, page: Written) -> _Made | None:
    """An operation without an id gets one of its method and path."""
    if len(result.path) < 3 or result.path[0] != "paths":
        return None
    template, method = result.path[1], result.path[2]
    name = method + "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", template))
    taken = {
        one.get("operationId")
        for item in (page.value(("paths",)) or {}).values()
        if isinstance(item, dict)
        for one in item.values()
        if isinstance(one, dict)
    }
    edit = None if name in taken else page.with_member(result.path[:3], "operationId", name)
    return None if edit is None else (f"Name it {name}", (edit,))


def _tag(result: Result, page: Written) -> _Made | None:
    """A tag of an operation is not defined: it is, after those that are."""
    tag = page.value(result.path)
    edit = page.with_item(("tags",), f"name: {json.dumps(tag)}") if isinstance(tag, str) else None
    return None if edit is None else ("Define the tag", (edit,))


# By rule; whether the document means the same afterwards.
_FIXES: Mapping[str, tuple[_Maker, bool]] = MappingProxyType(
    {
        "duplicated-entry-in-enum": (_enum_twice, True),
        "oas3-server-trailing-slash": (_server_slash, True),
        "operation-operationId": (_operation_id, False),
        "operation-tag-defined": (_tag, True),
        "owasp:api8:2023-no-server-http": (_scheme, False),
        "path-keys-no-trailing-slash": (_path_slash, False),
        "style-https": (_scheme, False),
        "style-operation-id": (_operation_id, False),
        "style-path-end": (_path_slash, False),
    }
)
