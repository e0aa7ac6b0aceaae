"""Ruleset files to rulesets: extended, checked, aliases written out. Everything wrong is a located finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ringwork.kernel.findings import Finding, Location, has_errors
from ringwork.kernel.suggest import did_you_mean
from ringwork.style.custom import load_function
from ringwork.style.formats import NAMES
from ringwork.style.model import LEVELS, Custom, Given, Level, Override, ParserOptions, Rule, Ruleset, Then
from ringwork.style.packages import find_ruleset
from ringwork.style.problems import Problems, Source, read_source

CORE_FUNCTIONS = (
    "alphabetical", "casing", "defined", "enumeration", "falsy", "length", "or", "pattern", "schema", "truthy",
    "typedEnum", "undefined", "unreferencedReusableObject", "xor",
)  # fmt: skip
BUILT_IN = {"spectral:oas": Path(__file__).parent / "oas.yaml"}
_BUILT_IN_LATER = ("spectral:asyncapi", "spectral:arazzo")

_KEYS = (
    "aliases", "description", "documentationUrl", "except", "extends", "formats", "functions", "functionsDir",
    "overrides", "parserOptions", "rules",
)  # fmt: skip
_RULE_KEYS = (
    "description", "documentationUrl", "enabled", "extensions", "formats", "given", "message", "recommended",
    "resolved", "severity", "summary", "tags", "then", "type",
)  # fmt: skip
_OFF = (False, "off", -1)
# A ruleset that extends one that extends one …
_DEPTH = 32
# Aliases that name aliases.
_ALIASES = 1_000


def read_ruleset(path: Path) -> tuple[Ruleset | None, list[Finding]]:
    """The ruleset of a file with what is to be said about it; None where an error keeps it from being used."""
    problems = Problems()
    source = read_source(path, problems)
    ruleset = None if source is None else _Reader(source, problems, ()).read("recommended")
    findings = sorted(set(problems.findings), key=lambda finding: finding.sort_key)
    return (None if has_errors(findings) else ruleset), findings


@lru_cache(maxsize=4)
def built_in(name: str) -> tuple[Ruleset, Ruleset]:
    """A ruleset of our own, as recommended and with all its rules. Raises RuntimeError: it is ours to be sound."""
    rulesets = []
    for wanted in ("recommended", "all"):
        problems = Problems()
        source = read_source(BUILT_IN[name], problems)
        if source is not None:
            rulesets.append(_Reader(source, problems, (), own=True).read(wanted))
        if problems.findings:
            raise RuntimeError(problems.findings)
    return rulesets[0], rulesets[1]


class _Reader:
    """Reads one file; `above`: those that extend it. `own`: one of ours, which may use functions for OpenAPI."""

    def __init__(
        self, source: Source, problems: Problems, above: tuple[Path, ...], *, own: bool = False
    ) -> None:
        self.source = source
        self.problems = problems
        self.above = (*above, source.path.resolve())
        self.own = own
        self.root = source.path.resolve().parent
        self.functions: dict[str, Custom | None] = {}

    def read(self, wanted: str) -> Ruleset:
        """`wanted`: which of its own rules are on: recommended, all or off."""
        value: dict[str, Any] = self.source.value
        for key in value.keys() - set(_KEYS):
            help = did_you_mean(key, _KEYS)
            self.problems.warn(
                "ruleset-key", self.source.at(key, key=True), f'"{key}" means nothing here', help
            )
        self._load_functions(value)
        ruleset = self._layer(Ruleset({}), value, (), wanted)
        overrides = [*ruleset.overrides, *self._overrides(value, ruleset), *self._excepted(value)]
        if not value.keys() & {"rules", "extends", "overrides"}:
            help = "Write at least one of them."
            self.problems.error(
                "ruleset-invalid", self.source.at(), "there are neither rules, extends nor overrides", help
            )
        return replace(ruleset, overrides=tuple(overrides))

    # What applies to everything, and again inside an override.

    def _layer(self, base: Ruleset, value: Mapping[str, Any], at: tuple[object, ...], wanted: str) -> Ruleset:
        ruleset = base
        for extended in self._extended(value, at, wanted):
            ruleset = _merged(ruleset, extended)
        aliases = {**ruleset.aliases}
        aliases.update(self._aliases(value, at, aliases))
        formats = self._formats(value, at)
        url = value.get("documentationUrl")
        rules = dict(ruleset.rules)
        for code, written in self._object(value, at, "rules").items():
            rule = self._rule(code, written, (*at, "rules", code), rules.get(code), aliases, formats, wanted)
            if rule is not None:
                rules[code] = self._documented(rule, url)
        parser = self._parser(value, at, ruleset.parser)
        return replace(ruleset, rules=rules, aliases=aliases, parser=parser, documentation_url=url)

    def _documented(self, rule: Rule, url: Any) -> Rule:
        if rule.documentation_url is None and isinstance(url, str):
            return replace(rule, documentation_url=f"{url}#{rule.code}")
        return rule

    def _object(self, value: Mapping[str, Any], at: tuple[object, ...], key: str) -> Mapping[str, Any]:
        found = value.get(key, {})
        if isinstance(found, dict):
            return found
        self._wrong((*at, key), f"`{key}` must be an object", "Write names and values below it.")
        return {}

    def _wrong(self, at: tuple[object, ...], message: str, help: str, code: str = "ruleset-invalid") -> None:
        self.problems.error(code, self.source.at(*at), message, help)

    # extends

    def _extended(self, value: Mapping[str, Any], at: tuple[object, ...], wanted: str) -> Iterator[Ruleset]:
        extends = value.get("extends", [])
        for index, one in enumerate(extends if isinstance(extends, list) else [extends]):
            place = (*at, "extends", index)
            name, mode = one if isinstance(one, list) and len(one) == 2 else (one, wanted)
            if not isinstance(name, str) or mode not in ("recommended", "all", "off"):
                self._wrong(
                    place, "this names no ruleset", 'Write a name, or `[name, "recommended"|"all"|"off"]`.'
                )
                continue
            found = self._named(name, mode, self.source.at(*place))
            if found is not None:
                yield found

    def _named(self, name: str, mode: str, where: Location) -> Ruleset | None:
        if name in BUILT_IN:
            recommended, everything = built_in(name)
            return recommended if mode == "recommended" else _switched(everything, on=mode == "all")
        if name in _BUILT_IN_LATER:
            help = "Rules for OpenAPI are there as `spectral:oas`."
            self.problems.error("ruleset-extends", where, f"the rules of {name} are not provided", help)
            return None
        path = find_ruleset(name, self.root, where, self.problems)
        if path is None:
            return None
        if path in self.above or len(self.above) > _DEPTH:
            help = "Remove one of them."
            self.problems.error(
                "ruleset-extends", where, f"{path.name} extends itself, by way of others", help
            )
            return None
        source = read_source(path, self.problems, where)
        return None if source is None else _Reader(source, self.problems, self.above).read(mode)

    # aliases

    def _aliases(
        self, value: Mapping[str, Any], at: tuple[object, ...], known: Mapping[str, tuple[Given, ...]]
    ) -> Mapping[str, tuple[Given, ...]]:
        written = self._object(value, at, "aliases")
        found: dict[str, tuple[Given, ...]] = dict(known)
        raw = {name: tuple(self._alias(name, one, (*at, "aliases", name))) for name, one in written.items()}
        for name in raw:
            found[name] = tuple(self._expanded(raw[name], {**known, **raw}, (name,)))
        return found

    def _alias(self, name: str, value: Any, at: tuple[object, ...]) -> Iterator[Given]:
        targets = value.get("targets") if isinstance(value, dict) else None
        if isinstance(targets, list):
            for index, target in enumerate(targets):
                place = (*at, "targets", index)
                if not isinstance(target, dict):
                    self._wrong(place, "a target is an object", "Write `formats` and `given`.")
                    continue
                yield from self._paths(target.get("given"), (*place, "given"), self._formats(target, place))
        else:
            given, place = (value.get("given"), (*at, "given")) if isinstance(value, dict) else (value, at)
            yield from self._paths(given, place, None)

    def _paths(self, value: Any, at: tuple[object, ...], formats: frozenset[str] | None) -> Iterator[Given]:
        listed = value if isinstance(value, list) else [value]
        for index, one in enumerate(listed):
            place = (*at, index) if isinstance(value, list) else at
            if not isinstance(one, str) or not one.startswith(("$", "#")):
                self._wrong(
                    place,
                    "this is no path",
                    "Write a JSONPath (`$.info`) or an alias (`#Name`).",
                    "ruleset-given",
                )
                continue
            yield Given(one, formats, self.source.at(*place))

    def _expanded(
        self, paths: tuple[Given, ...], aliases: Mapping[str, tuple[Given, ...]], within: tuple[str, ...]
    ) -> Iterator[Given]:
        """Paths with aliases written out."""
        for given in paths:
            if given.path.startswith("$"):
                yield given
                continue
            name = given.path[1:]
            cut = min((name.index(mark) for mark in ".[^~" if mark in name), default=len(name))
            name, rest = name[:cut], name[cut:]
            if name not in aliases or name in within or len(within) > _ALIASES:
                what = "leads to itself" if name in aliases else "is not there"
                help = did_you_mean(name, aliases.keys())
                self.problems.error("ruleset-alias", given.where, f'the alias "{name}" {what}', help)
                continue
            for found in self._expanded(aliases[name], aliases, (*within, name)):
                formats = _narrowed(given.formats, found.formats)
                yield Given(found.path + rest, formats, given.where)

    def _formats(self, value: Mapping[str, Any], at: tuple[object, ...]) -> frozenset[str] | None:
        written = value.get("formats")
        if written is None:
            return None
        if not isinstance(written, list):
            self._wrong((*at, "formats"), "`formats` must be a list", "Write `formats: [oas3]`.")
            return None
        found = set()
        for index, name in enumerate(written):
            if isinstance(name, str) and name in NAMES:
                found.add(NAMES[name])
            else:
                place = self.source.at(*at, "formats", index)
                help = did_you_mean(str(name), NAMES)
                self.problems.error("ruleset-format", place, f'there is no format "{name}"', help)
        return frozenset(found)

    # rules

    def _rule(
        self,
        code: str,
        written: Any,
        at: tuple[object, ...],
        known: Rule | None,
        aliases: Mapping[str, tuple[Given, ...]],
        formats: frozenset[str] | None,
        wanted: str,
    ) -> Rule | None:
        if not isinstance(written, dict):
            return self._switched_rule(code, written, at, known)
        for key in written.keys() - set(_RULE_KEYS):
            help = did_you_mean(key, _RULE_KEYS)
            self.problems.warn(
                "ruleset-key", self.source.at(*at, key, key=True), f'"{key}" means nothing here', help
            )
        if known is None and not {"given", "then"} <= written.keys():
            missing = "given" if "given" not in written else "then"
            help = "Say what it is about and what it demands."
            self._wrong(at, f'the rule "{code}" has no `{missing}`', help)
            return None
        given = known.given if known else ()
        if "given" in written:
            paths = tuple(self._paths(written["given"], (*at, "given"), None))
            given = tuple(self._expanded(paths, aliases, ()))
        then = (
            tuple(self._thens(written["then"], (*at, "then")))
            if "then" in written
            else known.then
            if known
            else ()
        )
        default = self._level(written.get("severity", Level.WARN), (*at, "severity"))
        if known is not None and "severity" not in written:
            default = known.default
        own = self._formats(written, at)
        recommended = written.get("recommended", known.recommended if known else True) is not False
        on = known is not None or wanted == "all" or (wanted == "recommended" and recommended)
        text = {key: written[key] for key in ("message", "description") if isinstance(written.get(key), str)}
        return Rule(
            code=code,
            given=given,
            then=then,
            default=Level.WARN if default is None else default,
            where=self.source.at(*at, key=True),
            level=default if on else None,
            formats=own if own is not None else known.formats if known else formats,
            message=text.get("message", known.message if known else None),
            description=text.get("description", known.description if known else None),
            documentation_url=written.get("documentationUrl", known.documentation_url if known else None),
            recommended=recommended,
            resolved=written.get("resolved", known.resolved if known else True) is not False,
        )

    def _switched_rule(
        self, code: str, written: Any, at: tuple[object, ...], known: Rule | None
    ) -> Rule | None:
        if known is None:
            help = "Define it, or extend the ruleset that does."
            self._wrong(at, f'there is no rule "{code}" to change', help, "ruleset-rule-unknown")
            return None
        if written is True:
            return replace(known, level=known.default)
        return replace(known, level=self._level(written, at))

    def _level(self, written: Any, at: tuple[object, ...]) -> Level | None:
        """None for off."""
        if written is True:
            return Level.WARN
        if (written in _OFF and not isinstance(written, int | float)) or written is False or written == -1:
            return None
        if isinstance(written, (str, int)) and written in LEVELS:
            return LEVELS[written]
        self._wrong(at, f"{written!r} is no severity", "Write error, warn, info, hint, off, true or false.")
        return None

    def _thens(self, value: Any, at: tuple[object, ...]) -> Iterator[Then]:
        listed = value if isinstance(value, list) else [value]
        if not listed:
            self._wrong(at, "`then` is empty", "Name a function.")
        for index, one in enumerate(listed):
            place = (*at, index) if isinstance(value, list) else at
            if not isinstance(one, dict) or not isinstance(one.get("function"), str):
                self._wrong(
                    place, "this checks nothing", "Write `function: truthy`, and `field` where one is meant."
                )
                continue
            field = one.get("field")
            if field is not None and not isinstance(field, str):
                self._wrong((*place, "field"), "`field` must be text", "Write a name, `@key` or a JSONPath.")
                continue
            name, where = one["function"], self.source.at(*place, "function")
            if not self._known_function(name, where):
                continue
            yield Then(name, one.get("functionOptions", {}), field, where, self.functions.get(name))

    def _known_function(self, name: str, where: Location) -> bool:
        if name in self.functions:
            return self.functions[name] is not None  # or it was told where it is declared
        if name in CORE_FUNCTIONS or self.own:
            return True
        known = (*CORE_FUNCTIONS, *self.functions)
        help = f"{did_you_mean(name, known)} Functions of your own are declared in `functions`."
        self.problems.error("ruleset-function", where, f'there is no function "{name}"', help)
        return False

    def _load_functions(self, value: Mapping[str, Any]) -> None:
        folder = value.get("functionsDir", "functions")
        folders = (self.root / folder, self.root) if isinstance(folder, str) else (self.root,)
        listed = value.get("functions", [])
        for index, one in enumerate(listed if isinstance(listed, list) else [listed]):
            name = one[0] if isinstance(one, list) and one else one
            where = self.source.at("functions", index)
            if not isinstance(name, str) or "/" in name or ".." in name:
                self.problems.error("ruleset-function", where, "this names no function", "Write its name.")
                continue
            self.functions[name.removesuffix(".py")] = load_function(name, folders, where, self.problems)

    # overrides and the rest

    def _overrides(self, value: Mapping[str, Any], base: Ruleset) -> Iterator[Override]:
        listed = value.get("overrides", [])
        for index, one in enumerate(listed if isinstance(listed, list) else [listed]):
            at = ("overrides", index)
            files = one.get("files") if isinstance(one, dict) else None
            if not isinstance(files, list) or not all(isinstance(name, str) for name in files):
                self._wrong(at, "an override needs `files`", "List patterns, such as `legacy/**/*.yaml`.")
                continue
            plain = [name for name in files if "#" not in name]
            ruleset = self._layer(replace(base, overrides=()), one, at, "recommended") if plain else None
            for name in plain:
                yield Override(self.root, name, None, ruleset)
            for name in set(files) - set(plain):
                pattern, _, pointer = name.partition("#")
                levels = self._levels(one, at, base)
                yield Override(self.root, pattern, _tokens(pointer), None, levels)

    def _levels(
        self, value: Mapping[str, Any], at: tuple[object, ...], base: Ruleset
    ) -> dict[str, Level | None]:
        """Severities for a part of a document: that is all that can differ there."""
        found: dict[str, Level | None] = {}
        for code, written in self._object(value, at, "rules").items():
            place = (*at, "rules", code)
            if code not in base.rules:
                self._switched_rule(code, written, place, None)
            elif isinstance(written, dict):
                self._wrong(
                    place, "for a part of a document only the severity can differ", "Write a severity."
                )
            else:
                found[code] = base.rules[code].default if written is True else self._level(written, place)
        return found

    def _excepted(self, value: Mapping[str, Any]) -> Iterator[Override]:
        """`except`, as rulesets had it before `overrides`."""
        for name, codes in self._object(value, (), "except").items():
            if not isinstance(codes, list):
                self._wrong(("except", name), "rules must be listed", "Write the codes of rules as a list.")
                continue
            pattern, _, pointer = name.partition("#")
            yield Override(self.root, pattern, _tokens(pointer), None, {str(code): None for code in codes})

    def _parser(self, value: Mapping[str, Any], at: tuple[object, ...], base: ParserOptions) -> ParserOptions:
        written = self._object(value, at, "parserOptions")
        place = (*at, "parserOptions")
        if "duplicateKeys" in written:
            base = replace(
                base, duplicate_keys=self._level(written["duplicateKeys"], (*place, "duplicateKeys"))
            )
        if "incompatibleValues" in written:
            level = self._level(written["incompatibleValues"], (*place, "incompatibleValues"))
            base = replace(base, incompatible_values=level)
        return base


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


def _narrowed(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    if first is None or second is None:
        return first if second is None else second
    return first & second


def _tokens(pointer: str) -> tuple[str, ...]:
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])
