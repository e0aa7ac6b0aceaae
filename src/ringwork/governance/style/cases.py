"""Which case names have: what most APIs of an estate have done is what the others are asked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from ringwork.style.model import Result, Ruleset

# Kind of names, by the rule about them → case → how many names.
Counted = Mapping[str, Mapping[str, int]]

_SHAPES = {
    "snake": re.compile(r"[a-z0-9]+(_[a-z0-9]+)+"),
    "camel": re.compile(r"[a-z]+[a-z0-9]*([A-Z]+[a-z0-9]*)+"),
    "kebab": re.compile(r"[a-z0-9]+(-[a-z0-9]+)+"),
}
# What a name of one word may be, and what it may be followed by; a leading `_` or `$` is nobody's case.
_PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "snake": r"^([a-z0-9]+(_[a-z0-9]+)*|[^A-Za-z].*)$",
        "camel": r"^([a-z0-9]+([A-Z]+[a-z0-9]*)*|[^A-Za-z].*)$",
        "kebab": r"^([a-z0-9]+(-[a-z0-9]+)*|[^A-Za-z].*)$",
    }
)


def count(results: Iterable[Result]) -> dict[str, dict[str, int]]:
    """Of what `rulesets/names.yaml` found in one document."""
    names: dict[str, set[str]] = {}
    for result in results:
        names.setdefault(result.code, set()).add(result.message)
    return {code: dict(Counter(map(_case, found))) for code, found in sorted(names.items())}


def _case(name: str) -> str:
    return next((case for case, shape in _SHAPES.items() if shape.fullmatch(name)), "other")


def usual(by_api: Mapping[str, Iterable[Counted]]) -> dict[str, str]:
    """The case most APIs have, for each kind of names; of two that are as usual, the one with more names. Nothing for
    a kind of which no name has two words.
    """
    apis: dict[str, Counter[str]] = {}
    names: dict[str, Counter[str]] = {}
    for documents in by_api.values():
        own: dict[str, Counter[str]] = {}
        for counted in documents:
            for code, cases in counted.items():
                own.setdefault(code, Counter()).update(
                    {case: cases[case] for case in cases if case in _SHAPES}
                )
        for code, cases in own.items():
            names.setdefault(code, Counter()).update(cases)
            if cases:
                apis.setdefault(code, Counter())[max(cases, key=lambda case: (cases[case], case))] += 1
    return {
        code: max(found, key=lambda case: (found[case], names[code][case], case))
        for code, found in apis.items()
    }


def asking_for(ruleset: Ruleset, usual: Mapping[str, str]) -> Ruleset:
    """The rules about names with the estate's case, where nobody wrote another one."""
    rules = dict(ruleset.rules)
    for code, case in usual.items():
        rule = rules.get(code)
        if rule is None or not rule.where.file.endswith("rulesets/topics/naming.yaml"):
            continue
        then = tuple(replace(one, options={"match": _PATTERNS[case]}) for one in rule.then)
        message = (rule.message or "").replace(
            "the case of the others", f"{case} case, as the estate's others are"
        )
        rules[code] = replace(rule, then=then, message=message)
    return replace(ruleset, rules=rules)
