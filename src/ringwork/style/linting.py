"""A document and a ruleset to results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ringwork.style.documents import broken_references, parser_results, read_subject
from ringwork.style.evaluating import compiled
from ringwork.style.formats import formats_of
from ringwork.style.model import Level, Result, Rule, Ruleset
from ringwork.style.overriding import applied_to, on_in_parts, with_overrides


def lint(data: bytes, file: Path, ruleset: Ruleset) -> list[Result]:
    """Results about a document that is, or counts as, `file` (absolute); files it refers to are read.

    Raises RulesetUnusable; DocumentUnreadable; Refused where a function of the ruleset's own fails.
    """
    applied = applied_to(ruleset, file)
    subject = read_subject(data, file)
    members = dict(subject.scalars())
    formats = formats_of(members)
    active = _active(applied.rules.values(), formats, on_in_parts(ruleset))
    rules = compiled(tuple(active), formats)
    results = [
        *parser_results(subject, applied.parser),
        *broken_references(subject),
        *_unrecognised(active, applied, formats, file),
    ]
    results += [
        _result(active[number], found_in, path, message, lines)
        for number, found_in, path, message, lines in subject.lint(rules)
    ]
    return _ordered(with_overrides(results, ruleset), file)


def _active(rules: Iterable[Rule], formats: frozenset[str], partly: frozenset[str]) -> list[Rule]:
    return [
        rule
        for rule in rules
        if (rule.level is not None or rule.code in partly)
        and (rule.formats is None or rule.formats & formats)
    ]


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


def _result(rule: Rule, file: str, path: list[str], message: str, lines: tuple[int, int, int, int]) -> Result:
    level = rule.default if rule.level is None else rule.level
    return Result(rule.code, level, message, tuple(path), file, lines[:2], lines[2:], rule.documentation_url)


def _ordered(results: Iterable[Result], file: Path) -> list[Result]:
    """By place; the document before files it refers to."""
    own = file.as_posix()
    return sorted(
        results, key=lambda one: (one.file != own, one.file, one.start, one.code, one.path, one.message)
    )
