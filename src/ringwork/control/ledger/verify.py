"""Is this export what was signed? With the public key alone, in one pass, and with the place of what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ringwork.control.ledger.checkpoint import Checkpoint, read_checkpoint
from ringwork.control.ledger.note import NotTrusted, Verifier
from ringwork.control.ledger.tree import Frontier, leaf_hash
from ringwork.kernel.findings import Finding, Location, Severity

MAX_LINE_BYTES = 1024 * 1024
_HELP = "Ask for a new export, and for the reason. What stands before this place is as it was signed."
_HELP_SEEN = "Keep both: no ledger that was left alone says two things."


@dataclass(slots=True)
class Verdict:
    """`entries` were read; `signed` of them are as they were signed."""

    entries: int = 0
    signed: int = 0
    findings: list[Finding] = field(default_factory=list)


def verify(lines: Iterable[bytes], name: str, verifier: Verifier, seen: Sequence[Checkpoint] = ()) -> Verdict:
    """`lines` of the export `name`; `seen`: checkpoints from another time or place, which it must agree with."""
    return _Reading(name, verifier, seen).verdict(lines)


class _Reading:
    def __init__(self, name: str, verifier: Verifier, seen: Sequence[Checkpoint]) -> None:
        self._name = name
        self._verifier = verifier
        self._verdict = Verdict()
        # Size → root that was signed for it, and the line that says so; 0: said elsewhere.
        self._signed: dict[int, tuple[bytes, int]] = {}
        self._tree = Frontier()
        self._number = 0
        for checkpoint in seen:
            self._expect(checkpoint, 0)

    def verdict(self, lines: Iterable[bytes]) -> Verdict:
        """Ends at the first entry that is not as it was signed: what follows cannot be compared any more."""
        for data in lines:
            self._number += 1
            if not self._read(data.removesuffix(b"\n")):
                return self._verdict
        self._end()
        return self._verdict

    def _read(self, data: bytes) -> bool:
        content = _object(data)
        if content is None:
            self._find("ledger-unreadable", "this line is no entry and no checkpoint")
            return False
        if "checkpoint" in content:
            self._read_checkpoint(content["checkpoint"])
            return True
        if content.get("seq") != self._tree.size:
            self._misplaced(content.get("seq"))
            return False
        self._tree = self._tree.appended(leaf_hash(data))
        self._verdict.entries = self._tree.size
        return self._compare()

    def _read_checkpoint(self, note: object) -> None:
        try:
            self._expect(read_checkpoint(str(note), self._verifier), self._number)
        except NotTrusted as why:
            self._find("ledger-not-signed", f"this checkpoint is not trusted: {why}")

    def _expect(self, checkpoint: Checkpoint, line: int) -> None:
        known = self._signed.setdefault(checkpoint.size, (checkpoint.root, line))
        if known[0] != checkpoint.root:
            message = f"two ledgers of {checkpoint.size} entries were signed: it was forked"
            self._find("ledger-forked", message, line or 1, _HELP_SEEN)
        elif checkpoint.size < self._tree.size:
            self._find("ledger-not-signed", "a checkpoint stands after entries it speaks of", line)

    def _compare(self) -> bool:
        """Where something was signed of as many entries as were read."""
        signed = self._signed.get(self._tree.size)
        if signed is None:
            return True
        root, line = signed
        if root != self._tree.root():
            first = f"one of the entries {self._verdict.signed} to {self._tree.size - 1}"
            whose = "" if line else ", according to the checkpoint you have"
            self._find("ledger-changed", f"{first} is not as it was signed{whose}")
            return False
        self._verdict.signed = self._tree.size
        return True

    def _misplaced(self, seq: object) -> None:
        expected = self._tree.size
        if isinstance(seq, int) and seq > expected:
            missing = (
                f"entry {expected} is" if seq == expected + 1 else f"entries {expected} to {seq - 1} are"
            )
            self._find("ledger-missing", f"{missing} missing before this one")
        else:
            self._find("ledger-order", f"entry {expected} should stand here, not {json.dumps(seq)}")

    def _end(self) -> None:
        found, signed = self._tree.size, max(self._signed, default=0)
        if found < signed:
            message = f"it ends after {found} entries, and {signed} were signed: the last {signed - found} are missing"
            self._find("ledger-truncated", message)
        elif self._verdict.signed < found:
            message = f"nobody signed what follows entry number {self._verdict.signed - 1}"
            self._find("ledger-not-signed", message)
        elif not self._signed:
            self._find("ledger-not-signed", "there is no checkpoint in it")

    def _find(self, code: str, message: str, line: int = 0, help: str = _HELP) -> None:
        place = Location(self._name, max(line or self._number, 1))
        self._verdict.findings.append(Finding(code, Severity.ERROR, message, help, place))


def _object(data: bytes) -> dict[str, object] | None:
    if len(data) > MAX_LINE_BYTES:
        return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def bounded_lines(file: Iterable[bytes]) -> Iterator[bytes]:
    """Lines as they are; one that is too long is cut, and then is no line of an export."""
    for line in file:
        yield line[: MAX_LINE_BYTES + 1]
