"""A document and a ruleset to results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ringwork import _native
from ringwork.style.documents import broken_references, parser_results, read_subject
from ringwork.style.evaluating import compiled
from ringwork.style.formats import formats_of
from ringwork.style.model import Level, Result, Rule, Ruleset
from ringwork.style.overriding import applied_to, on_in_parts, with_overrides

# Rule's number, file, path, message; lines and columns of start and end, from 0.
Found = tuple[int, str, list[str], str, tuple[int, int, int, int]]


def lint(data: bytes, file: Path, ruleset: Ruleset) -> list[Result]:
    """Results about a document that is, or counts as, `file` (absolute); files it refers to are read.

    Raises RulesetUnusable; DocumentUnreadable; Refused where a function of the ruleset's own fails.
    """
    read = read_with(data, file, ruleset)
    return told(read, read.subject.lint(compiled(read.rules, read.formats)))


@dataclass(frozen=True, slots=True)
class Read:
    """A document that was read, and what it is held to. `rules`: those that are on for its formats."""

    file: Path
    subject: _native.LintSubject
    formats: frozenset[str]
    rules: tuple[Rule, ...]
    applied: Ruleset
    ruleset: Ruleset


def read_with(data: bytes, file: Path, ruleset: Ruleset) -> Read:
    """Raises DocumentUnreadable."""
    applied = applied_to(ruleset, file)
    subject = read_subject(data, file)
    formats = formats_of(dict(subject.scalars()))
    rules = _active(applied.rules.values(), formats, on_in_parts(ruleset))
    return Read(file, subject, formats, tuple(rules), applied, ruleset)


def told(read: Read, found: Iterable[Found]) -> list[Result]:
    """What rules found, and what reading told, by place."""
    results = [
        *parser_results(read.subject, read.applied.parser),
        *broken_references(read.subject),
        *_unrecognised(read),
        *(_result(read.rules[one[0]], *one[1:]) for one in found),
    ]
    return _ordered(with_overrides(results, read.ruleset), read.file)


def _active(rules: Iterable[Rule], formats: frozenset[str], partly: frozenset[str]) -> list[Rule]:
    return [
        rule
        for rule in rules
        if (rule.level is not None or rule.code in partly)
        and (rule.formats is None or rule.formats & formats)
    ]


def _unrecognised(read: Read) -> Iterator[Result]:
    """Where every rule is for formats the document has none of, it would count as sound without a word."""
    wanted = {
        name for rule in read.applied.rules.values() if rule.level is not None for name in rule.formats or ()
    }
    if wanted and not read.formats:
        message = f"The provided document does not match any of the registered formats [{', '.join(sorted(wanted))}]"
        yield Result("unrecognized-format", Level.WARN, message, (), read.file.as_posix(), (0, 0), (0, 0))


def _result(rule: Rule, file: str, path: list[str], message: str, lines: tuple[int, int, int, int]) -> Result:
    level = rule.default if rule.level is None else rule.level
    return Result(rule.code, level, message, tuple(path), file, lines[:2], lines[2:], rule.documentation_url)


def _ordered(results: Iterable[Result], file: Path) -> list[Result]:
    """By place; the document before files it refers to."""
    own = file.as_posix()
    return sorted(
        results, key=lambda one: (one.file != own, one.file, one.start, one.code, one.path, one.message)
    )
