"""Bodies with all that a schema declares, and more: undeclared members at every depth, each branch of each union."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

from ringwork.mock.document import MAX_REFERENCES, Document, Json, Schema, as_schema
from ringwork.mock.texts import PatternUnknown, matching
from ringwork.sweep.marks import mark_of
from ringwork.sweep.tokens import Tokens
from ringwork.sweep.values import Value, Way

MAX_LEAVES = 2_000
MAX_DEPTH = 12
# How often one schema is written out in one body; then its members are left out.
_MOST_OF_A_SCHEMA = 3
# Bodies of one schema; a union with more branches is not gone through whole.
MAX_BODIES = 16


class Coverage:
    """What was chosen at each union, enum and list of types: the least used is next."""

    def __init__(self) -> None:
        self._used: Counter[tuple[Any, ...]] = Counter()
        self.news = 0

    def next(self, where: tuple[Any, ...], count: int) -> int:
        chosen = min(range(count), key=lambda number: self._used[*where, number])
        self.news += self._used[*where, chosen] == 0
        self._used[*where, chosen] += 1
        return chosen


class Everything:
    """For one document."""

    def __init__(self, document: Document, tokens: Tokens) -> None:
        self._document = document
        self._tokens = tokens
        self._heirs = _heirs(document)

    def bodies(self, schema: Json) -> Iterable[Value]:
        """Until nothing new comes, MAX_BODIES at most."""
        coverage = Coverage()
        for _ in range(MAX_BODIES):
            before = coverage.news
            body = _Body(self._document, self._heirs, self._tokens, coverage)
            yield body.value(None, "root", "", (schema,), 0)
            if coverage.news == before:
                return


class _Gathered:
    """The schemas of one value: without references, one way through unions."""

    def __init__(self) -> None:
        self.described: list[Schema] = []
        self.others: list[Schema] = []
        self.holders: dict[int, Schema] = {}
        self.taken: set[int] = set()
        self.fixed: dict[str, str] = {}


class _Body:
    """One body being made."""

    def __init__(
        self, document: Document, heirs: Mapping[str, Sequence[str]], tokens: Tokens, coverage: Coverage
    ) -> None:
        self._document = document
        self._heirs = heirs
        self._tokens = tokens
        self._coverage = coverage
        self._leaves = 0
        self._written: Counter[str] = Counter()

    def value(self, parent: Value | None, way: Way, name: str, schemas: Iterable[Json], depth: int) -> Value:
        gathered = _Gathered()
        for schema in schemas:
            self._gather(gathered, schema, None, None, 0)
        value = Value(
            parent,
            way,
            name,
            tuple(gathered.described),
            tuple(gathered.others),
            gathered.holders,
            frozenset(gathered.taken),
        )
        self._fill(value, gathered, depth)
        return value

    def _gather(
        self, into: _Gathered, schema: Json, named: str | None, holder: Schema | None, depth: int
    ) -> None:
        """`holder`: the schema that has this one among its `allOf`, `oneOf` or `anyOf`."""
        schema = as_schema(schema)
        if depth > MAX_REFERENCES or any(schema is one for one in into.described):
            return
        reference = schema.get("$ref")
        if isinstance(reference, str):
            chosen = self._heir(schema, reference) if named is None else reference
            if chosen != reference:  # what stands for the base is described by the base too
                self._gather(into, self._document.at(reference), chosen, holder, depth + 1)
            self._gather(into, self._document.at(chosen), named or chosen, holder, depth + 1)
            if self._document.is_3_0:
                return
        if mark_of(schema) is not None:
            into.described.append(schema)
        if holder is not None:
            into.holders.setdefault(id(schema), holder)
        self._fix(into, schema, named)
        for branch in _listed(schema, "allOf"):
            self._gather(into, branch, named or "", schema, depth + 1)
        for keyword in ("oneOf", "anyOf"):
            self._gather_union(into, schema, keyword, depth)
        for keyword in ("then", "else"):
            if "if" in schema and keyword in schema:
                self._gather_beside(into, schema[keyword], None, depth)

    def _heir(self, schema: Schema, reference: str) -> str:
        """A base with a discriminator stands for each of its heirs, and for itself."""
        heirs = self._heirs.get(reference, ())
        return (
            [reference, *heirs][self._coverage.next(("heir", reference), len(heirs) + 1)]
            if heirs
            else reference
        )

    def _gather_union(self, into: _Gathered, schema: Schema, keyword: str, depth: int) -> None:
        branches = _listed(schema, keyword)
        if not branches:
            return
        where = (keyword, mark_of(schema))
        chosen = self._coverage.next(where, len(branches))
        branch = as_schema(branches[chosen])
        reference = branch.get("$ref")
        into.taken.add(id(self._document.resolved(branch)))
        self._gather(into, branch, reference if isinstance(reference, str) else "", schema, depth + 1)
        if "discriminator" in schema and isinstance(reference, str):
            self._fix(into, schema, reference)
            return
        for number, other in enumerate(branches):
            if number != chosen:
                self._gather_beside(into, other, schema, depth)

    def _gather_beside(self, into: _Gathered, schema: Json, holder: Schema | None, depth: int) -> None:
        """All a branch that was not taken says of this value, its own unions included."""
        schema = self._document.resolved(as_schema(schema))
        if depth > MAX_REFERENCES or any(schema is one for one in into.others):
            return
        into.others.append(schema)
        if holder is not None:
            into.holders.setdefault(id(schema), holder)
        for keyword in ("allOf", "oneOf", "anyOf"):
            for branch in _listed(schema, keyword):
                self._gather_beside(into, branch, schema, depth + 1)

    def _fix(self, into: _Gathered, schema: Schema, reference: str | None) -> None:
        """The property of a discriminator says which schema this is."""
        discriminator = schema.get("discriminator")
        if not reference or not isinstance(discriminator, dict):
            return
        mapping = discriminator.get("mapping")
        known = {str(to): name for name, to in mapping.items()} if isinstance(mapping, dict) else {}
        plain = reference.rpartition("/")[2]
        into.fixed[str(discriminator.get("propertyName"))] = known.get(reference, known.get(plain, plain))

    def _fill(self, value: Value, gathered: _Gathered, depth: int) -> None:
        kind = self._kind(value.described)
        if kind == "object":
            value.is_container = True
            self._fill_object(value, gathered, depth)
        elif kind == "array":
            value.is_container = value.is_list = True
            self._fill_array(value, depth)
        else:
            self._leaves += 1
            value.scalar = self._scalar(value.described, kind)

    def _kind(self, described: Sequence[Schema]) -> str:
        kinds = [kinds for schema in described if (kinds := _kinds(schema))]
        allowed = [kind for kind in kinds[0] if all(_allows(other, kind) for other in kinds)] if kinds else []
        if not allowed:
            is_empty = all(schema.keys() <= {"description", "title"} for schema in described)
            allowed = ["string", "object"] if is_empty and described else ["string"]
        return allowed[self._coverage.next(("kind", *map(mark_of, described)), len(allowed))]

    def _scalar(self, described: Sequence[Schema], kind: str) -> Json:
        for schema in described:
            if "const" in schema:
                return schema["const"]
            values = [one for one in _listed(schema, "enum") if not isinstance(one, dict | list)]
            if values:
                return values[self._coverage.next(("enum", mark_of(schema)), len(values))]
        match kind:
            case "integer" | "number":
                return self._tokens.number()
            case "boolean":
                return bool(self._coverage.next(("boolean", *map(mark_of, described)), 2))
            case "null":
                return None
            case _:
                return self._tokens.text()

    def _fill_object(self, value: Value, gathered: _Gathered, depth: int) -> None:
        for name in dict.fromkeys(name for schema in value.described for name in _map(schema, "properties")):
            schemas = [
                _map(one, "properties")[name] for one in value.described if name in _map(one, "properties")
            ]
            if name in gathered.fixed:
                described = tuple(map(self._document.resolved, schemas))
                value.children.append(Value(value, "declared", name, described, scalar=gathered.fixed[name]))
            elif self._may_go_on(schemas, depth):
                value.children.append(self.value(value, "declared", name, schemas, depth + 1))
        self._add_others(value, depth)

    def _add_others(self, value: Value, depth: int) -> None:
        """Members nobody named: by pattern, of a map, or undeclared where no schema lets any be."""
        is_open = False
        for schema in value.described:
            for pattern, described in _map(schema, "patternProperties").items():
                is_open = True
                self._add_by_pattern(value, pattern, described, depth)
            others = schema.get("additionalProperties", schema.get("unevaluatedProperties"))
            if isinstance(others, dict) and others.keys() <= {"description"}:
                others = True  # the same, said longer
            if others is True or isinstance(others, dict):
                is_open = True
                if self._may_go_on([others], depth):
                    value.children.append(self.value(value, "map", self._tokens.text(), [others], depth + 1))
        if not is_open and self._leaves < MAX_LEAVES:
            self._leaves += 1
            name = f"undeclared-{self._tokens.text()}"
            value.children.append(Value(value, "undeclared", name, (), scalar=self._tokens.text()))

    def _add_by_pattern(self, value: Value, pattern: str, schema: Json, depth: int) -> None:
        try:
            name = matching(pattern, Random(len(value.children)), most=100)
        except PatternUnknown:
            return
        if name not in {child.name for child in value.children} and self._may_go_on([schema], depth):
            child = self.value(value, "pattern", name, [schema], depth + 1)
            child.pattern = pattern
            value.children.append(child)

    def _fill_array(self, value: Value, depth: int) -> None:
        """One item: where one is left out, others would change their places."""
        for schema in value.described:
            places = _listed(schema, "prefixItems")
            if places:
                for number, place in enumerate(places):
                    value.children.append(self.value(value, "place", str(number), [place], depth + 1))
                return
        items = [schema["items"] for schema in value.described if "items" in schema]
        if items and self._may_go_on(items, depth):
            value.children.append(self.value(value, "item", "0", items, depth + 1))

    def _may_go_on(self, schemas: Sequence[Json], depth: int) -> bool:
        if self._leaves >= MAX_LEAVES or depth >= MAX_DEPTH:
            return False
        for schema in schemas:
            reference = as_schema(schema).get("$ref", as_schema(as_schema(schema).get("items")).get("$ref"))
            if isinstance(reference, str):
                self._written[reference] += 1
                if self._written[reference] > _MOST_OF_A_SCHEMA:
                    return False
        return True


def _heirs(document: Document) -> dict[str, list[str]]:
    """Reference of a base with a discriminator and no union of its own → references of those that include it."""
    heirs: dict[str, list[str]] = {}
    schemas = document.members(document.members(document.root, "components"), "schemas")
    for name, schema in schemas.items():
        for branch in _listed(as_schema(schema), "allOf"):
            reference = as_schema(branch).get("$ref")
            base = document.resolved(branch) if isinstance(reference, str) else {}
            if "discriminator" in base and not {"oneOf", "anyOf"} & base.keys():
                token = name.replace("~", "~0").replace("/", "~1")
                heirs.setdefault(str(reference), []).append(f"#/components/schemas/{token}")
    return heirs


def _kinds(schema: Schema) -> list[str]:
    """JSON types a schema names or is plainly about; empty: any."""
    said = schema.get("type")
    kinds = [one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str)]
    if not kinds and any(
        word in schema for word in ("properties", "additionalProperties", "patternProperties")
    ):
        kinds = ["object"]
    if not kinds and ("items" in schema or "prefixItems" in schema):
        kinds = ["array"]
    return [*kinds, "null"] if schema.get("nullable") is True and kinds else kinds


def _allows(kinds: Sequence[str], kind: str) -> bool:
    return kind in kinds or (kind == "integer" and "number" in kinds)


def _map(schema: Schema, keyword: str) -> dict[str, Json]:
    found = schema.get(keyword)
    return found if isinstance(found, dict) else {}


def _listed(schema: Schema, keyword: str) -> list[Json]:
    listed = schema.get(keyword)
    return listed if isinstance(listed, list) else []
