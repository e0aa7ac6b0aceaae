"""`issuers/keys.json` of a node: what an address was last seen to publish. The gateway reads it when it was replaced.

Beside the revision and not in it: keys rotate when their issuer says so (docs/decisions/0021).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.files import private_directory, write_atomically

FORMAT = 1

# Address → JWK set of public keys.
KeySets = Mapping[str, Mapping[str, Any]]


def addresses_of(manifest: Mapping[str, Any]) -> frozenset[str]:
    """Addresses whose keys the rings of a manifest need."""
    return frozenset(keys["jwks_uri"] for keys in fetched_keys(manifest))


def fetched_keys(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a manifest says of keys that are fetched: `jwks_uri`, `refresh_seconds`, maybe `ca_pem`."""
    rings: Iterable[Mapping[str, Any]] = manifest.get("rings", {}).values()
    issuers = (issuer for ring in rings for issuer in ring["authentication"].get("access_tokens", ()))
    return [issuer["keys"] for issuer in issuers if issuer["keys"]["source"] == "fetched"]


def key_sets_hash(sets: KeySets) -> str:
    """Tells whether two hold the same."""
    return content_hash(canonical_json(dict(sets)))


def read_key_sets(path: Path) -> dict[str, dict[str, Any]]:
    """What a node has; nothing where the file is missing or damaged."""
    try:
        written: dict[str, dict[str, Any]] = json.loads(path.read_bytes())["key_sets"]
    except (FileNotFoundError, ValueError, KeyError):
        return {}
    return written


def write_key_sets(path: Path, sets: KeySets) -> None:
    """Replaces the file, unless it says the same."""
    if dict(sets) != read_key_sets(path):
        private_directory(path.parent)
        write_atomically(path, canonical_json({"format": FORMAT, "key_sets": dict(sets)}))
