"""What overrides make of a ruleset, for whole files and for parts of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ringwork.style.model import Level, Override, Result, Rule, Ruleset


def applied_to(ruleset: Ruleset, file: Path) -> Ruleset:
    """The ruleset as overrides for whole files make it."""
    for override in ruleset.overrides:
        if override.ruleset is not None and _is_meant(override, file.as_posix()):
            changed = override.ruleset
            rules = {**ruleset.rules, **_changed(ruleset, changed)}
            ruleset = replace(ruleset, rules=rules, aliases=changed.aliases, parser=changed.parser)
    return ruleset


def _changed(base: Ruleset, override: Ruleset) -> Mapping[str, Rule]:
    return {code: rule for code, rule in override.rules.items() if base.rules.get(code) != rule}


def on_in_parts(ruleset: Ruleset) -> frozenset[str]:
    """Rules that are on somewhere in the document, though not everywhere."""
    overrides = [one for one in ruleset.overrides if one.pointer is not None]
    return frozenset(code for one in overrides for code, level in one.levels.items() if level is not None)


def with_overrides(results: Iterable[Result], ruleset: Ruleset) -> Iterator[Result]:
    """Results with the severities of the parts they are in."""
    parts = [override for override in ruleset.overrides if override.pointer is not None]
    for result in results:
        level: Level | None = result.level
        if result.code in ruleset.rules and ruleset.rules[result.code].level is None:
            level = None if _is_off(ruleset, result) else result.level
        for part in parts:
            pointer = part.pointer or ()
            if (
                result.code in part.levels
                and result.path[: len(pointer)] == pointer
                and _is_meant(part, result.file)
            ):
                level = part.levels[result.code]
        if level is not None:
            yield result if level is result.level else replace(result, level=level)


def _is_off(ruleset: Ruleset, result: Result) -> bool:
    """Off everywhere, unless an override for the whole file turned it on."""
    rule = applied_to(ruleset, Path(result.file)).rules.get(result.code)
    return rule is None or rule.level is None


def _is_meant(override: Override, file: str) -> bool:
    relative = os.path.relpath(file, override.root).replace(os.sep, "/")
    return _glob(override.pattern.removeprefix("./")).fullmatch(relative) is not None


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    """Patterns of files: `*` within a folder, `**` across them, `?`, `{a,b}`. A bare name means it anywhere."""
    if "/" not in pattern:
        pattern = f"**/{pattern}"
    translated = ""
    for token in re.findall(r"\*\*/|\*\*|\*|\?|\{[^{}]*\}|\[[^\]]*\]|.", pattern, re.DOTALL):
        match token:
            case "**/":
                translated += "(?:[^/]*/)*"
            case "**":
                translated += ".*"
            case "*":
                translated += "[^/]*"
            case "?":
                translated += "[^/]"
            case _ if token[0] == "{" and len(token) > 1:
                translated += "(?:" + "|".join(map(re.escape, token[1:-1].split(","))) + ")"
            case _ if token[0] == "[" and len(token) > 1:
                translated += token
            case _:
                translated += re.escape(token)
    return re.compile(translated)
