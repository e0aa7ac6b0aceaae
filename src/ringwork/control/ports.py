"""The narrow doors of the store and of the node's identity data. The real ones are in `store/` and `node.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from ringwork.control.changes import LogExtent, LoggedChange, Standing
from ringwork.control.consumers.model import Application
from ringwork.control.demands import Demand, Foretold
from ringwork.control.model import Credential, IssuedIdentity, KeyHolder, MintedKey, Revision, SecretRecord

# What there is of a key → how it ends, and the one that follows it.
Turn = Callable[[Credential], tuple[Credential, Credential]]


class CredentialStore(Protocol):
    """Every write is one transaction together with its entry in the identity change log."""

    def add(
        self, credential: Credential, demand: Demand[Application], foretold: Foretold[Credential]
    ) -> Credential:
        """As it is stored: with the plan of its application, where it names none. Account and application of the
        names it has are made where they are not there; `demand` is shown the application.
        """

    def revoke(self, key_id: str, at: datetime, demand: Demand[Credential]) -> Credential | None:
        """What is stored of it then: revoked `at`, or before. None: there is no such key. `demand` is shown what is
        stored before, in the same transaction, and nothing is changed when it raises.
        """

    def rotate(
        self, key_id: str, at: datetime, turn: Turn, foretold: Foretold[Credential]
    ) -> Credential | None:
        """The key that follows; None: there is no such key. Nothing is changed when `turn` raises."""

    def find(self, key_id: str) -> Credential | None: ...

    def of_partner(self, partner: str, *, limit: int, after: str = "") -> list[Credential]:
        """By id."""

    def ending(self, after: datetime, until: datetime, *, limit: int) -> list[Credential]:
        """Those that work, and end by themselves then, the first to end first."""

    def note_uses(self, uses: Mapping[str, int], rings: Collection[str]) -> None:
        """Key → Unix time of its last use; of keys of `rings`, others are passed over."""

    def holders(self, now: datetime, *, limit: int) -> list[KeyHolder]:
        """Of those that work then, the last used first."""

    def count_ending(self, after: datetime, until: datetime) -> int: ...

    def all(self, *, limit: int, after: str = "") -> list[Credential]:
        """By id, at most `limit`, those behind `after`."""


class IdentityRecords(Protocol):
    """What was issued to services."""

    def add(self, identity: IssuedIdentity) -> None: ...

    def revoke(
        self, issued: IssuedIdentity, at: datetime, demand: Demand[IssuedIdentity]
    ) -> IssuedIdentity | None:
        """What is stored of `issued` then, as it is with a key."""

    def forget_expired(self, now: datetime) -> int:
        """Drops what expired, with its revocation; returns how many."""

    def find(self, handle: str) -> IssuedIdentity | None: ...

    def all(self, *, limit: int, after: str = "") -> list[IssuedIdentity]: ...


class SecretRecords(Protocol):
    """Sealed secrets, by name."""

    def put(self, record: SecretRecord) -> None:
        """Adds it, or replaces the one of that name."""

    def delete(self, name: str, at: datetime) -> bool:
        """Whether there was one."""

    def find(self, name: str) -> SecretRecord | None: ...

    def all(self) -> list[SecretRecord]: ...


class ChangeLog(Protocol):
    def after(self, seq: int, *, limit: int) -> list[LoggedChange]:
        """Changes numbered above `seq`, oldest first."""

    def extent(self) -> LogExtent: ...

    def standing(self, rings: Collection[str] | None = None) -> AbstractContextManager[Standing]:
        """All that holds, of `rings` where they are said, as of one moment."""

    def compact(self) -> int:
        """Drops what newer changes made void; returns how many."""


class RevisionStore(Protocol):
    def add(self, revision: Revision) -> None: ...

    def find(self, number: int) -> Revision | None: ...

    def latest(self, count: int, *, before: int | None = None) -> list[Revision]:
        """The newest `count`, newest first; those with a lower number than `before`."""


class IdentityNode(Protocol):
    """A node's identity data."""

    def seq(self) -> int:
        """Number of the last change applied; 0 for a new node."""

    def apply(self, changes: Sequence[LoggedChange]) -> None:
        """Applies `changes` and their last number in one transaction, visible to the gateway when it returns."""

    def fill(self, standing: Standing) -> None:
        """Takes all of it over in one transaction, into a node that has nothing."""

    def start_over(self) -> None:
        """Forgets everything: the next change is the first."""


class KeyMint(Protocol):
    def __call__(self, environment: str) -> MintedKey:
        """A new key `rw_<environment>_<id>_<secret><checksum>` from the system's randomness."""
