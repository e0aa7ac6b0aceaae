"""`overrides`, `except`, `parserOptions`: what differs for some files, or for parts of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ringwork.style.model import Level, Override, ParserOptions, Ruleset
from ringwork.style.reading.asked import Asked, At
from ringwork.style.reading.rules import switched_rule

# A ruleset with the layer that stands at a place laid over it.
Layer = Callable[[Ruleset, Mapping[str, Any], At], Ruleset]


def read_overrides(
    asked: Asked, value: Mapping[str, Any], base: Ruleset, root: Path, layer: Layer
) -> Iterator[Override]:
    """What a ruleset of the folder `root` says of files."""
    listed = value.get("overrides", [])
    for index, one in enumerate(listed if isinstance(listed, list) else [listed]):
        at = ("overrides", index)
        files = one.get("files") if isinstance(one, dict) else None
        if not isinstance(files, list) or not all(isinstance(name, str) for name in files):
            help = "List patterns, such as `legacy/**/*.yaml`."
            asked.wrong(at, "an override needs `files`", help)
            continue
        plain = [name for name in files if "#" not in name]
        ruleset = layer(replace(base, overrides=()), one, at) if plain else None
        for name in plain:
            yield Override(root, name, None, ruleset)
        for name in set(files) - set(plain):
            pattern, _, pointer = name.partition("#")
            yield Override(root, pattern, _tokens(pointer), None, _levels(asked, one, at, base))


def read_exceptions(asked: Asked, value: Mapping[str, Any], root: Path) -> Iterator[Override]:
    """`except`, as rulesets had it before `overrides`."""
    for name, codes in asked.members(value, (), "except").items():
        if not isinstance(codes, list):
            asked.wrong(("except", name), "rules must be listed", "Write the codes of rules as a list.")
            continue
        pattern, _, pointer = name.partition("#")
        yield Override(root, pattern, _tokens(pointer), None, {str(code): None for code in codes})


def read_parser_options(asked: Asked, value: Mapping[str, Any], at: At, base: ParserOptions) -> ParserOptions:
    """How bad what the parser finds is."""
    written = asked.members(value, at, "parserOptions")
    names = {"duplicateKeys": "duplicate_keys", "incompatibleValues": "incompatible_values"}
    levels = {
        name: asked.level(written[key], (*at, "parserOptions", key))
        for key, name in names.items()
        if key in written
    }
    return replace(base, **levels)


def _levels(asked: Asked, value: Mapping[str, Any], at: At, base: Ruleset) -> dict[str, Level | None]:
    """Severities for a part of a document: that is all that can differ there."""
    found: dict[str, Level | None] = {}
    for code, written in asked.members(value, at, "rules").items():
        place = (*at, "rules", code)
        if code not in base.rules:
            switched_rule(asked, code, written, place, None)
        elif isinstance(written, dict):
            help = "Write a severity."
            asked.wrong(place, "for a part of a document only the severity can differ", help)
        else:
            found[code] = base.rules[code].default if written is True else asked.level(written, place)
    return found


def _tokens(pointer: str) -> tuple[str, ...]:
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])
