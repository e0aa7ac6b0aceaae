"""Whether a value is what a flat schema says: the keywords people notice, without looking into members."""

from __future__ import annotations

import re
from functools import lru_cache

from ringwork.mock.document import Json, Schema
from ringwork.mock.numbers import is_number

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
# A longer text is not searched: Python's regular expressions go back and forth.
_SEARCHED_CHARACTERS = 1_000


def fits(flat: Schema, value: Json) -> bool:
    return misfit(flat, value) is None


def misfit(flat: Schema, value: Json) -> str | None:
    """What is wrong with it, for people; None: nothing."""
    if flat["types"] and not any(_is_of(kind, value) for kind in flat["types"]):
        return f"is no {' or '.join(flat['types'])}"
    if isinstance(flat.get("enum"), list) and value not in flat["enum"]:
        return f"is none of {', '.join(map(str, flat['enum'][:10]))}"
    if "const" in flat and value != flat["const"]:
        return f"is not {flat['const']}"
    if isinstance(value, str):
        return _misfit_of_text(flat, value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _misfit_of_number(flat, value)
    return None


def read(flat: Schema, text: str) -> Json:
    """The value a text in a URL or header stands for: what `types` allow, first; the text itself otherwise."""
    for kind in flat["types"]:
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
        if kind == "integer" and re.fullmatch(r"-?\d{1,30}", text):
            return int(text)
        if kind == "number" and re.fullmatch(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?", text):
            return float(text) if not re.fullmatch(r"-?\d+", text) else int(text)
    return text


def _is_of(kind: str, value: Json) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(kind, (object,)))


def _misfit_of_text(flat: Schema, value: str) -> str | None:
    least, most = flat.get("minLength"), flat.get("maxLength")
    if isinstance(least, int) and len(value) < least:
        return f"is shorter than {least} characters"
    if isinstance(most, int) and len(value) > most:
        return f"is longer than {most} characters"
    pattern = flat.get("pattern")
    if isinstance(pattern, str) and len(value) <= _SEARCHED_CHARACTERS:
        compiled = _compiled(pattern)
        if compiled is not None and not compiled.search(value):
            return f"does not match {pattern}"
    return None


def _misfit_of_number(flat: Schema, value: float) -> str | None:
    lowest, highest = flat.get("minimum"), flat.get("maximum")
    below, above = flat.get("exclusiveMinimum"), flat.get("exclusiveMaximum")
    if is_number(lowest) and (value < lowest or (below is True and value == lowest)):
        return f"is less than {lowest}"
    if is_number(highest) and (value > highest or (above is True and value == highest)):
        return f"is more than {highest}"
    if is_number(below) and value <= below:
        return f"is not more than {below}"
    if is_number(above) and value >= above:
        return f"is not less than {above}"
    return None


@lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for what Python cannot read: ECMA 262 knows more."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
