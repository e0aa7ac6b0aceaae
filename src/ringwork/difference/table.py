"""Ids and levels of oasdiff 1.33, recorded: what ours are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from ringwork.difference.model import Level

VERSION = "1.33.0"


def _read() -> Mapping[str, Level]:
    text = files("ringwork.difference").joinpath("oasdiff.txt").read_text("utf-8")
    lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return MappingProxyType({id: Level[level.upper()] for id, level in lines})


OASDIFF: Mapping[str, Level] = _read()
