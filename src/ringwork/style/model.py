"""A ruleset as it is used: read, extended, aliases written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from ringwork.kernel.findings import Location

# A function of a ruleset's own: value, options, context → messages.
Custom = Callable[..., Any]


class Level(IntEnum):
    """Severities in Spectral's numbers: the smaller, the worse."""

    ERROR = 0
    WARN = 1
    INFO = 2
    HINT = 3

    @property
    def label(self) -> str:
        return self.name.lower()


LEVELS: Mapping[Any, Level] = {
    **{level.label: level for level in Level},
    **{int(level): level for level in Level},
}


@dataclass(frozen=True, slots=True)
class Given:
    """One path; `formats`: it counts for documents of one of them only (an alias may say so)."""

    path: str
    formats: frozenset[str] | None
    where: Location


@dataclass(frozen=True, slots=True, eq=False)
class Then:
    """One check of what a path selects. `custom`: a Python function of the ruleset's own."""

    function: str
    options: Any
    field: str | None
    where: Location
    custom: Custom | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """`formats`: None for documents of any. `default` is the severity it has when it is merely turned on."""

    code: str
    given: tuple[Given, ...]
    then: tuple[Then, ...]
    default: Level
    where: Location
    level: Level | None = None
    formats: frozenset[str] | None = None
    message: str | None = None
    description: str | None = None
    documentation_url: str | None = None
    recommended: bool = True
    resolved: bool = True


@dataclass(frozen=True, slots=True)
class Override:
    """What differs for files a pattern names, relative to `root`; `pointer`: for one part of them."""

    root: Path
    pattern: str
    pointer: tuple[str, ...] | None
    # The rules as they are for the whole file; for a part, the severities of those named (None: off).
    ruleset: Ruleset | None = None
    levels: Mapping[str, Level | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParserOptions:
    """How bad it is that a name is there twice, or is no text. None: not told."""

    duplicate_keys: Level | None = Level.ERROR
    incompatible_values: Level | None = Level.ERROR


@dataclass(frozen=True, slots=True)
class Ruleset:
    rules: Mapping[str, Rule]
    aliases: Mapping[str, tuple[Given, ...]] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    parser: ParserOptions = ParserOptions()
    documentation_url: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One finding about a document. `file` absolute; lines and columns from 0, as Spectral counts them."""

    code: str
    level: Level
    message: str
    path: tuple[str, ...]
    file: str
    start: tuple[int, int]
    end: tuple[int, int]
    documentation_url: str | None = None
