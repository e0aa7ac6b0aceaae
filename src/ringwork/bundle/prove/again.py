"""Manifests that were proven before, signed again: what of them may be another than it was, and what may not.

The estate they were proven against is gone; what can be proven is that nothing but the number, the time, the writer and
the keys there are now is different from what was proven then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ringwork.bundle.prove.findings import Unproven, Violation
from ringwork.bundle.prove.relations import Anything, Difference, Exactly, Relation, Tree, differences
from ringwork.bundle.prove.rings import Trust, token_trust
from ringwork.bundle.prove.sealing import Proof, proven
from ringwork.bundle.signing import is_signed_by, manifest_payload
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.findings import Location

# When and by whom a manifest was written, not what is served.
_WRITTEN = ("revision", "created_at", "control_version")


def prove_again(proven_before: bytes, content: str, manifest: Mapping[str, Any], trust: Trust) -> Proof:
    """`manifest` instead of the signed manifest `proven_before`, whose `content` is on record since it was proven.
    Raises Unproven.
    """
    before = manifest_payload(proven_before)
    served = {name: value for name, value in before.items() if name not in _WRITTEN}
    if content_hash(canonical_json(served)) != content:
        _refuse(Difference("", "this manifest is not the one that was proven", None))
    for difference in differences(manifest, _allowed(before, trust)):
        _refuse(difference)
    return proven(canonical_json(dict(manifest)))


def prove_part(
    signed: bytes,
    trusted: Sequence[bytes],
    rings: Sequence[str],
    listeners: Mapping[str, Sequence[str]],
) -> Proof:
    """Of a manifest that one of the keys `trusted` signed, what a node of these `rings` gets: the others' names, hosts
    and trust are not in it; it listens where it was enrolled. Raises Unproven.
    """
    if not is_signed_by(signed, trusted):
        _refuse(Difference("", "this manifest is signed by nobody that is trusted", None))
    payload = manifest_payload(signed)
    kept = {
        name: content | ({"listeners": list(listeners[name])} if name in listeners else {})
        for name, content in payload["rings"].items()
        if name in rings
    }
    return proven(canonical_json(payload | {"rings": kept}))


def _allowed(before: Mapping[str, Any], trust: Trust) -> Tree:
    kept: dict[str, Relation | Tree] = {name: Exactly(value) for name, value in before.items()}
    rings = {name: _ring(content, trust) for name, content in before["rings"].items()}
    return {**kept, **{name: Anything() for name in _WRITTEN}, "rings": rings}


def _ring(before: Mapping[str, Any], trust: Trust) -> Tree:
    """The same proofs of identity are accepted, by the keys there are now; an operator's file as it is, or was."""
    kept: dict[str, Relation | Tree] = {name: Exactly(value) for name, value in before.items()}
    proofs = before["authentication"]
    token = token_trust(trust) if proofs["service_token"] else None
    accepted: dict[str, Relation | Tree] = {
        **{name: Exactly(value) for name, value in proofs.items()},
        "mtls": Exactly(_mutual(proofs["mtls"], trust)),
        "service_token": Exactly(token),
    }
    return {**kept, "authentication": accepted}


def _mutual(before: Mapping[str, Any] | None, trust: Trust) -> dict[str, Any] | None:
    if before is None:
        return None
    operators = before.get("operators")
    if operators is None:
        return {"trust_bundle_pem": trust.svids_pem}
    pem = trust.operators.get(operators["file"], operators["pem"])
    return {"trust_bundle_pem": trust.svids_pem + pem, "operators": {**operators, "pem": pem}}


def _refuse(difference: Difference) -> None:
    message = f"{difference.pointer or 'the manifest'}: {difference.message}"
    place = Location("ringwork.yaml")
    raise Unproven([Violation("not-as-proven", message, place, "manifest", difference.pointer)])
