"""Manifests of an estate, each read once for as long as nothing about it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from ringwork.kernel.findings import Finding, has_errors
from ringwork.kernel.stamps import Stamp, settled, stamp_of
from ringwork.manifest.checks import CheckMemo
from ringwork.manifest.parse import parse
from ringwork.manifest.source import SourceFile, Unreadable, read_source

Model = TypeVar("Model", bound=BaseModel)
Understand = Callable[[SourceFile], tuple[Model | None, list[Finding]]]


@dataclass(frozen=True, slots=True)
class LoadedManifest(Generic[Model]):
    """One file, by the name of what it describes; `manifest` is None where it is broken."""

    name: str
    manifest: Model | None
    source: SourceFile | None
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> tuple[Model, SourceFile] | None:
        return (self.manifest, self.source) if self.manifest is not None and self.source is not None else None


class ManifestMemo:
    """Manifests of the estate loaded last, for as long as their files do not change."""

    def __init__(self) -> None:
        self.checks = CheckMemo()
        self._before: dict[str, tuple[Stamp, LoadedManifest[Any]]] = {}
        self._known: dict[str, tuple[Stamp, LoadedManifest[Any]]] = {}
        self._merged_before: dict[str, tuple[SourceFile, SourceFile | None, LoadedManifest[Any]]] = {}
        self._merged: dict[str, tuple[SourceFile, SourceFile | None, LoadedManifest[Any]]] = {}

    def begin(self) -> None:
        """Another load begins: what it does not read is forgotten after it."""
        self._before, self._known = self._known, {}
        self._merged_before, self._merged = self._merged, {}

    def read(self, root: Path, name: str, file: str, model: type[Model]) -> LoadedManifest[Model]:
        """Each file of an estate is of one model, which its place decides."""
        return self.understood(root, name, file, partial(parse, model))

    def understood(
        self, root: Path, name: str, file: str, understand: Understand[Model]
    ) -> LoadedManifest[Model]:
        """As `read`, for a file whose sound parts are of use where others are broken."""
        path = f"{root}/{file}"
        stamp = stamp_of(path)
        known = self._before.get(path)
        if known is not None and known[0] == stamp:
            self._known[path] = known
            return known[1]
        found = _read(root, name, file, understand)
        trusted = settled(stamp) if found.source is not None else None
        if trusted is not None:
            self._known[path] = (trusted, found)
        return found

    def merged(
        self,
        subject: str,
        source: SourceFile,
        environment: SourceFile | None,
        merge: Callable[[], LoadedManifest[Model]],
    ) -> LoadedManifest[Model]:
        """What `merge` made of these two files last, or makes now; `subject` tells one manifest from another."""
        known = self._merged_before.get(subject)
        if known is None or known[0] is not source or known[1] is not environment:
            known = (source, environment, merge())
        self._merged[subject] = known
        return known[2]


def _read(root: Path, name: str, file: str, understand: Understand[Model]) -> LoadedManifest[Model]:
    try:
        source, findings = read_source(root, file)
    except Unreadable as error:
        return LoadedManifest(name, None, None, (error.finding,))
    manifest, mistakes = understand(source)
    sound = manifest if not has_errors(findings) else None  # a key that is there twice says two things
    return LoadedManifest(name, sound, source, (*findings, *mistakes))
