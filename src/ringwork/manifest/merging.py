"""A manifest with the parts an environment states instead: values are merged, places stay those they are written at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from ringwork.manifest.parse import parse
from ringwork.manifest.reading import LoadedManifest, Model
from ringwork.manifest.source import Override, SourceFile

Path = tuple[str | int, ...]

# Objects whose keys are overridden one by one; everything else is replaced as a whole.
_BY_KEY = frozenset(
    {"rings", "internal", "partner", "public", "limits", "bounds", "hosts"}
    | {"observability", "metrics", "traces", "logs"}
    | {"people", "authorization_server"}
)
# Where a service is and who both sides are: of two environments' services, never a mixture.
_PLACE_OF_SERVICE = frozenset({"url", "endpoints", "host", "tls", "credential"})


@dataclass(frozen=True, slots=True)
class Change:
    """`value` at `path` of a manifest; `stated` is where the environment says so, None where it follows."""

    path: Path
    value: Any
    stated: SourceFile | None


def merged(
    read: LoadedManifest[Model], source: SourceFile, model: type[Model], changes: Iterable[Change]
) -> LoadedManifest[Model]:
    """`read`, whose file is `source`, with `changes`."""
    value, overrides = deepcopy(source.value), []
    for change in changes:
        _put(value, change.path, change.value)
        if change.stated is not None:
            overrides.append(Override(change.path, change.stated))
    layered = replace(source, value=value, overrides=tuple(overrides))
    manifest, mistakes = parse(model, layered)
    return LoadedManifest(read.name, manifest, layered, (*read.findings, *mistakes))


def changes_in(stated: SourceFile, keys: Iterable[str]) -> Iterator[Change]:
    """What an environment's part states under `keys`, as deep as keys are overridden one by one."""
    for key in keys:
        if key in stated.value:
            yield from _leaves(stated.part(key), (key,))


def _leaves(stated: SourceFile, path: Path) -> Iterator[Change]:
    if path[-1] in _BY_KEY and isinstance(stated.value, Mapping):
        for key in stated.value:
            yield from _leaves(stated.part(key), (*path, key))
    elif stated.value is not None:
        yield Change(path, stated.value, stated)


def changes_of_service(before: Any, stated: SourceFile, path: Path) -> Iterator[Change]:
    """An `upstream` at `path`: its place is what is stated alone, how it is called stays as `before` says."""
    kept = {key: value for key, value in _service(before).items() if key not in _PLACE_OF_SERVICE}
    yield Change(path, kept, None)
    if not isinstance(stated.value, Mapping):
        yield Change((*path, "url"), stated.value, stated)
        return
    for key, value in stated.value.items():
        yield Change((*path, key), value, stated.part(key))


def _service(value: Any) -> Mapping[str, Any]:
    """A service's URL may stand alone."""
    return value if isinstance(value, Mapping) else {"url": value}


def _put(value: Any, path: Path, new: Any) -> None:
    for step in path[:-1]:
        if isinstance(value, dict) and value.get(step) is None:
            value[step] = {}
        value = value[step]
    value[path[-1]] = new
