"""Only what was proven is signed; what was proven before is signed again only as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ringwork.bundle.compile.compiler import content_of
from ringwork.bundle.prove import Proof, Seal, Unproven, prove_again, prove_part
from ringwork.bundle.signing import is_signed_by, manifest_payload
from tests.rooms.bundle.prove.estates import ACME, TRUST, site
from tests.support.sealed import signed_manifest

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHERS = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)).public_key().public_bytes_raw()

Json = dict[str, Any]


@pytest.fixture(scope="module")
def signed() -> bytes:
    return signed_manifest(site(ACME).emitted.manifest, KEY)


def again(signed: bytes, change: Callable[[Json], None], trust: Any = TRUST) -> Proof:
    payload = manifest_payload(signed)
    content = content_of(payload)
    change(payload)
    return prove_again(signed, content, payload, trust)


def test_nobody_else_makes_a_proof() -> None:
    with pytest.raises(TypeError):
        Proof(b"{}", object())


def test_what_is_proven_again_is_signed(signed: bytes) -> None:
    proof = again(signed, lambda payload: payload.update(revision=7, created_at="later", control_version="9"))
    sealed = Seal(lambda: KEY).sign(proof)
    assert is_signed_by(sealed, [OTHERS, PUBLIC]) and manifest_payload(sealed)["revision"] == 7


def test_another_authority_is_trusted_only_as_the_control_plane_does(signed: bytes) -> None:
    def replaced(payload: Json) -> None:
        payload["rings"]["internal"]["authentication"]["mtls"]["trust_bundle_pem"] = "new"

    again(signed, replaced, replace(TRUST, svids_pem="new"))
    with pytest.raises(Unproven):
        again(signed, replaced)


@pytest.mark.parametrize(
    "change",
    [
        lambda payload: payload["rings"]["public"].update(listeners=["0.0.0.0:1"]),
        lambda payload: payload["rings"]["public"]["authentication"].update(
            mtls={"trust_bundle_pem": TRUST.svids_pem}
        ),
        lambda payload: payload["rings"]["public"]["routes"].clear(),
        lambda payload: payload["rings"].pop("partner"),
        lambda payload: payload.update(trust_domain="evil.example"),
        lambda payload: payload.update(unheard_of=1),
    ],
)
def test_nothing_else_may_be_another(signed: bytes, change: Callable[[Json], None]) -> None:
    with pytest.raises(Unproven):
        again(signed, change)


def test_what_is_not_on_record_was_never_proven(signed: bytes) -> None:
    payload = manifest_payload(signed)
    with pytest.raises(Unproven):
        prove_again(signed, "0" * 64, payload, TRUST)


def test_a_nodes_part_is_of_a_signed_manifest(signed: bytes) -> None:
    proof = prove_part(signed, [PUBLIC], ["public"], {"public": ["10.0.0.1:443"], "internal": ["10.0.0.1:1"]})
    rings = json.loads(proof.payload)["rings"]
    assert list(rings) == ["public"] and rings["public"]["listeners"] == ["10.0.0.1:443"]
    with pytest.raises(Unproven):
        prove_part(signed, [OTHERS], ["public"], {})
