"""Two documents, operation by operation: what changed outside of schemas, and where which schemas are used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ringwork.difference import bodies, lifecycle, parameters, responses, security
from ringwork.difference.model import Change, Direction, Effect
from ringwork.difference.parts import Part, same
from ringwork.difference.schemas import Pair, Schemas
from ringwork.difference.uses import Operation, Use

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PARAMETER = re.compile(r"\{[^{}]*\}")
# Callbacks within callbacks.
_MAX_CALLBACKS = 8


@dataclass
class Comparison:
    """What was found: changes of an operation or of the document, and pairs of schemas with where they are used."""

    schemas: Schemas = field(default_factory=Schemas)
    direct: list[tuple[Use, Change]] = field(default_factory=list)
    used: list[tuple[Use, Pair]] = field(default_factory=list)
    # Parts several operations share are compared once.
    shared: dict[tuple[str, int, int], list[Change]] = field(default_factory=dict)
    # What either document demands where an operation says nothing.
    demanded: tuple[list[security.Demand], list[security.Demand]] = ([], [])

    def say(self, operation: Operation, change: Change, direction: Direction = Direction.REQUEST) -> None:
        self.direct.append((Use(operation, direction, direction, "", subject_of(operation)), change))

    def say_at(self, use: Use, changes: list[Change]) -> None:
        self.direct += [(use, change) for change in changes]

    def once(self, kind: str, old: Part, new: Part, find: Callable[[], Iterator[Change]]) -> list[Change]:
        key = kind, old.number, new.number
        if key not in self.shared:
            self.shared[key] = list(find())
        return self.shared[key]

    def use(self, use: Use, old: Part | None, new: Part | None) -> None:
        pair = self.schemas.pair(old, new) if old is not None and new is not None else None
        if pair is not None:
            self.used.append((use, pair))


def subject_of(operation: Operation) -> str:
    return "the operation" if operation.method else "the document"


def compare_operations(old: Part, new: Part) -> Comparison:
    """All of two documents but what their schemas hold; `schemas.settle()` is done."""
    found = Comparison(demanded=(security.demands(old) or [], security.demands(new) or []))
    _compare_paths(found, old, new)
    _compare_webhooks(found, old, new)
    for change in security.document_changes(old, new):
        section = "security" if change.slug.startswith("api-global") else "components"
        found.say(Operation(section=section), change)
    there = new.get_below("components", "schemas")
    for name, schema in old.get_below("components", "schemas").items():
        if name not in there:
            said = f"schema `{name}` was removed"
            found.say(
                Operation(section="components"),
                Change("api-schema-removed", Effect.NOTHING, said, schema, None),
            )
    found.schemas.settle()
    return found


def _shape(path: str) -> str:
    """A path with the names of its parameters taken out: renaming one changes no URL."""
    return _PARAMETER.sub("{}", path)


def _compare_paths(found: Comparison, old: Part, new: Part) -> None:
    before, after = old.below("paths"), new.below("paths")
    shapes = {_shape(path): path for path in after if path not in before}
    renamed = {path: shapes[_shape(path)] for path in before if path not in after and _shape(path) in shapes}
    for path, item in before.items():
        there = renamed.get(path, path)
        if there not in after:
            _path_removed(found, path, item)
        elif not (path == there and same(item, after[there])):
            _compare_items(found, (path, there), item, after[there], "paths", inverted=False)
    came = after.keys() - before.keys() - set(renamed.values())
    for path in after:
        if path in came:
            for method, operation in _operations(after[path]):
                found.say(_named(method, path, operation), _endpoint_added(operation))


def _endpoint_added(operation: Part) -> Change:
    return Change("endpoint-added", Effect.NOTHING, "was added", None, operation)


def _path_removed(found: Comparison, path: str, item: Part) -> None:
    for method, operation in _operations(item):
        for change in lifecycle.removed(operation, whole_path=True):
            found.say(_named(method, path, operation), change)


def _operations(item: Part) -> Iterator[tuple[str, Part]]:
    for method in METHODS:
        operation = item.get(method)
        if operation is not None and operation.kind == "object":
            yield method, operation


def _named(method: str, path: str, operation: Part, section: str = "paths") -> Operation:
    return Operation(method.upper(), path, operation.text("operationId") or "", section)


def _compare_webhooks(found: Comparison, old: Part, new: Part) -> None:
    before, after = old.below("webhooks"), new.below("webhooks")
    for name in before.keys() | after.keys():
        where = Operation(path=name, section="webhooks")
        if name not in after:
            said = f"webhook `{name}` was removed"
            found.say(where, Change("webhook-removed", Effect.BREAKS, said, before[name], None))
        elif name not in before:
            said = f"webhook `{name}` was added"
            found.say(where, Change("webhook-added", Effect.NOTHING, said, None, after[name]))
        elif not same(before[name], after[name]):
            _compare_items(found, (name, name), before[name], after[name], "webhooks", inverted=True)


def _compare_items(
    found: Comparison,
    paths: tuple[str, str],
    old: Part,
    new: Part,
    section: str,
    *,
    inverted: bool,
    depth: int = 0,
) -> None:
    before, after = dict(_operations(old)), dict(_operations(new))
    for method, operation in before.items():
        if method not in after:
            for change in lifecycle.removed(operation, whole_path=False):
                found.say(_named(method, paths[0], operation, section), change)
    for method, operation in after.items():
        where = _named(method, paths[1], operation, section)
        if method not in before:
            found.say(where, _endpoint_added(operation))
        else:
            sides = _Sides(where, paths, (old, new), (before[method], operation), inverted)
            _compare_operation(found, sides)
            if depth < _MAX_CALLBACKS:
                _compare_callbacks(found, sides, depth + 1)


@dataclass(frozen=True, slots=True)
class _Sides:
    where: Operation
    paths: tuple[str, str]
    items: tuple[Part, Part]
    operations: tuple[Part, Part]
    inverted: bool


def _compare_operation(found: Comparison, sides: _Sides) -> None:
    old, new = sides.operations
    for change in (
        *lifecycle.changes(old, new),
        *_labels(old, new),
        *security.operation_changes(old, new, found.demanded),
    ):
        found.say(sides.where, change)
    requests = Direction.RESPONSE if sides.inverted else Direction.REQUEST
    answers = Direction.REQUEST if sides.inverted else Direction.RESPONSE
    parameters.compare(found, sides.where, requests, sides.paths, sides.items, sides.operations)
    bodies.compare(found, sides.where, requests, old.get("requestBody"), new.get("requestBody"))
    responses.compare(found, sides.where, answers, old, new)


def _labels(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.text("operationId"), new.text("operationId")
    if before and before != after:
        said = f"operationId `{before}` was removed" + (f", it is `{after}` now" if after else "")
        yield Change("api-operation-id-removed", Effect.NOTHING, said, old, new)
    elif after and not before:
        yield Change("api-operation-id-added", Effect.NOTHING, f"operationId `{after}` was added", old, new)
    tags = [[tag for tag in part.value("tags") or () if isinstance(tag, str)] for part in (old, new)]
    for tag in dict.fromkeys(tags[0]):
        if tag not in tags[1]:
            yield Change("api-tag-removed", Effect.NOTHING, f"tag `{tag}` was removed", old, new)
    for tag in dict.fromkeys(tags[1]):
        if tag not in tags[0]:
            yield Change("api-tag-added", Effect.NOTHING, f"tag `{tag}` was added", old, new)


def _compare_callbacks(found: Comparison, sides: _Sides, depth: int) -> None:
    before, after = sides.operations[0].below("callbacks"), sides.operations[1].below("callbacks")
    for name in before.keys() | after.keys():
        if name not in after:
            said = f"callback `{name}` was removed"
            found.say(sides.where, Change("callback-removed", Effect.BREAKS, said, before[name], None))
        elif name not in before:
            said = f"callback `{name}` was added"
            found.say(sides.where, Change("callback-added", Effect.NOTHING, said, None, after[name]))
        elif not same(before[name], after[name]):
            _compare_callback(found, sides, name, before[name], after[name], depth)


def _compare_callback(found: Comparison, sides: _Sides, name: str, old: Part, new: Part, depth: int) -> None:
    for expression in old.members:
        items = old.get(expression), new.get(expression)
        path = f"{sides.where.path} → {name} {expression}"
        if items[0] is not None and items[1] is not None:
            _compare_items(
                found,
                (path, path),
                items[0],
                items[1],
                sides.where.section,
                inverted=not sides.inverted,
                depth=depth,
            )
        elif items[0] is not None:
            said = f"callback `{name}` no longer goes to `{expression}`"
            found.say(sides.where, Change("callback-removed", Effect.BREAKS, said, items[0], None))
    for expression in new.members.keys() - old.members.keys():
        said = f"callback `{name}` also goes to `{expression}`"
        found.say(sides.where, Change("callback-added", Effect.NOTHING, said, None, new.get(expression)))
