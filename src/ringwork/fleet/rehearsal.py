"""A proof without a publication: what `ringwork prove` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from ringwork import __version__
from ringwork.bundle.compile import Material, ServiceTokenTrust, compile_intent
from ringwork.bundle.prove import Circumstances, Emitted, Prover, Unproven, Violation
from ringwork.bundle.prove.faults import FAULTS, Inapplicable, tampered
from ringwork.fleet.operator_bundles import OperatorBundles
from ringwork.fleet.trust import provers_trust
from ringwork.intent.model import Intent
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`violations` empty: it is proven. `objects`: bundles and agreements looked at."""

    violations: Sequence[Violation]
    objects: int
    milliseconds: float


def rehearse(root: Path, intent: Intent, fault: str | None = None) -> Rehearsal:
    """Proves `intent`, compiled, against the estate at `root`; with `fault`, a copy that has it. Raises Refused."""
    emitted, said = _emitted(intent)
    if fault is not None:
        emitted = _faulty(emitted, fault)
    begun = perf_counter()
    violations: Sequence[Violation] = ()
    try:
        Prover().prove(emitted, root, intent.environment, said)
    except Unproven as error:
        violations = error.violations
    return Rehearsal(violations, len(emitted.objects), (perf_counter() - begun) * 1_000)


def _emitted(intent: Intent) -> tuple[Emitted, Circumstances]:
    """With nobody's keys: which keys are trusted is known where there is a control plane."""
    operators = OperatorBundles().read(ring.trust_bundle for ring in intent.rings if ring.trust_bundle)
    material = Material(__version__, "", ServiceTokenTrust("", "", {"keys": []}, 1), operators)
    compiled = compile_intent(intent, revision=1, created_at=_BEGINNING, material=material)
    objects = {name: compiled.objects[name] for name in compiled.objects}
    return Emitted(compiled.manifest, objects), Circumstances(provers_trust(material))


def _faulty(emitted: Emitted, name: str) -> Emitted:
    fault = FAULTS.get(name)
    if fault is None:
        help = f"{did_you_mean(name, FAULTS)} `ringwork prove --list-faults` shows them all."
        raise Refused("fault-unknown", f'there is no fault "{name}"', help)
    try:
        return tampered(emitted, fault)
    except Inapplicable:
        help = "Choose another: `ringwork prove --list-faults`."
        raise Refused("fault-inapplicable", f"nothing of this estate can have {name}", help) from None
