"""A copy of an estate that can be swept: nothing that a ring may see is different.

It is a copy of files, so that all that an estate goes through when it goes live, the prover included, is swept too.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ringwork import _native
from ringwork.audience import Audience
from ringwork.governance.exposed.lock import LOCK_FILE
from ringwork.intent.model import ApiIntent, VersionIntent
from ringwork.kernel.clock import written_day
from ringwork.manifest.files import API_FILE, ORGANIZATION_FILE

# The partner a sweep calls as: it has every feature, and may use every version.
PARTNER = "ringwork-sweep"
_PLENTY = {"per_minute": 1_000_000, "burst_factor": 1}
# Whose environment, and whose agreements, is not what is swept.
_LEFT_OUT = ("environments", "partners", "plans", "apis")
_OF_RINGS = ("hosts", "authentication", "response_headers", "log", "trace_context")
# Listeners and memory of what runs already.
_OF_WHAT_RUNS = ("authorization_server", "cache", "observability", "shared_limits")
_OF_APIS = ("cache", "callers", "websocket", "policies")

# API and version → its number at the upstream.
Numbers = Mapping[tuple[str, str], int]


def stage(root: Path, target: Path, apis: Collection[ApiIntent], port: int) -> Numbers:
    """Copies the estate in `root`, with `apis` alone, to `target`, which is made; each version before `/<number>` of
    the upstream on `port`. What the environment, limits, networks, certificates, caches, codings and services that may
    call are is not copied.
    """
    target.mkdir()
    for entry in root.iterdir():
        if entry.name not in _LEFT_OUT and not entry.name.startswith("."):
            _copy(entry, target / entry.name)
    _unlock_callers(target / LOCK_FILE)
    numbers = {(api.name, version.name): n for n, (api, version) in enumerate(_versions(apis))}
    for api in apis:
        _copy(root / "apis" / api.name, target / "apis" / api.name)
        manifest = target / "apis" / api.name / API_FILE
        manifest.write_text(json.dumps(_api(_read(manifest), api.name, numbers, port)))
    organization = target / ORGANIZATION_FILE
    organization.write_text(json.dumps(_organization(_read(organization))))
    (target / "partners").mkdir()
    agreement = {
        "title": "Sweep",
        "limits": _PLENTY,
        "features": sorted(_features(apis)),
        "sunsets": list(_sunsets(apis)),
    }
    (target / "partners" / f"{PARTNER}.yaml").write_text(json.dumps(agreement))
    return numbers


def _unlock_callers(lock: Path) -> None:
    """Any service may call the copy."""
    if lock.exists():
        lines = lock.read_text().splitlines(keepends=True)
        lock.write_text("".join(line for line in lines if not line.startswith("  internal call ")))


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copyfile(source, target, follow_symlinks=False)


def _read(manifest: Path) -> dict[str, Any]:
    """A manifest that is known to be sound."""
    said: dict[str, Any] = _native.Document.parse(manifest.read_bytes(), manifest.name).value()
    return said


def _versions(apis: Collection[ApiIntent]) -> Iterator[tuple[ApiIntent, VersionIntent]]:
    return ((api, version) for api in apis for version in api.versions)


def _features(apis: Collection[ApiIntent]) -> set[str]:
    operations = (operation for _, version in _versions(apis) for operation in version.operations)
    named = {api.feature for api in apis} | {operation.feature for operation in operations}
    return {feature for feature in named if feature is not None}


def _sunsets(apis: Collection[ApiIntent]) -> Iterator[dict[str, Any]]:
    """The partner agrees to the ring's days, so versions end for it as they do for the ring."""
    for api, version in _versions(apis):
        ending = version.lifecycle.get(Audience.PARTNER)
        if ending is not None and ending.sunset_at is not None:
            day = written_day(ending.sunset_at)
            acknowledged = {"by": PARTNER, "on": "1970-01-01"}
            yield {"api": api.name, "version": version.name, "sunset": day, "acknowledged": acknowledged}


def _api(said: dict[str, Any], name: str, numbers: Numbers, port: int) -> dict[str, Any]:
    kept = {key: value for key, value in said.items() if key not in _OF_APIS}
    versions = [
        {key: value for key, value in version.items() if key != "observe"}
        | {"upstream": f"http://127.0.0.1:{port}/{numbers[name, str(version['name'])]}"}
        for version in said["versions"]
    ]
    return kept | {"upstream": versions[0]["upstream"], "versions": versions}


def _organization(said: dict[str, Any]) -> dict[str, Any]:
    """Rings on loopback addresses; the control plane puts free ports in place of these."""
    rings = {
        ring: {key: value for key, value in content.items() if key in _OF_RINGS}
        | {"listen": [f"127.0.0.1:{number}"], "limits": _PLENTY}
        for number, (ring, content) in enumerate(said["rings"].items(), 1)
    }
    for content in rings.values():
        if "authentication" in content:
            authentication = content["authentication"].items()
            content["authentication"] = {key: value for key, value in authentication if key != "trust_bundle"}
    return {key: value for key, value in said.items() if key not in _OF_WHAT_RUNS} | {"rings": rings}
