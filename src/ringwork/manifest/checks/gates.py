"""Gates: who approves exists, there are enough words for it, and waivers are about what is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.audience import RINGS
from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.gates import GATES, GatesManifest

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedGates


def check_gates(estate: Estate) -> Iterator[Finding]:
    """Whatever is wrong with `styles/gates.yaml` beside its form."""
    gates = estate.gates
    if gates is None:
        return
    for gate in GATES:
        for ring in RINGS:
            terms = gates.manifest.terms(gate, ring)
            said = getattr(getattr(gates.manifest, gate), ring.label)
            idle = [key for key in ("approvers", "quorum") if key in said.model_fields_set]
            for key in idle if terms.meaning.asked == "never" else ():
                message = f"nobody is asked where the {ring.label} ring demands {terms.demand}"
                place = gates.at(gate, ring.label, key)
                help = f"Write another `demand`, or remove `{key}`."
                yield Finding("gate-asks-nobody", Severity.WARNING, message, help, place)
            for index, name in enumerate(terms.approvers):
                if name not in estate.group_names:
                    yield _unknown_group(
                        estate, gates, gate, ring.label, index if said.approvers else None, name
                    )
    yield from _waivers(estate, gates.manifest, gates)


def _unknown_group(
    estate: Estate, gates: LoadedGates, gate: str, ring: str, index: int | None, name: str
) -> Finding:
    if index is not None:
        message, help = f'there is no group "{name}"', did_you_mean(name, estate.group_names)
        return Finding(
            "unknown-group", Severity.ERROR, message, help, gates.at(gate, ring, "approvers", index)
        )
    message = f'there is no group "{name}", which approves at the {gate} gate of the {ring} ring by default'
    help = f"Write groups/{name}.yaml, or {gate}.{ring}.approvers, or another {gate}.{ring}.demand."
    return Finding("unknown-group", Severity.ERROR, message, help, gates.at(gate, ring))


def _waivers(estate: Estate, manifest: GatesManifest, gates: LoadedGates) -> Iterator[Finding]:
    for index, waiver in enumerate(manifest.waivers):
        if waiver.api not in estate.api_names:
            message, help = f'there is no API "{waiver.api}"', did_you_mean(waiver.api, estate.api_names)
            place = gates.at("waivers", index, "api")
            yield Finding("gate-waiver-unknown", Severity.WARNING, message, help, place)
