"""`exposure.lock` as the estate asks for it: to be written, reviewed, committed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from ringwork.governance.exposed.callers import NamedCallers
from ringwork.governance.exposed.holding import unapproved
from ringwork.governance.exposed.items import lock_lines, read_items, unpacked
from ringwork.governance.exposed.lock import LOCK_FILE, Lock, LockSection, Version, lock_text
from ringwork.governance.exposure import VersionExposure
from ringwork.kernel.files import rewrite
from ringwork.kernel.refusal import Refused
from ringwork.manifest.estate import Estate

_NOTHING = LockSection.of(1)


@dataclass(frozen=True, slots=True)
class WrittenLock:
    """`added` and `removed` are lines with API and version in front; `left_out` those that need `--sensitive`."""

    text: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    left_out: tuple[str, ...]


def locked(
    lock: Lock,
    estate: Estate,
    exposures: Iterable[VersionExposure],
    *,
    keep: Collection[str],
    only: str | None = None,
    sensitive: bool = False,
) -> WrittenLock:
    """The lock with what `exposures` of `estate` expose. A pure function.

    Sections of the APIs in `keep` stay as they are: nobody can say what a broken API exposes. `only`: those of all
    other APIs stay too. Lines that approve a sensitive value are only added when `sensitive`.
    """
    sections: dict[Version, tuple[str, ...]] = {}
    left_out: list[str] = []
    callers = NamedCallers(estate)
    stays = {version for version in lock.sections if version[0] in keep or (only and version[0] != only)}
    for version in stays:
        sections[version] = tuple(lock.sections[version].lines)
    for exposure in exposures:
        version = (exposure.api, exposure.version)
        if exposure.api not in keep and only in (None, exposure.api):
            lines, more = _lines(unpacked(exposure.exposed), lock.sections.get(version, _NOTHING), sensitive)
            inside = (line.text for line in callers.lines(exposure))
            sections[version] = (*lines, *inside)
            left_out += [f"{exposure.api} {exposure.version} {line}" for line in more]
    before = {(version, line) for version, section in lock.sections.items() for line in section.lines}
    after = {(version, line) for version, lines in sections.items() for line in lines}
    return WrittenLock(lock_text(sections), _named(after - before), _named(before - after), tuple(left_out))


def _named(lines: Iterable[tuple[Version, str]]) -> tuple[str, ...]:
    """Sensitive values first."""
    ordered = sorted(lines, key=lambda entry: (not entry[1].startswith("sensitive "), entry))
    return tuple(f"{api} {version} {line}" for (api, version), line in ordered)


def _lines(listing: str, section: LockSection, sensitive: bool) -> tuple[list[str], list[str]]:
    """Lines to write, and lines that are left out."""
    lines = lock_lines(listing)
    if sensitive:
        return lines, []
    missing = {
        f"sensitive {ring.label} {said}"
        for item in read_items(listing)
        if item.sensitive
        for ring, said in item.sensitive_lines()
        if ring in unapproved(item, section)
    }
    return [line for line in lines if line not in missing], [line for line in lines if line in missing]


def write_lock(root: Path, text: str) -> None:
    """Raises Refused where it cannot be written."""
    try:
        rewrite(root / LOCK_FILE, text.encode())
    except OSError as error:
        help = "Choose a folder you may write."
        raise Refused("not-writable", f"cannot write {root / LOCK_FILE}: {error.strerror}", help) from None
