"""A document and a ruleset to results."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ringwork import _native
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.kernel.refusal import Refused
from ringwork.style.custom import called
from ringwork.style.formats import formats_of
from ringwork.style.model import Level, Override, Result, Rule, Ruleset

# The largest real description known has 47 MB.
MAX_FILE_BYTES = 64 * 1024 * 1024
# A document split into one file per operation still stays below.
MAX_FILES = 2_000

_DUPLICATE = "document-duplicate-key"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//")


class RulesetUnusable(Exception):
    """Rules that cannot be evaluated; `findings` say where and why."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(f"{len(findings)} findings")
        self.findings = findings


class DocumentUnreadable(Exception):
    """A document that is none; `result` says where and why."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.message)
        self.result = result


def lint(data: bytes, file: Path, ruleset: Ruleset) -> list[Result]:
    """Results about a document that is, or counts as, `file` (absolute); files it refers to are read.

    Raises RulesetUnusable; DocumentUnreadable; Refused where a function of the ruleset's own fails.
    """
    applied = _applied(ruleset, file)
    subject = _subject(data, file)
    members = dict(subject.scalars())
    formats = formats_of(members)
    active = _active(applied.rules.values(), formats, _partly(ruleset, file))
    rules = compiled(tuple(active), formats)
    results = [
        *_parsed(subject, applied),
        *_references(subject),
        *_unrecognised(active, applied, formats, file),
    ]
    results += [
        _result(active[number], found_in, path, message, lines)
        for number, found_in, path, message, lines in subject.lint(rules)
    ]
    return _ordered(_overridden(results, ruleset), file)


def check(ruleset: Ruleset) -> None:
    """Raises RulesetUnusable where any rule, on or off, cannot be evaluated."""
    for one in (ruleset, *(override.ruleset for override in ruleset.overrides if override.ruleset)):
        compiled(tuple(one.rules.values()), None)


@lru_cache(maxsize=64)
def compiled(rules: tuple[Rule, ...], formats: frozenset[str] | None) -> _native.LintRules:
    """Rules ready for documents of these formats; None: of any."""
    functions: list[Any] = []
    written = [_written(rule, formats, functions) for rule in rules]
    try:
        return _native.LintRules(json.dumps(written), functions)
    except _native.LintRulesError as error:
        raise RulesetUnusable([_fault(rules, formats, *fault) for fault in error.faults]) from None


def _given(rule: Rule, formats: frozenset[str] | None) -> list[Any]:
    return [
        given for given in rule.given if formats is None or given.formats is None or given.formats & formats
    ]


def _written(rule: Rule, formats: frozenset[str] | None, functions: list[Any]) -> dict[str, Any]:
    then = []
    for one in rule.then:
        if one.custom is not None:
            functions.append(called(one.custom, one.options, rule.code))
        foreign = len(functions) - 1 if one.custom is not None else None
        options = {} if one.options is None else one.options
        then.append({"field": one.field, "function": one.function, "options": options, "foreign": foreign})
    return {
        "code": rule.code,
        "message": rule.message,
        "description": rule.description,
        "resolved": rule.resolved,
        "given": [given.path for given in _given(rule, formats)],
        "then": then,
    }


def _fault(
    rules: tuple[Rule, ...], formats: frozenset[str] | None, number: int, part: str, index: int, message: str
) -> Finding:
    rule = rules[number]
    where = _given(rule, formats)[index].where if part == "given" else rule.then[index].where
    code = {"given": "ruleset-given", "field": "ruleset-given", "function": "ruleset-function"}[part]
    help = {
        "given": "Write it with what docs/lint.md#paths lists.",
        "field": "Write it with what docs/lint.md#paths lists.",
        "function": "Correct the function's name or its `functionOptions` (docs/lint.md#functions).",
    }[part]
    return Finding(code, Severity.ERROR, f'rule "{rule.code}": {message}', help, where)


# Files


def _subject(data: bytes, file: Path) -> _native.LintSubject:
    try:
        return _native.LintSubject.load(file.as_posix(), data, _reader())
    except _native.DocumentError as error:
        place = (error.line - 1, error.column - 1)
        raise DocumentUnreadable(
            Result("parser", Level.ERROR, error.message, (), error.file, place, place)
        ) from None


def _reader() -> Any:
    """Reads files that documents refer to: regular ones of this machine, not too many, not too large."""
    seen: set[Path] = set()

    def read(base: str, reference: str) -> tuple[str, bytes]:
        if _SCHEME.match(reference):
            help = "Save a copy and refer to it relatively: nothing is fetched while linting."
            raise Refused("style-reference", f"'{reference}' is not fetched. {help}", help)
        path = Path(os.path.normpath(Path(base).parent / unquote(reference)))
        seen.add(path)
        if len(seen) > MAX_FILES:
            raise Refused(
                "style-reference", f"'{reference}': more than {MAX_FILES} files", "Split the document."
            )
        return path.as_posix(), read_regular(path)

    return read


def read_regular(path: Path) -> bytes:
    """The bytes of a file. Raises Refused for what is none, is too large or cannot be read."""
    help = "Correct the path."
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Refused("style-file", f"'{path}' is no file", help)
        if status.st_size > MAX_FILE_BYTES:
            raise Refused("style-file", f"'{path}' has more than {MAX_FILE_BYTES} bytes", "Split it.")
        return path.read_bytes()
    except OSError as error:
        raise Refused("style-file", f"'{path}': {error.strerror}", help) from None


# What is told beside rules


def _parsed(subject: _native.LintSubject, ruleset: Ruleset) -> Iterator[Result]:
    for problem in subject.problems:
        level = ruleset.parser.duplicate_keys if problem.code == _DUPLICATE else Level.ERROR
        place = (problem.line - 1, problem.column - 1)
        if level is not None:
            yield Result("parser", level, problem.message, (), problem.file, place, place)
    level = ruleset.parser.incompatible_values
    if level is not None:
        for file, path, kind, lines in subject.odd_keys():
            message = f"Mapping key must be a string scalar rather than {kind}"
            yield Result("parser", level, message, tuple(path), file, lines[:2], lines[2:])


def _references(subject: _native.LintSubject) -> Iterator[Result]:
    for file, path, message, lines in subject.broken:
        yield Result("invalid-ref", Level.ERROR, message, tuple(path), file, lines[:2], lines[2:])


def _unrecognised(
    active: list[Rule], ruleset: Ruleset, formats: frozenset[str], file: Path
) -> Iterator[Result]:
    """Where every rule is for formats the document has none of, it would count as sound without a word."""
    wanted = {
        name for rule in ruleset.rules.values() if rule.level is not None for name in rule.formats or ()
    }
    if wanted and not wanted & formats and not formats:
        message = f"The provided document does not match any of the registered formats [{', '.join(sorted(wanted))}]"
        yield Result("unrecognized-format", Level.WARN, message, (), file.as_posix(), (0, 0), (0, 0))


# Rules that count


def _active(rules: Iterable[Rule], formats: frozenset[str], partly: frozenset[str]) -> list[Rule]:
    return [
        rule
        for rule in rules
        if (rule.level is not None or rule.code in partly)
        and (rule.formats is None or rule.formats & formats)
    ]


def _applied(ruleset: Ruleset, file: Path) -> Ruleset:
    """The ruleset as overrides for whole files make it."""
    for override in ruleset.overrides:
        if override.ruleset is not None and _is_meant(override, file.as_posix()):
            ruleset_ = override.ruleset
            ruleset = Ruleset(
                {**ruleset.rules, **_changed(ruleset, ruleset_)},
                ruleset_.aliases,
                ruleset.overrides,
                ruleset_.parser,
                ruleset.documentation_url,
            )
    return ruleset


def _changed(base: Ruleset, override: Ruleset) -> Mapping[str, Rule]:
    return {code: rule for code, rule in override.rules.items() if base.rules.get(code) != rule}


def _partly(ruleset: Ruleset, file: Path) -> frozenset[str]:
    """Rules that are on somewhere in the document, though not everywhere."""
    overrides = [one for one in ruleset.overrides if one.pointer is not None]
    return frozenset(code for one in overrides for code, level in one.levels.items() if level is not None)


def _overridden(results: Iterable[Result], ruleset: Ruleset) -> Iterator[Result]:
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
            yield result if level is result.level else _at_level(result, level)


def _is_off(ruleset: Ruleset, result: Result) -> bool:
    """Off everywhere, unless an override for the whole file turned it on."""
    rule = _applied(ruleset, Path(result.file)).rules.get(result.code)
    return rule is None or rule.level is None


def _at_level(result: Result, level: Level) -> Result:
    from dataclasses import replace

    return replace(result, level=level)


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


# Results


def _result(rule: Rule, file: str, path: list[str], message: str, lines: tuple[int, int, int, int]) -> Result:
    level = rule.default if rule.level is None else rule.level
    return Result(rule.code, level, message, tuple(path), file, lines[:2], lines[2:], rule.documentation_url)


def _ordered(results: Iterable[Result], file: Path) -> list[Result]:
    """By place; the document before files it refers to."""
    own = file.as_posix()
    return sorted(
        results, key=lambda one: (one.file != own, one.file, one.start, one.code, one.path, one.message)
    )


def as_finding(result: Result, folder: Path) -> Finding:
    """For formatters that know findings; `folder`: what files are named from."""
    severity = {Level.ERROR: Severity.ERROR, Level.WARN: Severity.WARNING}.get(result.level, Severity.INFO)
    help = f"See {result.documentation_url}." if result.documentation_url else f"At {pointer(result)}."
    where = Location(shown_file(result.file, folder), result.start[0] + 1, result.start[1] + 1)
    return Finding(result.code, severity, result.message, help, where)


def pointer(result: Result) -> str:
    """`#/paths/~1orders/get`"""
    return "#" + "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in result.path)


def shown_file(file: str, folder: Path) -> str:
    """Relative to `folder` where it lies in it."""
    path = Path(file)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
