"""What `extends` names: a file, a package of npm that is installed, an address of a package. Nothing is fetched."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ringwork.kernel.findings import Location
from ringwork.style.problems import Problems

# Where packages' files are read over the web: host → what stands before the package in the path.
_MIRRORS = {"unpkg.com": "", "cdn.jsdelivr.net": "npm/", "esm.sh": "", "cdn.skypack.dev": ""}
_PACKAGE = re.compile(r"(?P<name>(?:@[\w.-]+/)?[\w.-]+)(?:@[^/]+)?(?:/(?P<path>.+))?")
_RULESETS = (
    "ruleset.yaml",
    "ruleset.yml",
    "ruleset.json",
    ".spectral.yaml",
    ".spectral.yml",
    ".spectral.json",
)


def find_ruleset(name: str, base: Path, where: Location, problems: Problems) -> Path | None:
    """The file that `name`, written in a ruleset of the folder `base`, means; None after telling why there is none."""
    address = urlsplit(name)
    if address.scheme in ("http", "https"):
        prefix = _MIRRORS.get(address.hostname or "")
        path = unquote(address.path).lstrip("/")
        if prefix is None or not path.startswith(prefix):
            help = "Save it beside this ruleset and name the file: nothing is fetched while linting."
            problems.error("ruleset-extends", where, f"{name} is not fetched", help)
            return None
        return _installed(path.removeprefix(prefix), base, where, problems)
    near = base / name
    if name.startswith((".", "/")) or near.is_file():
        if near.is_file():
            return near.resolve()
        help = "Correct the path; it is relative to this ruleset."
        problems.error("ruleset-extends", where, f'there is no file "{name}"', help)
        return None
    return _installed(name, base, where, problems)


def _installed(name: str, base: Path, where: Location, problems: Problems) -> Path | None:
    match = _PACKAGE.fullmatch(name)
    if match is None or ".." in name.split("/"):
        help = "Write a path, `spectral:oas`, or the name of a package."
        problems.error("ruleset-extends", where, f'"{name}" names no ruleset', help)
        return None
    package = match["name"]
    folder = next(
        (
            at / "node_modules" / package
            for at in (base, *base.parents)
            if (at / "node_modules" / package).is_dir()
        ),
        None,
    )
    if folder is None:
        help = f"Install it above this ruleset: `npm install {package}`. Nothing is fetched while linting."
        problems.error("ruleset-extends", where, f'the package "{package}" is not installed', help)
        return None
    found = folder / match["path"] if match["path"] else _entry(folder)
    if found is not None and found.is_file():
        return found.resolve()
    help = f"Name a YAML or JSON file of it: `{package}/path/to/ruleset.yaml`."
    problems.error("ruleset-extends", where, f'the package "{package}" has no such ruleset', help)
    return None


def _entry(folder: Path) -> Path | None:
    """The ruleset of a package: what its package.json names, or a file with a ruleset's name."""
    try:
        manifest = json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError):
        manifest = {}
    main = manifest.get("main") if isinstance(manifest, dict) else None
    if isinstance(main, str) and main.endswith((".yaml", ".yml", ".json")):
        return folder / main
    by_name = next((folder / name for name in _RULESETS if (folder / name).is_file()), None)
    if by_name is not None:
        return by_name
    return folder / main if isinstance(main, str) else folder / "index.js"
