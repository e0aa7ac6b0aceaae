"""Who may call which API on the internal ring, and who was seen to: a graph for people and programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ringwork.intent.admitted import Admitted
from ringwork.intent.model import ApiIntent, Intent, OperationIntent

Kind = Literal["any", "service", "people"]
ANY, SERVICE, PEOPLE = "any", "service", "people"
ANYBODY = "any service"
SOMEBODY = "people"


@dataclass(frozen=True, slots=True)
class Observed:
    """Calls of one caller of one API: those that were let pass, and those that were kept out as none of its callers."""

    passed: int = 0
    refused: int = 0


# Kind, name of the caller (of people all together: SOMEBODY) and API.
Seen = Mapping[tuple[str, str, str], Observed]


@dataclass(frozen=True, slots=True)
class Edge:
    """`caller`: a service, a functional group of people, any service. `through`: groups a service is in by which it
    may. `operations` of the API's `total`; 0: it may call none, and was seen. `observed` None: nobody looked, or
    nobody can tell.
    """

    kind: Kind
    caller: str
    api: str
    operations: int
    total: int
    through: tuple[str, ...] = ()
    observed: Observed | None = None

    def as_dict(self) -> dict[str, Any]:
        seen = self.observed
        return {
            "kind": self.kind,
            "caller": self.caller,
            "api": self.api,
            "operations": self.operations,
            "of": self.total,
            "through": list(self.through),
            "calls": None if seen is None else seen.passed,
            "refused": None if seen is None else seen.refused,
        }


def call_graph(intent: Intent, seen: Seen | None = None) -> tuple[Edge, ...]:
    """By API, then caller. With `seen`, what may be and was not has no calls; what was and may not be no operations."""
    members = {group.name: frozenset(group.services) for group in intent.people.groups}
    edges: list[Edge] = []
    for api in intent.apis:
        edges += _allowed(api, members, seen)
        if seen is not None:
            known = {(edge.kind, edge.caller) for edge in edges if edge.api == api.name}
            edges += _only_seen(api, members, seen, known)
    return tuple(sorted(edges, key=lambda edge: (edge.api, edge.kind, edge.caller)))


def _allowed(api: ApiIntent, members: Mapping[str, frozenset[str]], seen: Seen | None) -> Iterator[Edge]:
    operations = _operations(api)
    conditions = [_conditions(api, operation) for operation in operations]
    free = sum(1 for one in conditions if not one)
    if free:
        yield Edge("any", ANYBODY, api.name, free, len(operations))
    for service in sorted({name for one in conditions for each in one for name in _services(each, members)}):
        may = sum(1 for one in conditions if all(service in _services(each, members) for each in one))
        named = {group for one in conditions for each in one for group in each.groups}
        through = tuple(sorted(group for group in named if service in members.get(group, ())))
        if may:
            yield Edge(
                "service", service, api.name, may, len(operations), through, _of(seen, SERVICE, service, api)
            )
    for group in sorted({name for operation in operations for each in operation.groups for name in each}):
        may = sum(1 for one in operations if any(group in each for each in one.groups))
        yield Edge("people", group, api.name, may, len(operations))


def _only_seen(
    api: ApiIntent, members: Mapping[str, frozenset[str]], seen: Seen, known: set[tuple[Kind, str]]
) -> Iterator[Edge]:
    """Services that need no word to call, those that tried without, and people, whose groups no log has."""
    operations = _operations(api)
    free = sum(1 for one in operations if not _conditions(api, one))
    for (kind, caller, name), observed in seen.items():
        if name != api.name:
            continue
        if kind == PEOPLE:
            open_to = sum(1 for one in operations if one.groups)
            yield Edge("people", SOMEBODY, api.name, open_to, len(operations), (), observed)
        elif ("service", caller) not in known:
            yield Edge("service", caller, api.name, free, len(operations), (), observed)


def _operations(api: ApiIntent) -> list[OperationIntent]:
    return [operation for version in api.versions for operation in version.operations]


def _conditions(api: ApiIntent, operation: OperationIntent) -> list[Admitted]:
    return [one for one in (api.callers, *operation.callers) if one is not None]


def _services(admitted: Admitted, members: Mapping[str, frozenset[str]]) -> frozenset[str]:
    of_groups = (members.get(group, frozenset()) for group in admitted.groups)
    return frozenset(admitted.services).union(*of_groups)


def _of(seen: Seen | None, kind: str, caller: str, api: ApiIntent) -> Observed | None:
    return None if seen is None else seen.get((kind, caller, api.name), Observed())


def as_dot(edges: Iterable[Edge]) -> str:
    """Graphviz: dashed what was never seen, red what is kept out."""
    lines = ["digraph calls {", "  rankdir=LR;", "  node [shape=box];"]
    for edge in edges:
        style = f', style="{_style(edge)}"' if _style(edge) else ""
        colour = ', color="red"' if edge.operations == 0 else ""
        label = _quoted(_label(edge))
        lines.append(f"  {_quoted(_caller(edge))} -> {_quoted(edge.api)} [label={label}{style}{colour}];")
    return "\n".join([*lines, "}", ""])


def as_mermaid(edges: Iterable[Edge]) -> str:
    """A flowchart; ids are numbers, so that no name is taken for syntax."""
    ids: dict[str, str] = {}
    lines = ["flowchart LR"]
    for edge in edges:
        ends = []
        for name in (_caller(edge), f"{edge.api} (API)"):
            is_new = name not in ids
            number = ids.setdefault(name, f"n{len(ids)}")
            ends.append(f'{number}["{_escaped(name)}"]' if is_new else number)
        arrow = "-.->" if _style(edge) else "-->"
        lines.append(f'  {ends[0]} {arrow}|"{_escaped(_label(edge))}"| {ends[1]}')
    return "\n".join([*lines, ""])


def _caller(edge: Edge) -> str:
    return f"{edge.caller} (people)" if edge.kind == PEOPLE and edge.caller != SOMEBODY else edge.caller


def _label(edge: Edge) -> str:
    may = "all" if edge.operations == edge.total else f"{edge.operations} of {edge.total}"
    seen = edge.observed
    return (
        may
        if seen is None
        else f"{may}, {seen.passed} calls" + (f", {seen.refused} refused" if seen.refused else "")
    )


def _style(edge: Edge) -> str:
    return "dashed" if edge.observed is not None and not edge.observed.passed else ""


def _quoted(text: str) -> str:
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    """What a label of Mermaid would take for syntax, by its code."""
    return "".join(
        letter if letter.isalnum() or letter in " .,_-():" else f"#{ord(letter)};" for letter in text
    )
