"""Values a schema describes: examples where it gives them, made up where it does not, the same for the same seed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Literal

from ringwork.mock.document import Document, Json, Schema, as_schema
from ringwork.mock.fitting import fits
from ringwork.mock.flattening import Flattening
from ringwork.mock.numbers import number
from ringwork.mock.texts import PatternUnknown, matching, text

Direction = Literal["request", "response"]

MAX_DEPTH = 24
# Below this, only what is demanded.
_GENEROUS_DEPTH = 5
MAX_VALUES = 10_000
MAX_ITEMS = 1_000
_USUAL_ITEMS = 2
_HIDDEN_FROM: dict[Direction, str] = {"request": "readOnly", "response": "writeOnly"}


class Values:
    """One value after another, from one source of chance. Not for two threads.

    `examples` False: everything is made up. `all_members` False: objects have what is required, and no more.
    """

    def __init__(
        self,
        document: Document,
        random: Random,
        direction: Direction,
        *,
        examples: bool = True,
        all_members: bool = True,
    ) -> None:
        self._document = document
        self._random = random
        self._hidden = _HIDDEN_FROM[direction]
        self._examples = examples
        self._all = all_members
        self._flattening = Flattening(document, lambda _, branches: random.randrange(len(branches)))
        self._left = MAX_VALUES
        self._filled: Mapping[str, Json] = {}
        self._most_items: int | None = None
        self._open: list[str] = []

    def value(
        self, schema: Json, filled: Mapping[str, Json] | None = None, most_items: int | None = None
    ) -> Json:
        """A value of `schema`. `filled`: members of it, or of its items where it is a list, that are known and are
        taken where they fit. `most_items` bounds lists that are the value itself, or members of it.
        """
        self._filled, self._most_items = filled or {}, most_items
        return self._of(schema, 0)

    def _of(self, schema: Json, depth: int, place: Sequence[str] = ()) -> Json:
        """`place`: names of members that lead here; lists do not count."""
        reference = as_schema(schema).get("$ref")
        if not isinstance(reference, str):
            return self._made(schema, depth, place)
        self._open.append(reference)
        try:
            return self._made(schema, depth, place)
        finally:
            self._open.pop()

    def _made(self, schema: Json, depth: int, place: Sequence[str]) -> Json:
        flat = self._flattening.flat(schema)
        given = self._given(flat)
        if given:
            return self._random.choice(given[:8]) if len(given) > 1 else given[0]
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            return _LEAST.get(kind_of(flat))
        match kind_of(flat):
            case "object":
                return self._object(flat, depth, place)
            case "array":
                return self._array(flat, depth, place)
            case "string":
                return text(flat, self._random)
            case "integer":
                return number(flat, self._random, whole=True)
            case "number":
                return number(flat, self._random, whole=False)
            case "boolean":
                return self._random.random() < 0.5
            case _:
                return None

    def _given(self, flat: Schema) -> list[Json]:
        """Values the schema itself names, best first; all that are named where one is as good as another."""
        if "const" in flat:
            return [flat["const"]]
        allowed = flat.get("enum")
        fitting = [one for one in allowed if fits(flat, one)] or allowed if isinstance(allowed, list) else []
        if self._examples:
            listed = flat.get("examples")
            named = [flat[word] for word in ("example", "default") if word in flat]
            for one in [*named[:1], *(listed[:1] if isinstance(listed, list) else ()), *named[1:]]:
                if one is not None and fits(flat, one) and (not fitting or one in fitting):
                    return [one]
        return fitting or []

    def _object(self, flat: Schema, depth: int, place: Sequence[str]) -> dict[str, Json]:
        declared = flat.get("properties", {})
        required = [name for name in flat.get("required", ()) if isinstance(name, str)]
        generous = self._all and depth < _GENEROUS_DEPTH
        made: dict[str, Json] = {}
        for name, schema in declared.items():
            wanted = name in required or (generous and not self._is_circle(schema))
            if wanted and schema is not False and not self._is_hidden(schema):
                made[name] = self._member(name, schema, depth, place)
        for name in required:
            if name not in made and name not in declared:
                made[name] = self._of(flat.get("additionalProperties"), depth + 1, (*place, name))
        self._add_others(flat, made, depth, place)
        return made

    def _member(self, name: str, schema: Json, depth: int, place: Sequence[str]) -> Json:
        made = self._of(schema, depth + 1, (*place, name))
        if place or name not in self._filled:
            return made
        wanted = self._filled[name]
        if isinstance(made, dict) and isinstance(wanted, Mapping):
            return made | {
                key: wanted[key] for key in made if key in wanted and type(made[key]) is type(wanted[key])
            }
        return wanted if fits(self._flattening.flat(schema), wanted) else made

    def _add_others(self, flat: Schema, made: dict[str, Json], depth: int, place: Sequence[str]) -> None:
        """Members nobody named: as many as are demanded, and one of a map, so that one sees what it is."""
        least = flat.get("minProperties", 0)
        patterns = flat.get("patternProperties")
        for pattern, schema in patterns.items() if isinstance(patterns, dict) else ():
            if self._all and depth < _GENEROUS_DEPTH:
                with contextlib.suppress(PatternUnknown):
                    name = matching(pattern, self._random, most=100)
                    made.setdefault(name, self._of(schema, depth + 1, (*place, "*")))
        others = flat.get("additionalProperties")
        if others is False:
            return
        shown = isinstance(others, dict) and not made and self._all and depth < _GENEROUS_DEPTH
        wanted = max(least if isinstance(least, int) else 0, 1 if shown else 0)
        while len(made) < min(wanted, MAX_ITEMS):
            made[f"key{len(made) + 1}"] = self._of(others, depth + 1, (*place, "*"))

    def _array(self, flat: Schema, depth: int, place: Sequence[str]) -> list[Json]:
        listed = flat.get("prefixItems")
        first = listed[:MAX_ITEMS] if isinstance(listed, list) else []
        made = [self._of(schema, depth + 1, place) for schema in first]
        items = flat.get("items")
        if items is False or (items is None and made):
            return made
        # Items are filled like the value itself: what a list holds is what the request asked about.
        at = place if len(place) > 1 else ()
        for _ in range(self._count(flat, depth, place) - len(made)):
            one = self._of(items, depth + 1, at)
            if not (flat.get("uniqueItems") is True and one in made):
                made.append(one)
        return made

    def _count(self, flat: Schema, depth: int, place: Sequence[str]) -> int:
        least, most = flat.get("minItems", 0), flat.get("maxItems", MAX_ITEMS)
        least = least if isinstance(least, int) else 0
        most = most if isinstance(most, int) else MAX_ITEMS
        usual = _USUAL_ITEMS if depth < _GENEROUS_DEPTH and not self._is_circle(flat.get("items")) else 0
        if self._most_items is not None and len(place) < 2:
            most = min(most, max(self._most_items, least))
        return max(0, min(max(least, usual), most, MAX_ITEMS))

    def _is_circle(self, schema: Json) -> bool:
        """Whether making it would begin again with what is being made."""
        reference = as_schema(schema).get("$ref")
        if isinstance(reference, str) and reference in self._open:
            return True
        items = as_schema(schema).get("items")
        return items is not None and self._is_circle(items)

    def _is_hidden(self, schema: Json) -> bool:
        return self._document.resolved(schema).get(self._hidden) is True


_LEAST: Mapping[str, Any] = {
    "object": {},
    "array": [],
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
}


def kind_of(flat: Schema) -> str:
    """The JSON type a value of a flat schema gets; `null` only where nothing else is allowed."""
    for kind in flat["types"]:
        if kind != "null":
            return str(kind)
    if flat["types"]:
        return "null"
    if any(word in flat for word in ("properties", "additionalProperties", "required", "patternProperties")):
        return "object"
    if "items" in flat or "prefixItems" in flat:
        return "array"
    if any(word in flat for word in ("minimum", "maximum", "multipleOf")):
        return "number"
    return "string"
