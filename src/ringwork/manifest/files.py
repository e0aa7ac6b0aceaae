"""Which files an estate consists of, and which ones nobody will read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.kernel.suggest import nearest
from ringwork.manifest.values import ENVIRONMENT_PATTERN, NAME_PATTERN

ORGANIZATION_FILE = "ringwork.yaml"
API_FILE = "api.yaml"
FOLDERS = ("apis", "partners", "plans", "groups", "styles", "environments")
# More entries than this in one folder is not an estate but an accident (law 10).
MAX_ENTRIES = 20_000

_MISPLACED = {"gates.yaml": "styles/gates.yaml"}
_SILENT = ("exposure.lock", "overlays", "docs", "tls", "makefile", "dockerfile", "services")
_SILENT_BEGINNINGS = (
    ".",
    "readme",
    "license",
    "changelog",
    "contributing",
    "notice",
    "docker-compose",
    "compose",
)


@dataclass(frozen=True, slots=True)
class EstateFiles:
    """Names of what there is to read: API folders, and stems of partner, plan, group, style and environment files."""

    apis: tuple[str, ...]
    partners: tuple[str, ...]
    plans: tuple[str, ...]
    groups: tuple[str, ...]
    styles: tuple[str, ...]
    environments: tuple[str, ...]
    findings: tuple[Finding, ...]


def estate_files(root: Path) -> EstateFiles:
    """Look through the estate's folders; everything unexpected is a finding."""
    findings: list[Finding] = list(_judge_root(root))

    def names(folder: str, judge: Callable[[Path, str, list[Finding]], str | None]) -> tuple[str, ...]:
        entries = _entries(root, folder, findings)
        found = (judge(root, f"{folder}/{entry}", findings) for entry in entries)
        return tuple(name for name in found if name is not None)

    return EstateFiles(
        apis=names("apis", _api_name),
        partners=names("partners", _stem),
        plans=names("plans", _stem),
        groups=names("groups", _stem),
        styles=names("styles", _stem),
        environments=names("environments", _environment),
        findings=tuple(findings),
    )


def _entries(root: Path, folder: str, findings: list[Finding]) -> list[str]:
    path = root / folder
    if not path.exists() and not path.is_symlink():
        return []
    if not path.is_dir() or not path.resolve().is_relative_to(root.resolve()):
        help = "Make it a folder inside of the estate."
        findings.append(
            _finding("file-outside-estate", Severity.ERROR, "this is not a folder here", help, folder)
        )
        return []
    try:
        entries = sorted(os.listdir(path))
    except OSError as error:
        message = f"cannot look into it: {error.strerror}"
        findings.append(_finding("file-unreadable", Severity.ERROR, message, "Check its mode.", folder))
        return []
    if len(entries) > MAX_ENTRIES:
        message = f"{len(entries)} entries, more than {MAX_ENTRIES}"
        findings.append(_finding("too-many-files", Severity.ERROR, message, "Split the estate.", folder))
    # Only of what has another form than is read here: an API may be called readme or license-manager.
    return [entry for entry in entries[:MAX_ENTRIES] if not entry.startswith(".")]


def _api_name(root: Path, name: str, findings: list[Finding]) -> str | None:
    # Strings, not paths: an organisation has thousands of these, and looks at each of them at every change.
    entry, place = name.rpartition("/")[2], f"{root}/{name}"
    if not os.path.isdir(place):
        if _is_silent(entry):
            return None
        help = f"An API is a folder: apis/<name>/{API_FILE}."
        findings.append(_finding("file-ignored", Severity.WARNING, "this file is not read", help, name))
        return None
    if not NAME_PATTERN.fullmatch(entry):
        help = "Use lower-case letters, digits and hyphens, at most 63; begin with a letter."
        message = f'"{entry}" cannot be the name of an API'
        findings.append(_finding("invalid-name", Severity.ERROR, message, help, name, api=entry))
        return None
    # The folder around it lies in the estate: only a link can lead out.
    if os.path.islink(place) and not Path(place).resolve().is_relative_to(root.resolve()):
        help = "Put a copy into the estate: what an estate says must be in the estate."
        message = "this link leads out of the estate"
        findings.append(_finding("file-outside-estate", Severity.ERROR, message, help, name, api=entry))
        return None
    if not os.path.lexists(f"{place}/{API_FILE}"):
        findings.append(_without_manifest(Path(place), name, entry))
        return None
    return entry


def _without_manifest(folder: Path, name: str, entry: str) -> Finding:
    near = nearest(API_FILE, _bounded(os.listdir(folder)))
    help = f'Rename "{near}" to "{API_FILE}".' if near else f"Write {name}/{API_FILE}, or remove the folder."
    return _finding(
        "api-without-manifest", Severity.ERROR, f"there is no {API_FILE} here", help, name, api=entry
    )


def _stem(root: Path, name: str, findings: list[Finding]) -> str | None:
    entry = Path(name).name
    stem, ending = os.path.splitext(entry)
    if ending != ".yaml":
        if _is_silent(entry):
            return None
        help = f'Rename it to "{stem}.yaml".' if ending in (".yml", ".json") else "Files here end in .yaml."
        findings.append(_finding("file-ignored", Severity.WARNING, "this file is not read", help, name))
        return None
    if not NAME_PATTERN.fullmatch(stem):
        help = "Use lower-case letters, digits and hyphens, at most 63; begin with a letter."
        message = f'"{stem}" cannot be a name'
        findings.append(_finding("invalid-name", Severity.ERROR, message, help, name))
        return None
    return stem


def _environment(root: Path, name: str, findings: list[Finding]) -> str | None:
    stem = _stem(root, name, findings)
    if stem is None or ENVIRONMENT_PATTERN.fullmatch(stem):
        return stem
    help = "Use at most 31 characters: the name is part of every key (rw_<env>_…)."
    message = f'"{stem}" cannot be the name of an environment'
    findings.append(_finding("invalid-name", Severity.ERROR, message, help, name))
    return None


def _judge_root(root: Path) -> Iterator[Finding]:
    known = (ORGANIZATION_FILE, *FOLDERS)
    for entry in _bounded(sorted(os.listdir(root))):
        if entry in _MISPLACED:
            help = f"Move it to {_MISPLACED[entry]}."
            yield _finding("file-ignored", Severity.WARNING, f"{entry} is not read here", help, entry)
        elif entry not in known and not _is_silent(entry):
            near = nearest(entry, known)
            help = (
                f'Did you mean "{near}"?'
                if near
                else f"An estate has {ORGANIZATION_FILE}, {', '.join(FOLDERS)}."
            )
            yield _finding("file-ignored", Severity.WARNING, f"{entry} is not read", help, entry)


def _bounded(entries: Iterable[str]) -> list[str]:
    return list(entries)[:MAX_ENTRIES]


def _is_silent(entry: str) -> bool:
    return entry.lower() in _SILENT or entry.lower().startswith(_SILENT_BEGINNINGS)


def _finding(
    code: str, severity: Severity, message: str, help: str, name: str, api: str | None = None
) -> Finding:
    names = (_readable(message), _readable(help), Location(_readable(name)))
    return Finding(code, severity, *names, None if api is None else _readable(api))


def _readable(text: str) -> str:
    """File names are bytes: what is not UTF-8 of them could not even be printed."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
