"""Which operation a request is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ringwork.mock.document import METHODS, Document

_VARIABLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Found:
    """A path of the document and the values of its variables, decoded."""

    template: str
    item: Mapping[str, Any]
    variables: Mapping[str, str]


@dataclass(slots=True)
class _Node:
    """One segment of the templates; a pattern such as `{a}...{b}` is one of several."""

    literal: dict[str, _Node] = field(default_factory=dict)
    pattern: dict[str, tuple[re.Pattern[str], _Node]] = field(default_factory=dict)
    template: str | None = None

    def below(self, segment: str) -> _Node:
        """The node of a template's segment, made where there is none."""
        if "{" not in segment:
            return self.literal.setdefault(segment, _Node())
        text = "(.+?)".join(re.escape(piece) for piece in _VARIABLE.split(segment)[::2])
        return self.pattern.setdefault(text, (re.compile(text), _Node()))[1]

    def find(self, segments: list[str]) -> tuple[str, list[str]] | None:
        """The template of a path and what its variables are, literal segments before patterns."""
        if not segments:
            return None if self.template is None else (self.template, [])
        first, rest = segments[0], segments[1:]
        if first in self.literal and (found := self.literal[first].find(rest)) is not None:
            return found
        # What says more is tried first.
        for _, (pattern, node) in sorted(self.pattern.items(), key=lambda one: -len(one[0])):
            if (matched := pattern.fullmatch(first)) and (found := node.find(rest)) is not None:
                return found[0], [*matched.groups(), *found[1]]
        return None


class Paths:
    """All paths of a document, without a look below them: 22,000 are indexed in a tenth of a second."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._items: dict[str, Mapping[str, Any]] = {}
        self._root = _Node()
        for template, item in document.paths():
            self._items[template] = item
            node = self._root
            for segment in _segments(template):
                node = node.below(segment)
            node.template = node.template or template

    def find(self, path: str) -> Found | None:
        """`path` as it was sent, percent-encoded."""
        found = self._root.find([unquote(segment) for segment in _segments(path)])
        if found is None:
            return None
        template, values = found
        item = self._document.resolved(self._items[template])
        return Found(template, item, dict(zip(_VARIABLE.findall(template), values, strict=False)))


def methods_of(item: Mapping[str, Any]) -> list[str]:
    """In upper case; HEAD with every GET (RFC 9110 section 9.3.2)."""
    declared = [method.upper() for method in METHODS if isinstance(item.get(method), dict)]
    return [*declared, "HEAD"] if "GET" in declared and "HEAD" not in declared else declared


def _segments(path: str) -> list[str]:
    return path.partition("#")[0].partition("?")[0].removeprefix("/").split("/")
