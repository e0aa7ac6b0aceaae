"""One ruleset file while it is read: what it says at a place, and where to tell what is wrong there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ringwork.kernel.findings import Location
from ringwork.kernel.suggest import did_you_mean
from ringwork.style.formats import NAMES
from ringwork.style.model import LEVELS, Level
from ringwork.style.problems import Problems, Source

# Where something stands in the file.
At = tuple[object, ...]

_OFF = (False, "off", -1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What every part of a ruleset is read with."""

    source: Source
    problems: Problems

    def where(self, at: At, *, key: bool = False) -> Location:
        return self.source.at(*at, key=key)

    def wrong(self, at: At, message: str, help: str, code: str = "ruleset-invalid") -> None:
        self.problems.error(code, self.where(at), message, help)

    def members(self, value: Mapping[str, Any], at: At, key: str) -> Mapping[str, Any]:
        """The object below `key`; empty where there is none."""
        found = value.get(key, {})
        if isinstance(found, dict):
            return found
        self.wrong((*at, key), f"`{key}` must be an object", "Write names and values below it.")
        return {}

    def known_keys(self, value: Mapping[str, Any], at: At, known: tuple[str, ...]) -> None:
        """Warns of names that mean nothing."""
        for key in value.keys() - set(known):
            where, help = self.where((*at, key), key=True), did_you_mean(key, known)
            self.problems.warn("ruleset-key", where, f'"{key}" means nothing here', help)

    def formats(self, value: Mapping[str, Any], at: At) -> frozenset[str] | None:
        """`formats` as they are known here; None where nothing is said."""
        written = value.get("formats")
        if written is None:
            return None
        if not isinstance(written, list):
            self.wrong((*at, "formats"), "`formats` must be a list", "Write `formats: [oas3]`.")
            return None
        found = set()
        for index, name in enumerate(written):
            if isinstance(name, str) and name in NAMES:
                found.add(NAMES[name])
            else:
                place, help = self.where((*at, "formats", index)), did_you_mean(str(name), NAMES)
                self.problems.error("ruleset-format", place, f'there is no format "{name}"', help)
        return frozenset(found)

    def level(self, written: Any, at: At) -> Level | None:
        """None for off."""
        if written is True:
            return Level.WARN
        if (written in _OFF and not isinstance(written, int | float)) or written is False or written == -1:
            return None
        if isinstance(written, (str, int)) and written in LEVELS:
            return LEVELS[written]
        self.wrong(at, f"{written!r} is no severity", "Write error, warn, info, hint, off, true or false.")
        return None
