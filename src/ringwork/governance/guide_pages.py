"""Migration guides as pages: what keeps one from being finished. Who compares contracts for them is `guides`.

A section belongs to the change whose fingerprint its comment names, however it is worded and wherever it is moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.api import VersionManifest
from ringwork.manifest.estate import Estate, LoadedApi

# What stands where somebody has to write. A page that holds it is not finished.
MARKER = "TODO(ringwork)"
MAX_BYTES = 1024 * 1024

_SECTION = re.compile(r"<!-- ringwork:([0-9a-f]{12}) -->")


_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Gap:
    """What a guide lacks: `line` of a section that nobody wrote; None: a change it does not mention, `text`."""

    line: int | None
    text: str


def guide_file(api: str, old: str, new: str) -> str:
    """Where the guide is, relative to the estate."""
    return f"apis/{api}/guides/{old}-to-{new}.md"


def sections(text: str) -> frozenset[str]:
    """Fingerprints of the changes a guide has a section for."""
    return frozenset(_SECTION.findall(text))


def gaps(text: str, wanted: Mapping[str, str] = _NOTHING) -> list[Gap]:
    """Everything that keeps a guide from being finished: the gate of the public ring asks for none.

    `wanted`: fingerprint → text of every change that is to be in it; without it only what is there is judged.
    """
    unwritten = [
        Gap(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if MARKER in line
    ]
    told = sections(text)
    return [*unwritten, *(Gap(None, change) for name, change in wanted.items() if name not in told)]


def read_guide(root: Path, name: str) -> str | None:
    """None where there is none. Raises ValueError for what is no text, or too long."""
    path = root / name
    if not path.is_file():
        return None
    if not path.resolve().is_relative_to(root.resolve()):
        raise ValueError("it leads out of the estate")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES} bytes")
    return data.decode()


def unfinished(estate: Estate, api: LoadedApi, version: VersionManifest) -> Iterator[Finding]:
    """What nobody wrote in the guide of a version that ends for developers: an error each page."""
    if version.successor is None:
        return
    name = guide_file(api.name, version.name, version.successor)
    try:
        text = read_guide(estate.root, name)
    except (OSError, ValueError) as error:
        message, help = f"the migration guide cannot be read: {error}", "Mend the file."
        yield Finding("migration-guide-unreadable", Severity.ERROR, message, help, Location(name), api.name)
        return
    lacking = [] if text is None else gaps(text)
    if lacking:
        more = f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
        message = f"the migration guide is not finished: {lacking[0].text}{more}"
        help = f"Write it, and take `{MARKER}` away; or take the file away."
        place = Location(name, lacking[0].line or 1, 1)
        yield Finding("migration-guide-unfinished", Severity.ERROR, message, help, place, api.name)
