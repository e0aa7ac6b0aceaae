"""Values that are found again wherever they arrive."""

from __future__ import annotations

import re

_PREFIX = "rwt"
_TOKEN = re.compile(rf"{_PREFIX}[0-9a-f]{{10}}q")
_FIRST_NUMBER = 1_000_000_000


class Tokens:
    """No two of one sweep are the same."""

    def __init__(self) -> None:
        self._count = 0

    def text(self) -> str:
        self._count += 1
        return f"{_PREFIX}{self._count:010x}q"

    def number(self) -> int:
        self._count += 1
        return _FIRST_NUMBER + self._count


def is_token(value: object) -> bool:
    """Whether a value says by itself which one it is."""
    if isinstance(value, str):
        return _TOKEN.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool) and value > _FIRST_NUMBER


def texts_in(text: str) -> set[str]:
    """Every text token anywhere in `text`."""
    return set(_TOKEN.findall(text))
