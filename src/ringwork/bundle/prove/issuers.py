"""Whose tokens a ring may accept, and whom they may name: read from the estate, key files included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ringwork.bundle.prove.estate import ReadEstate
from ringwork.bundle.prove.reading import Part
from ringwork.bundle.prove.relations import Exactly
from ringwork.bundle.prove.units import milliseconds

_USUAL_ALGORITHMS = ("ES256", "ES384", "EdDSA", "PS256", "RS256")
_KINDS = {"internal": "services", "partner": "partners"}
# What verifies a signature. Whatever else stands in a key is not for gateways.
_OF_A_KEY = frozenset(("kty", "crv", "x", "y", "n", "e", "kid", "alg", "use", "key_ops"))


def allowed_issuers(estate: ReadEstate, ring: str) -> Exactly:
    """Issuers of a ring, by name. Raises ValueError for a file that cannot be read."""
    usual, here = estate.organization["issuers"], estate.differing["issuers"]
    stated = [here[one.key] if here[one.key].is_there else one for one in usual]
    accepting = sorted((one for one in stated if one["rings"][ring].is_there), key=lambda one: one.key)
    outside = [_issuer(estate.root, ring, one) for one in accepting]
    return Exactly([*outside, *_own(estate, ring)], usual.place)


def _own(estate: ReadEstate, ring: str) -> list[dict[str, Any]]:
    """The control plane's authorization server, where the ring accepts its tokens: ES256, and no claim decides whose
    they are but `client_id`, which names a credential.
    """
    said = estate.authorization_server
    if ring not in estate.organization["authorization_server"]["rings"].strings():  # no environment's to say
        return []
    issuer = said["issuer"].value
    own = {
        "name": "ringwork",
        "issuer": issuer.lower(),
        "audiences": list(said["audiences"].stated.strings()),
        "algorithms": ["ES256"],
        "typ": "at+jwt",
        "leeway_seconds": 10,
        "keys": {
            "source": "fetched",
            "jwks_uri": f"{issuer.lower()}/jwks",
            "ca_pem": None,
            "refresh_seconds": 5,
        },
        "callers": {"kind": "clients"},
        "forward": False,
        "log_subject": "hashed",
        "scope_claim": "scope",
    }
    return [own]


def _issuer(root: Path, ring: str, said: Part) -> dict[str, Any]:
    algorithms = said["algorithms"]
    return {
        "name": said.key,
        "issuer": said["issuer"].value,
        "audiences": list(said["audiences"].strings()),
        "algorithms": sorted(set(algorithms.strings() if algorithms.is_there else _USUAL_ALGORITHMS)),
        "typ": said["typ"].value or "at+jwt",
        "leeway_seconds": _seconds(said["leeway"], "10s"),
        "keys": _keys(root, said),
        "callers": _callers(ring, said["rings"][ring]),
        "forward": said["forward_token"].value is True,
        "log_subject": said["log_subject"].value or "hashed",
        "scope_claim": said["scope_claim"].value or "scope",
    }


def _callers(ring: str, said: Part) -> dict[str, Any]:
    if ring == "public":
        return {"kind": "developers", "per": said["per"].value or "subject", "plan": said["plan"].value}
    if said["people"].value is True:
        return {"kind": "people"}
    kind = _KINDS[ring]
    return {"kind": kind, "claim": said["claim"].value, kind: said[kind].value}


def _keys(root: Path, said: Part) -> dict[str, Any]:
    uri, ca = said["jwks_uri"], said["ca"]
    if not uri.is_there:
        return {"source": "estate", "jwks": {"keys": _public(root, str(said["jwks"].value))}}
    return {
        "source": "fetched",
        "jwks_uri": uri.value,
        "ca_pem": _certificates(root / str(ca.value)) if ca.is_there else None,
        "refresh_seconds": _seconds(said["refresh"], "1m"),
    }


def _seconds(said: Part, usual: str) -> int:
    stated = milliseconds(said.value or usual)
    return 0 if stated is None else stated // 1_000


def _public(root: Path, name: str) -> list[dict[str, Any]]:
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{name} leads out of the estate")
    keys: list[dict[str, Any]] = json.loads(_read(path))["keys"]
    return [{member: key[member] for member in key if member in _OF_A_KEY} for key in keys]


def _certificates(path: Path) -> str:
    found = x509.load_pem_x509_certificates(_read(path))
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in found)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {error.strerror}") from None
