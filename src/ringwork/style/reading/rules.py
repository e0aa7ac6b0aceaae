"""`rules`: one rule, as it is defined, changed or switched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ringwork.style.model import Level, Rule
from ringwork.style.reading.asked import Asked, At
from ringwork.style.reading.functions import Functions, read_then
from ringwork.style.reading.paths import Aliases, read_given

_KEYS = (
    "description", "documentationUrl", "enabled", "extensions", "formats", "given", "message", "recommended",
    "resolved", "severity", "summary", "tags", "then", "type",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Around:
    """What a layer says for all its rules. `wanted`: which are on: recommended, all or off."""

    aliases: Aliases
    functions: Functions
    formats: frozenset[str] | None
    wanted: str


def read_rule(
    asked: Asked, code: str, written: Any, at: At, known: Rule | None, around: Around
) -> Rule | None:
    """The rule of a code, which one that is extended may have (`known`); None after telling what is wrong."""
    if not isinstance(written, dict):
        return switched_rule(asked, code, written, at, known)
    asked.known_keys(written, at, _KEYS)
    missing = [name for name in ("given", "then") if name not in written]
    if known is None and missing:
        help = "Say what it is about and what it demands."
        asked.wrong(at, f'the rule "{code}" has no `{missing[0]}`', help)
        return None
    blank = Rule(code, (), (), Level.WARN, asked.where(at), formats=around.formats)
    rule = replace(known or blank, where=asked.where(at, key=True))
    rule = replace(rule, **_checks(asked, written, at, around), **_texts(written))
    default = _default(asked, written, at, known)
    on = known is not None or around.wanted == "all" or (around.wanted == "recommended" and rule.recommended)
    return replace(rule, default=default, level=default if on else None)


def switched_rule(asked: Asked, code: str, written: Any, at: At, known: Rule | None) -> Rule | None:
    """`code: off`, `code: error`, `code: true`"""
    if known is None:
        help = "Define it, or extend the ruleset that does."
        asked.wrong(at, f'there is no rule "{code}" to change', help, "ruleset-rule-unknown")
        return None
    if written is True:
        return replace(known, level=known.default)
    return replace(known, level=asked.level(written, at))


def _checks(asked: Asked, written: Mapping[str, Any], at: At, around: Around) -> dict[str, Any]:
    """What it is about and what it demands, as far as it says."""
    found: dict[str, Any] = {}
    if "given" in written:
        found["given"] = read_given(asked, written["given"], (*at, "given"), around.aliases)
    if "then" in written:
        found["then"] = tuple(read_then(asked, written["then"], (*at, "then"), around.functions))
    formats = asked.formats(written, at)
    if formats is not None:
        found["formats"] = formats
    found |= {key: written[key] is not False for key in ("recommended", "resolved") if key in written}
    return found


def _texts(written: Mapping[str, Any]) -> dict[str, Any]:
    names = {"message": "message", "description": "description", "documentationUrl": "documentation_url"}
    return {name: written[key] for key, name in names.items() if isinstance(written.get(key), str)}


def _default(asked: Asked, written: Mapping[str, Any], at: At, known: Rule | None) -> Level:
    if "severity" not in written:
        return known.default if known is not None else Level.WARN
    level = asked.level(written["severity"], (*at, "severity"))
    return Level.WARN if level is None else level
