"""What gates are asked about, put together: what is live with its contracts, what is proposed, and the requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ringwork.bundle.publish import Publication
from ringwork.control.sources import SourceArchive
from ringwork.governance.assess import Assessment, Memory, assess
from ringwork.governance.documented import documented
from ringwork.governance.gates.commit import estate_at
from ringwork.governance.gates.side import Side
from ringwork.governance.snapshot import ExposureSnapshot
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.control.approvals.model import Approval
    from ringwork.governance.gates.judging import Answered, Asked, Request

GATE = "gate"


class _KeptTexts(Mapping[str, bytes]):
    """Files of contracts, as an archive has them."""

    def __init__(self, sources: SourceArchive) -> None:
        self._sources = sources

    def __getitem__(self, sha256: str) -> bytes:
        try:
            return self._sources.contract_text(sha256)
        except FileNotFoundError:
            raise KeyError(sha256) from None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Either(Mapping[str, bytes]):
    """The first that knows."""

    def __init__(self, *texts: Mapping[str, bytes]) -> None:
        self._texts = texts

    def __getitem__(self, sha256: str) -> bytes:
        for each in self._texts[:-1]:
            try:
                return each[sha256]
            except KeyError:
                continue
        return self._texts[-1][sha256]

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def live_side(sources: SourceArchive, published: Path, live: ExposureSnapshot | None) -> Side | None:
    """What is live, with the contracts it was made of; None where nothing is."""
    current = Publication(published).current()
    if live is None or current is None:
        return None
    return Side(live, sources.contracts(current.revision), _KeptTexts(sources))


def proposed_side(root: Path, found: Assessment, memory: Memory, live: Side | None) -> Side:
    """What would go live of an estate of which something can; what stays as it is live has the contract it has."""
    assert found.snapshot is not None
    apis, texts = documented(root, found, memory)
    if live is None:
        return Side(found.snapshot, apis, texts)
    staying = {
        name: live.contracts[name]
        for name in found.snapshot.apis
        if name not in apis and name in live.contracts
    }
    return Side(found.snapshot, {**staying, **apis}, _Either(texts, live.texts))


@contextmanager
def committed_side(root: Path, revision: str, environment: str | None) -> Iterator[Side]:
    """The estate as a commit has it. Raises Refused where nothing of that could go live."""
    with estate_at(root, revision) as folder:
        memory = Memory()
        found = assess(folder, memory=memory, environment=environment)
        if found.snapshot is None:
            first = next(iter(found.findings), None)
            help = (
                "Compare with a revision that is sound."
                if first is None
                else f"{first.location}: {first.message}"
            )
            raise Refused("revision-unusable", f"nothing of the estate of {revision} could go live", help)
        yield proposed_side(folder, found, memory, None)


def answers(approvals: list[Approval]) -> Answered:
    """Requests by exactly what they ask for; one that is approved before one that is open."""
    from ringwork.governance.gates.judging import Asked, Request

    known: dict[Asked, Request] = {}
    for approval in sorted(approvals, key=lambda one: one.outcome == "approved"):
        said = approval.asked
        asked = Asked(
            said["gate"], said["api"], said["ring"], said["content"], tuple(said["groups"]), said["quorum"]
        )
        known[asked] = Request(approval.id, approval.outcome == "approved")
    return known.get


def asked_as_dict(asked: Asked) -> dict[str, object]:
    """As a request has it on record."""
    return {
        "gate": asked.gate,
        "api": asked.api,
        "ring": asked.ring,
        "content": asked.content,
        "groups": list(asked.groups),
        "quorum": asked.quorum,
    }


def requests_in(state: Path) -> Answered:
    """Those on record where there is a state, running or not."""
    from ringwork.app.stores import open_control
    from ringwork.fleet.state import StateDirectory
    from ringwork.governance.gates.judging import nothing_asked

    directory = StateDirectory(state)
    known: list[Answered] = []

    def answered(asked: Asked) -> Request | None:
        # The store is opened when a gate asks somebody, which few plans come to.
        if not known:
            control = open_control(directory)
            try:
                known.append(answers(control.people.grants.gates.standing()))
            finally:
                control.close()
        return known[0](asked)

    return answered if directory.exists() else nothing_asked
