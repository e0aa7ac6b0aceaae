"""Files of the estate as plain values with places: only the document parser is shared with those who compile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringwork._native import Document, DocumentError
from ringwork.kernel.findings import Location

MAX_BYTES = 1024 * 1024

Step = str | int


@dataclass(frozen=True, slots=True)
class Part:
    """A value of a file, or its absence (`value` None). Absent files are parts too: of nothing."""

    name: str
    document: Document | None
    path: tuple[Step, ...] = ()
    value: Any = None

    def __getitem__(self, step: Step) -> Part:
        value: Any = None
        if isinstance(self.value, dict):
            value = self.value.get(step)
        elif isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            value = self.value[step]
        return Part(self.name, self.document, (*self.path, step), value)

    def at(self, *path: Step) -> Part:
        part = self
        for step in path:
            part = part[step]
        return part

    def __iter__(self) -> Iterator[Part]:
        """Items of a list, or members of an object."""
        keys: Any = range(len(self.value)) if isinstance(self.value, list) else (self.value or ())
        return (self[key] for key in keys)

    @property
    def key(self) -> str:
        return str(self.path[-1]) if self.path else self.name

    @property
    def digest(self) -> str | None:
        """Of the whole file, SHA-256 in hex; None where there is none."""
        return None if self.document is None else self.document.sha256

    @property
    def is_there(self) -> bool:
        return self.value is not None

    @property
    def place(self) -> Location:
        """Where it is written; where its nearest ancestor is, when it is not there."""
        if self.document is None:
            return Location(self.name)
        pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in self.path)
        line, column = self.document.position(pointer) or (1, 1)
        return Location(self.name, line, column)

    def strings(self) -> tuple[str, ...]:
        return tuple(str(item) for item in self.value) if isinstance(self.value, list) else ()


@dataclass(frozen=True, slots=True)
class Layers:
    """The same setting in several files: the first that states it counts."""

    parts: tuple[Part, ...]

    def __getitem__(self, step: Step) -> Layers:
        return Layers(tuple(part[step] for part in self.parts))

    def at(self, *path: Step) -> Layers:
        return Layers(tuple(part.at(*path) for part in self.parts))

    @property
    def stated(self) -> Part:
        """The first that is there; of none, the last: its place says where it could be."""
        return next((part for part in self.parts if part.is_there), self.parts[-1])

    @property
    def value(self) -> Any:
        return self.stated.value


def read_part(root: Path, name: str) -> Part:
    """A file of the estate at `root`; a part of nothing where there is none. Raises ValueError for what is no YAML."""
    path = root / name
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve()):
            raise ValueError(f"{name} leads out of the estate")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Part(name, None)
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}") from None
    return parsed(name, data)


def parsed(name: str, data: bytes) -> Part:
    """Raises ValueError."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"{name} is larger than {MAX_BYTES} bytes")
    try:
        document = Document.parse(data, name)
    except DocumentError as error:
        raise ValueError(str(error)) from None
    return Part(name, document, (), document.value())
