"""One ruleset: what it extends, its layers, and those of our own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ringwork.kernel.findings import Finding, Location, has_errors
from ringwork.style.model import Rule, Ruleset
from ringwork.style.packages import find_ruleset
from ringwork.style.problems import Problems, Source, read_source
from ringwork.style.reading.asked import Asked, At
from ringwork.style.reading.functions import Functions, read_functions
from ringwork.style.reading.overrides import read_exceptions, read_overrides, read_parser_options
from ringwork.style.reading.paths import read_aliases
from ringwork.style.reading.rules import Around, read_rule

_FOLDER = Path(__file__).parents[1] / "rulesets"
# The OWASP rules by the name of their package too, so that rulesets which extend it work where it is not installed.
BUILT_IN = {
    "spectral:oas": _FOLDER / "oas.yaml",
    "spectral:owasp": _FOLDER / "owasp.yaml",
    "@stoplight/spectral-owasp-ruleset": _FOLDER / "owasp.yaml",
    **{f"ringwork:{ring}": _FOLDER / f"{ring}.yaml" for ring in ("internal", "partner", "public", "names")},
}
_BUILT_IN_LATER = ("spectral:asyncapi", "spectral:arazzo")

_KEYS = (
    "aliases", "description", "documentationUrl", "except", "extends", "formats", "functions", "functionsDir",
    "overrides", "parserOptions", "rules",
)  # fmt: skip
_MODES = ("recommended", "all", "off")
# A ruleset that extends one that extends one …
_DEPTH = 32


def read_ruleset(path: Path, *, trusted: bool = True) -> tuple[Ruleset | None, list[Finding]]:
    """The ruleset of a file with what is to be said about it; None where an error keeps it from being used.

    `trusted`: somebody named it to be used, so functions of its own are run; what lies in a folder somebody opened, or
    in an estate, may be a stranger's.
    """
    problems = Problems()
    source = read_source(path, problems)
    ruleset = None if source is None else _read(source, problems, "recommended", trusted=trusted)
    findings = sorted(set(problems.findings), key=lambda finding: finding.sort_key)
    return (None if has_errors(findings) else ruleset), findings


@lru_cache(maxsize=16)
def built_in(name: str) -> tuple[Ruleset, Ruleset]:
    """A ruleset of our own, as recommended and with all its rules. Raises RuntimeError: it is ours to be sound."""
    rulesets = []
    for wanted in ("recommended", "all"):
        problems = Problems()
        source = read_source(BUILT_IN[name], problems)
        if source is not None:
            rulesets.append(_read(source, problems, wanted, ours=True))
        if problems.findings:
            raise RuntimeError(problems.findings)
    return rulesets[0], rulesets[1]


@dataclass(frozen=True, slots=True)
class _File:
    """One ruleset file; `above`: it and those that extend it."""

    asked: Asked
    above: tuple[Path, ...]
    functions: Functions
    trusted: bool

    @property
    def root(self) -> Path:
        return self.above[-1].parent


def _read(
    source: Source,
    problems: Problems,
    wanted: str,
    above: tuple[Path, ...] = (),
    *,
    ours: bool = False,
    trusted: bool = True,
) -> Ruleset:
    """`wanted`: which of its own rules are on. `ours`: it may use functions for OpenAPI."""
    asked, path = Asked(source, problems), source.path.resolve()
    value: dict[str, Any] = source.value
    asked.known_keys(value, (), _KEYS)
    functions = read_functions(asked, value, path.parent, ours=ours, trusted=trusted)
    file = _File(asked, (*above, path), functions, trusted)
    ruleset = _layer(file, Ruleset({}), value, (), wanted)
    if not value.keys() & {"rules", "extends", "overrides"}:
        asked.wrong((), "there are neither rules, extends nor overrides", "Write at least one of them.")
    own = read_overrides(
        asked, value, ruleset, file.root, lambda base, part, at: _layer(file, base, part, at, "recommended")
    )
    excepted = read_exceptions(asked, value, file.root)
    return replace(ruleset, overrides=(*ruleset.overrides, *own, *excepted))


def _layer(file: _File, base: Ruleset, value: Mapping[str, Any], at: At, wanted: str) -> Ruleset:
    """What applies to everything, and again inside an override."""
    asked = file.asked
    ruleset = base
    for extended in _extended(file, value, at, wanted):
        ruleset = _merged(ruleset, extended)
    aliases = read_aliases(asked, value, at, ruleset.aliases)
    around = Around(aliases, file.functions, asked.formats(value, at), wanted)
    url = value.get("documentationUrl")
    rules = dict(ruleset.rules)
    for code, written in asked.members(value, at, "rules").items():
        rule = read_rule(asked, code, written, (*at, "rules", code), rules.get(code), around)
        if rule is not None:
            rules[code] = _documented(rule, url)
    parser = read_parser_options(asked, value, at, ruleset.parser)
    return replace(ruleset, rules=rules, aliases=aliases, parser=parser, documentation_url=url)


def _documented(rule: Rule, url: Any) -> Rule:
    if rule.documentation_url is None and isinstance(url, str):
        return replace(rule, documentation_url=f"{url}#{rule.code}")
    return rule


def _extended(file: _File, value: Mapping[str, Any], at: At, wanted: str) -> Iterator[Ruleset]:
    extends = value.get("extends", [])
    for index, one in enumerate(extends if isinstance(extends, list) else [extends]):
        place = (*at, "extends", index)
        name, mode = one if isinstance(one, list) and len(one) == 2 else (one, wanted)
        if not isinstance(name, str) or mode not in _MODES:
            help = 'Write a name, or `[name, "recommended"|"all"|"off"]`.'
            file.asked.wrong(place, "this names no ruleset", help)
            continue
        found = _named(file, name, mode, file.asked.where(place))
        if found is not None:
            yield found


def _named(file: _File, name: str, mode: str, where: Location) -> Ruleset | None:
    problems = file.asked.problems
    if name in BUILT_IN:
        recommended, everything = built_in(name)
        return recommended if mode == "recommended" else _switched(everything, on=mode == "all")
    if name in _BUILT_IN_LATER:
        help = "Rules for OpenAPI are there as `spectral:oas`."
        problems.error("ruleset-extends", where, f"the rules of {name} are not provided", help)
        return None
    path = find_ruleset(name, file.root, where, problems)
    if path is None:
        return None
    if path in file.above or len(file.above) > _DEPTH:
        what, help = f"{path.name} extends itself, by way of others", "Remove one of them."
        problems.error("ruleset-extends", where, what, help)
        return None
    source = read_source(path, problems, where)
    return (
        None
        if source is None
        else _read(source, problems, mode, file.above, ours=file.functions.ours, trusted=file.trusted)
    )


def _merged(base: Ruleset, extended: Ruleset) -> Ruleset:
    return replace(
        base,
        rules={**base.rules, **extended.rules},
        aliases={**base.aliases, **extended.aliases},
        overrides=(*base.overrides, *extended.overrides),
        parser=extended.parser,
    )


def _switched(ruleset: Ruleset, *, on: bool) -> Ruleset:
    rules = {code: replace(rule, level=rule.default if on else None) for code, rule in ruleset.rules.items()}
    return replace(ruleset, rules=rules)
