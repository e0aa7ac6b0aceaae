"""Strings a schema describes: by pattern, by format, or plain words of the right length."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import rstr

from ringwork.mock.document import Json, Schema

MAX_CHARACTERS = 10_000
# `*` and `+` stand for a few.
_FEW = 5
# Where a length is demanded, all repetitions in a pattern are tried with each number up to this one.
_MOST_TRIED = 256
_WORDS = (
    *("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbour", "island", "juniper"),
    *("kestrel", "linden", "meadow", "north", "orchard", "pebble", "quarry", "river", "stone", "willow"),
)
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class PatternUnknown(Exception):
    """A regular expression nothing can be made from."""


class _FewRepeats(rstr.Rstr):
    """rstr, with repetitions a person would write; they nest, so what they come to has a bound."""

    def __init__(self, random: Random, repeats: range) -> None:
        super().__init__(random)
        self._repeats = repeats
        self._left = MAX_CHARACTERS

    def _handle_repeat(self, start_range: int, end_range: int, value: Any) -> str:
        times = max(start_range, min(end_range, start_range + self._random.choice(self._repeats)))
        self._left -= times
        if self._left < 0:
            raise PatternUnknown
        return "".join("".join(self._handle_state(state) for state in value) for _ in range(times))


def text(schema: Schema, random: Random) -> str:
    """A string that fits, wherever one was found; never longer than MAX_CHARACTERS."""
    pattern = schema.get("pattern")
    least, most = lengths(schema)
    if isinstance(pattern, str):
        try:
            return matching(pattern, random, least, most)
        except PatternUnknown:
            pass
    form = _FORMATS.get(str(schema.get("format")))
    if form is not None:
        made = form(random)
        return made if least <= len(made) <= most else _of_length(made, least, most)
    return _of_length(" ".join(random.sample(_WORDS, 2)), least, most)


def lengths(schema: Schema) -> tuple[int, int]:
    """In characters, within what is ever made."""
    least, most = _count(schema.get("minLength"), 0), _count(schema.get("maxLength"), MAX_CHARACTERS)
    return min(least, MAX_CHARACTERS), min(most, MAX_CHARACTERS)


def matching(pattern: str, random: Random, least: int = 0, most: int = MAX_CHARACTERS) -> str:
    """A string of that length the pattern is found in. Raises PatternUnknown."""
    try:
        compiled = re.compile(pattern)
        exactly = (range(times, times + 1) for times in range(min(least, _MOST_TRIED) + 1))
        for repeats in (*[range(_FEW)] * 5, *exactly):
            made = _FewRepeats(random, repeats).xeger(pattern)
            if least <= len(made) <= most and compiled.search(made):
                return made
    except (re.error, LookupError, ValueError, OverflowError, RecursionError) as error:
        raise PatternUnknown from error
    raise PatternUnknown


def _of_length(made: str, least: int, most: int) -> str:
    filled = made + ("x" * (least - len(made)))
    return filled[:most]


def _count(value: Json, otherwise: int) -> int:
    return max(0, int(value)) if isinstance(value, int | float) and value < 2**31 else otherwise


def _moment(random: Random) -> datetime:
    return _EPOCH + timedelta(minutes=random.randrange(365 * 24 * 60))


def _word(random: Random) -> str:
    return random.choice(_WORDS)


def _host(random: Random) -> str:
    return f"{_word(random)}.example.com"


def _uri(random: Random) -> str:
    return f"https://{_host(random)}/{_word(random)}"


def _bytes(random: Random) -> str:
    return base64.b64encode(random.randbytes(12)).decode()


# JSON Schema validation section 7.3, and what OpenAPI's format registry adds. Hosts and addresses are those that
# are set aside for examples (RFC 2606, 5737, 3849).
_FORMATS: dict[str, Callable[[Random], str]] = {
    "date-time": lambda random: _moment(random).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "date": lambda random: _moment(random).strftime("%Y-%m-%d"),
    "time": lambda random: _moment(random).strftime("%H:%M:%SZ"),
    "duration": lambda random: f"PT{random.randint(1, 59)}M",
    "email": lambda random: f"{_word(random)}@example.com",
    "idn-email": lambda random: f"{_word(random)}@example.com",
    "hostname": _host,
    "idn-hostname": _host,
    "ipv4": lambda random: f"192.0.2.{random.randint(1, 254)}",
    "ipv6": lambda random: f"2001:db8::{random.randint(1, 0xFFFF):x}",
    "uri": _uri,
    "url": _uri,
    "iri": _uri,
    "uri-reference": lambda random: f"/{_word(random)}",
    "iri-reference": lambda random: f"/{_word(random)}",
    "uri-template": lambda random: f"/{_word(random)}/{{id}}",
    "uuid": lambda random: str(UUID(int=random.getrandbits(128), version=4)),
    "json-pointer": lambda random: f"/{_word(random)}",
    "relative-json-pointer": lambda random: f"0/{_word(random)}",
    "regex": lambda random: f"^{_word(random)}$",
    "byte": _bytes,
    "binary": _bytes,
}
