"""`exposure.lock`: everything the outer rings can send and read, one line each, as it was reviewed.

    orders v1
      sensitive public read #/components/schemas/Order/properties/card payment last4
      public call GET /orders/{orderId}
      partner read #/components/schemas/Order/properties/agent

A section per version; in it ring, way and name. `docs/exposure.md` has the grammar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from ringwork import _native
from ringwork.audience import OUTER, Audience
from ringwork.governance.exposed import demands
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.kernel.stamps import Stamp, settled, stamp_of

LOCK_FILE = "exposure.lock"
MAX_BYTES = 256 * 1024 * 1024
# Lines nobody can read are one mistake, mostly a merge that was not finished.
_MISTAKES = 10
_HEAD = (
    "# What partner and public can send and read of this estate. Written by `ringwork exposure --write`, reviewed",
    "# like code: what is not here does not go live. Generated lines; do not edit them by hand.",
)
_RINGS = {ring.label: ring for ring in OUTER}

# API and version.
Version = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Approval:
    """Of a sensitive value: the class it was approved as, and the mask."""

    ring: Audience
    sensitive: str
    mask: str


@dataclass(frozen=True)
class LockSection:
    """What is locked of one version, a line for each thing. `line` is that of its heading. Most sections are only
    compared as a whole, by `sha256`: `read` gives the lines when somebody asks. `inside`: those of the internal ring.
    """

    line: int
    sha256: str
    inside: tuple[str, ...]
    read: Callable[[], list[str]]

    @classmethod
    def of(cls, line: int, lines: Sequence[str] = ()) -> LockSection:
        """A section with these lines."""
        inside = tuple(said for said in lines if said.startswith("internal "))
        return cls(line, content_hash("\n".join(lines).encode()), inside, lambda: list(lines))

    @property
    def lines(self) -> list[str]:
        return self.read()

    @cached_property
    def said(self) -> Mapping[str, Audience]:
        """What it says → the furthest ring that may."""
        found: dict[str, Audience] = {}
        for line in self.lines:
            ring, _, said = line.partition(" ")
            if ring in _RINGS:
                found[said] = max(_RINGS[ring], found.get(said, Audience.INTERNAL))
        return found

    @cached_property
    def calls(self) -> Mapping[str, list[tuple[Audience, str]]]:
        """Calls without what they demand → the furthest ring that may, and what is demanded of it."""
        found: dict[str, list[tuple[Audience, str]]] = {}
        for said, ring in self.said.items():
            name, demand = demands.split(said)
            if name.startswith("call "):
                found.setdefault(name, []).append((ring, demand))
        return found

    @cached_property
    def internal(self) -> Mapping[str, str]:
        """`call` or `people` and an operation → who may on the internal ring, where it is said."""
        return dict(demands.split(line.removeprefix("internal ")) for line in self.inside)

    def ring_of(self, said: str) -> Audience:
        """The furthest ring that may do what is said; a call that demands no less than the lock knows."""
        if not said.startswith("call "):
            return self.said.get(said, Audience.INTERNAL)
        name, demand = demands.split(said)
        covered = (ring for ring, locked in self.calls.get(name, ()) if demands.is_covered(demand, locked))
        return max(covered, default=Audience.INTERNAL)

    @cached_property
    def approvals(self) -> Mapping[str, tuple[Approval, ...]]:
        """Way and name of sensitive values → what was approved."""
        found: dict[str, tuple[Approval, ...]] = {}
        for line in self.lines:
            if line.startswith("sensitive "):
                ring, said = line.removeprefix("sensitive ").split(" ", 1)
                name, approval = _approval(_RINGS[ring], said)
                found[name] = (*found.get(name, ()), approval)
        return found


def _approval(ring: Audience, said: str) -> tuple[str, Approval]:
    name, *rest = said.rsplit(" ", 2)
    if rest[-1] in ("last4", "hash", "drop"):
        return name, Approval(ring, rest[0], rest[1])
    name, sensitive = said.rsplit(" ", 1)
    return name, Approval(ring, sensitive, "")


@dataclass(frozen=True)
class Lock:
    """`is_there` False: no such file, so nothing may be exposed."""

    sections: Mapping[Version, LockSection] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    is_there: bool = False


class LockMemo:
    """The lock of one estate, read again when its file changed."""

    def __init__(self) -> None:
        self._known: tuple[Path, Stamp, Lock] | None = None

    def read(self, root: Path) -> Lock:
        """Never raises for what the file says: that is in the findings."""
        path = root / LOCK_FILE
        stamp = stamp_of(path)
        if self._known is not None and self._known[:2] == (path, stamp):
            return self._known[2]
        lock = read_lock(root)
        is_settled = settled(stamp)
        self._known = None if is_settled is None else (path, is_settled, lock)
        return lock


def read_lock(root: Path) -> Lock:
    """What `exposure.lock` of the estate in `root` says."""
    try:
        with (root / LOCK_FILE).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            return _unusable(f"it has more than {MAX_BYTES >> 20} MiB", "Split the estate.")
        return parse_lock(data)
    except FileNotFoundError:
        return Lock()
    except OSError as error:
        return _unusable(f"cannot read it: {error.strerror}", "Check its mode.")
    except ValueError:
        return _unusable("it is not UTF-8", _REWRITE)


_REWRITE = "Write it anew with `ringwork exposure --write`, and review the difference."


def _unusable(message: str, help: str) -> Lock:
    finding = Finding("exposure-lock-unreadable", Severity.ERROR, message, help, Location(LOCK_FILE))
    return Lock(findings=(finding,), is_there=True)


def parse_lock(data: bytes) -> Lock:
    """A line that means nothing locks nothing, and is told. Raises ValueError for what is not UTF-8."""
    # Never as text: one letter beyond the first 65,536 makes all of it four times as large.
    parsed = _native.ExposureLock.parse(data, _MISTAKES)
    sections = {
        (api, version): LockSection(line, sha256, tuple(inside), partial(parsed.lines, index))
        for index, (api, version, line, sha256, inside) in enumerate(parsed.sections())
    }
    return Lock(sections, tuple(map(_meaningless, parsed.mistakes)), is_there=True)


def _meaningless(number: int) -> Finding:
    message = "this line says nothing that can be understood, and lets nothing pass"
    location = Location(LOCK_FILE, number)
    return Finding("exposure-lock-unreadable", Severity.ERROR, message, _REWRITE, location)


def lock_text(sections: Mapping[Version, Iterable[str]]) -> str:
    """The file's text: sections by name, lines as they are given; one without lines is left out."""
    text = [*_HEAD]
    for (api, version), lines in sorted(sections.items()):
        indented = [f"  {line}" for line in lines]
        if indented:
            text += ["", f"{api} {version}", *indented]
    return "\n".join(text) + "\n"
