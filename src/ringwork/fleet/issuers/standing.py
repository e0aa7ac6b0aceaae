"""What keeps issuers' keys from arriving, kept on disk for `ringwork status`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.issuers.keys_file import addresses_of, read_key_sets
from ringwork.kernel.canonical import canonical_json
from ringwork.kernel.files import private_directory, rewrite


def write_problems(node: NodeDirectory, problems: Mapping[str, str]) -> None:
    """`problems`: address → why it could not be fetched the last time."""
    private_directory(node.issuer_problems.parent)
    rewrite(node.issuer_problems, canonical_json(dict(problems)))


def key_problems(node: NodeDirectory, manifest: Mapping[str, Any] | None) -> list[str]:
    """Of the addresses a manifest names, those whose keys never arrived, or could not be fetched the last time."""
    named = frozenset() if manifest is None else addresses_of(manifest)
    there, failed = read_key_sets(node.issuer_keys), _read(node) if named else {}
    missing = [f"keys of {uri} did not arrive yet" for uri in sorted(named - there.keys() - failed.keys())]
    return [*missing, *(f"keys are not fetched: {failed[uri]}" for uri in sorted(named & failed.keys()))]


def _read(node: NodeDirectory) -> dict[str, str]:
    try:
        problems: dict[str, str] = json.loads(node.issuer_problems.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return problems
