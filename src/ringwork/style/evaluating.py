"""Rules as the engine takes them, ready for documents of some formats."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from ringwork import _native
from ringwork.kernel.findings import Finding, Severity
from ringwork.style.custom import called
from ringwork.style.model import Given, Rule, Ruleset


class RulesetUnusable(Exception):
    """Rules that cannot be evaluated; `findings` say where and why."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(f"{len(findings)} findings")
        self.findings = findings


def check(ruleset: Ruleset) -> None:
    """Raises RulesetUnusable where any rule, on or off, cannot be evaluated."""
    for one in (ruleset, *(override.ruleset for override in ruleset.overrides if override.ruleset)):
        compiled(tuple(one.rules.values()), None)


@lru_cache(maxsize=64)
def compiled(rules: tuple[Rule, ...], formats: frozenset[str] | None) -> _native.LintRules:
    """Rules ready for documents of these formats; None: of any. The same object for rules that are written alike."""
    functions: list[Any] = []
    written = json.dumps([_written(rule, formats, functions) for rule in rules])
    try:
        return _native.LintRules(written, functions) if functions else _without_functions(written)
    except _native.LintRulesError as error:
        raise RulesetUnusable([_fault(rules, formats, *fault) for fault in error.faults]) from None


@lru_cache(maxsize=64)
def _without_functions(written: str) -> _native.LintRules:
    return _native.LintRules(written, [])


def _given(rule: Rule, formats: frozenset[str] | None) -> list[Given]:
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
