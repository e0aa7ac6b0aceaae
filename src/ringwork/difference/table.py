"""Every id there is, with the level oasdiff 1.33 gives it and ours: what is published, and what tests hold us to."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from ringwork.difference.model import Level
from ringwork.kernel.findings import Severity

VERSION = "1.33.0"


def _read() -> dict[str, tuple[Level | None, Level | None]]:
    text = files("ringwork.difference").joinpath("ids.txt").read_text("utf-8")
    lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {id: (_level(theirs), _level(ours)) for id, theirs, ours in lines}


def _level(word: str) -> Level | None:
    return None if word == "-" else Severity[word.upper()]


# Theirs and ours; None where one of both has no such rule.
IDS: Mapping[str, tuple[Level | None, Level | None]] = MappingProxyType(_read())
OASDIFF: Mapping[str, Level] = {id: theirs for id, (theirs, _) in IDS.items() if theirs is not None}
