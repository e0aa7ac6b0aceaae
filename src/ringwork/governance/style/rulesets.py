"""Which rules a ring is held to: `styles/<ring>.yaml`, or else `ringwork:<ring>`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from ringwork.audience import RINGS, Audience
from ringwork.kernel.findings import Finding
from ringwork.manifest.estate import Estate
from ringwork.style.evaluating import RulesetUnusable, check
from ringwork.style.model import Rule, Ruleset
from ringwork.style.reading import built_in, read_ruleset


@dataclass(frozen=True, slots=True)
class RingRules:
    """Rulesets of the rings that have one that can be used, and what is wrong with the others."""

    by_ring: dict[Audience, Ruleset]
    findings: tuple[Finding, ...]


def ring_rules(estate: Estate) -> RingRules:
    """Never raises for what files say. An estate is data: functions of a ruleset's own are not run."""
    found: dict[Audience, Ruleset] = {}
    findings: list[Finding] = []
    for ring in RINGS:
        if ring.label not in estate.style_names:
            found[ring] = built_in(f"ringwork:{ring.label}")[0]
            continue
        ruleset, wrong = _read(estate.root / "styles" / f"{ring.label}.yaml")
        findings += (_named_from(estate.root, one) for one in wrong)
        if ruleset is not None:
            found[ring] = ruleset
    return RingRules(found, tuple(findings))


def _read(path: Path) -> tuple[Ruleset | None, list[Finding]]:
    ruleset, wrong = read_ruleset(path, trusted=False)
    if ruleset is None:
        return None, wrong
    try:
        check(ruleset)
    except RulesetUnusable as error:
        return None, [*wrong, *error.findings]
    return ruleset, wrong


def _named_from(root: Path, finding: Finding) -> Finding:
    """Files of an estate are named from its folder."""
    file, folder = Path(finding.location.file).resolve(), root.resolve()
    if not file.is_relative_to(folder):
        return finding
    return replace(finding, location=replace(finding.location, file=file.relative_to(folder).as_posix()))


def fingerprint(ruleset: Ruleset) -> str:
    """SHA-256 of what a ruleset demands."""
    rules = [*ruleset.rules.values()]
    rules += [rule for one in ruleset.overrides if one.ruleset for rule in one.ruleset.rules.values()]
    overrides = [(one.pattern, one.pointer, {**one.levels}) for one in ruleset.overrides]
    written = json.dumps([[_written(rule) for rule in rules], overrides], sort_keys=True, default=str)
    return sha256(written.encode()).hexdigest()


def _written(rule: Rule) -> list[object]:
    given = [(one.path, sorted(one.formats or ())) for one in rule.given]
    then = [(one.function, one.options, one.field) for one in rule.then]
    formats = sorted(rule.formats or ())
    return [rule.code, given, then, rule.level, formats, rule.message, rule.description, rule.resolved]
