"""What an estate came to, and what applying it came to: plain data for the admin API and the commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringwork.control.contracts import Contracts
from ringwork.fleet.proving import Broken
from ringwork.fleet.rollout import Published
from ringwork.fleet.status import Acknowledged
from ringwork.intent.model import Intent
from ringwork.kernel.findings import Finding, has_errors
from ringwork.kernel.refusal import Refused


@dataclass(frozen=True, slots=True)
class Assessed:
    """An estate as far as it can go live. `intent` None: nothing of it can. `plan`: what would change, JSON.

    `snapshot`: what it exposes, JSON that names its parts by SHA-256; `parts`: their bytes, made when asked for.
    `broken`: what stays as it is live. `contracts`: what its documentation is made of. `mocks`: contracts of its
    prototypes, JSON, by the path of their upstream.
    """

    intent: Intent | None = None
    findings: Sequence[Finding] = ()
    snapshot: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, bytes] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)
    broken: Broken = field(default_factory=Broken)
    contracts: Contracts | None = None
    mocks: Mapping[str, str] = field(default_factory=dict)


def waiting(gates: Mapping[str, Any] | None, api: str, gate: str, ring: str) -> dict[str, Any]:
    """The request that lets `api` through one gate of `ring`. Raises Refused: it waits for nobody there."""
    for result in () if gates is None or not gates["enforced"] else gates["results"]:
        if (result["api"], result["gate"], result["ring"]) == (api, gate, ring) and result["approvers"]:
            return {
                "gate": gate,
                "api": api,
                "ring": ring,
                "content": result["content"],
                "groups": result["approvers"],
                "quorum": result["quorum"],
            }
    message = f"the {gate} gate of the {ring} ring asks nobody about {api}"
    help = "`ringwork plan` shows what waits for whom. An error in the estate comes before its gates."
    raise Refused("gate-not-waiting", message, help, status=409)


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """`published` None: errors kept everything back. `word` None: the gateway did not answer in time."""

    assessed: Assessed
    published: Published | None
    word: Acknowledged | None

    @property
    def outcome(self) -> str:
        """`blocked`, `refused`, `unanswered`, `unchanged` or `live`."""
        if self.published is None:
            return "blocked"
        if self.word is None:
            return "unanswered"
        if self.word.refusal is not None:
            return "refused"
        return "live" if self.published.changed else "unchanged"

    @property
    def exit_code(self) -> int:
        """0: all of it is live. 1: the gateway did not take it. 2: errors keep something from going live."""
        if self.outcome in ("refused", "unanswered"):
            return 1
        return 2 if self.outcome == "blocked" or has_errors(self.assessed.findings) else 0

    def as_dict(self) -> dict[str, Any]:
        refusal = None if self.word is None else self.word.refusal
        return {
            "outcome": self.outcome,
            "exit_code": self.exit_code,
            "revision": None if self.published is None else self.published.revision,
            "refusal": None if refusal is None else refusal.model_dump(),
            "plan": dict(self.assessed.plan),
            "findings": [finding.as_dict() for finding in self.assessed.findings],
        }
