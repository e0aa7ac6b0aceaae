"""The control room on a real store with a node that remembers in a dictionary."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ringwork.control.authority_files import AuthorityFiles
from ringwork.control.authorization import authorization_server
from ringwork.control.changes import LoggedChange, Standing
from ringwork.control.consumers.accounts import Accounts
from ringwork.control.consumers.applications import Applications
from ringwork.control.directory import ControlDirectory
from ringwork.control.handovers.handovers import Handovers
from ringwork.control.identities import Identities
from ringwork.control.keys import Keys
from ringwork.control.model import Agreed, MintedKey
from ringwork.control.native import mint_key
from ringwork.control.node import NodeIdentity
from ringwork.control.nodes import Nodes
from ringwork.control.people.people import People
from ringwork.control.receipts import Receipts
from ringwork.control.records.records import Records
from ringwork.control.secrets import Secrets
from ringwork.control.signing_keys import sealing_key, token_key
from ringwork.control.store import open_store
from ringwork.control.store.accounts import SqlAccounts
from ringwork.control.store.applications import SqlApplications
from ringwork.control.store.approvals import SqlApprovals, SqlGrants
from ringwork.control.store.change_log import SqlChangeLog
from ringwork.control.store.credentials import SqlCredentials
from ringwork.control.store.handovers import SqlHandovers
from ringwork.control.store.identities import SqlIdentities
from ringwork.control.store.invitations import SqlInvitations
from ringwork.control.store.machine_tokens import SqlMachineTokens
from ringwork.control.store.nodes import SqlNodes
from ringwork.control.store.notices import SqlNotices
from ringwork.control.store.people import SqlPeople
from ringwork.control.store.receipts import SqlReceipts
from ringwork.control.store.records import SqlRecords
from ringwork.control.store.secrets import SqlSecrets
from ringwork.control.store.sessions import SqlSessions
from ringwork.control.store.tables import metadata
from ringwork.control.tokens import TokenIssuer
from ringwork.intent.authorization import AuthorizationTerms
from ringwork.intent.people import PeopleIntent
from ringwork.kernel.refusal import Refused
from tests.support.begun import begin

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

AGREED = Agreed(
    "Acme", "dev", "acme.test", ("partner", "public"), ("free", "gold"), ("globex",), {"orders": ("v1",)}
)


class DictionaryNode:
    """The simple twin of the node's LMDB."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        self.revoked: set[str] = set()
        self.granted: dict[str, dict[str, Any]] = {}
        self.broken = False
        self._seq = 0

    def seq(self) -> int:
        return self._seq

    def apply(self, changes: Sequence[LoggedChange]) -> None:
        if self.broken:
            raise OSError("node: disk full")
        for logged in changes:
            self._apply(logged.change)
            self._seq = logged.seq

    def fill(self, standing: Standing) -> None:
        if self.broken:
            raise OSError("node: disk full")
        for change in standing.changes:
            self._apply(json.loads(change))
        self._seq = standing.seq

    def start_over(self) -> None:
        self.known.clear()
        self.revoked.clear()
        self.granted.clear()
        self._seq = 0

    def _apply(self, change: dict[str, Any]) -> None:
        match change["change"]:
            case "put_key":
                self.known[change["id"]] = change
            case "delete_key":
                self.known.pop(change["id"], None)
            case "revoke_certificate":
                self.revoked.add(change["serial"])
            case "revoke_token":
                self.revoked.add(change["jti"])
            case "forget_certificate":
                self.revoked.discard(change["serial"])
            case "forget_token":
                self.revoked.discard(change["jti"])
            case "put_grant":
                self.granted[change["id"]] = change
            case "delete_grant":
                self.granted.pop(change["id"], None)
            case other:
                raise AssertionError(other)

    def repaired(self) -> DictionaryNode:
        self.broken = False
        return self


class World:
    def __init__(
        self,
        state: Path,
        *,
        node: DictionaryNode | None = None,
        applied: bool = True,
        store: str | None = None,
    ) -> None:
        self.root = state / "control"
        self.directory = ControlDirectory(self.root)
        self.node = node or DictionaryNode()
        self.applied = applied
        self.now = NOW
        begin(self.directory, store)
        database = self.database = open_store(self.directory, store)
        self.identity = NodeIdentity(SqlChangeLog(database), self.node, self.directory)
        numbers = itertools.count(len(SqlCredentials(database).all(limit=1000)))

        def mint(environment: str) -> MintedKey:
            key_id = f"k{next(numbers):011d}"
            return MintedKey(key_id, f"rw_{environment}_{key_id}_{'S' * 38}")

        self.keys = Keys(
            SqlCredentials(database), self.identity, agreed=self.agreed, mint=mint, clock=lambda: self.now
        )
        self.accounts = Accounts(SqlAccounts(database), self.identity, clock=lambda: self.now)
        self.applications = Applications(
            SqlApplications(database),
            self.accounts,
            self.identity,
            agreed=self.agreed,
            clock=lambda: self.now,
        )
        self.handovers = Handovers(
            SqlHandovers(database), key=lambda: sealing_key(self.directory), clock=lambda: self.now
        )
        self.terms: AuthorizationTerms | None = None
        self.by_path: tuple[str, ...] = ()
        self.authorization = authorization_server(
            database,
            self.applications,
            self.identity,
            agreed=self.agreed,
            terms=lambda: self.terms,
            mint=mint,
            secret=lambda reference: self.secrets[reference],
            key=lambda: sealing_key(self.directory),
            clock=lambda: self.now,
        )
        self.receipts = Receipts(
            SqlReceipts(database),
            key=lambda: sealing_key(self.directory),
            settle=self.identity.bring_up_to_date,
            clock=lambda: self.now,
        )
        self.records = Records(
            SqlRecords(database),
            masking_key=lambda: sealing_key(self.directory).hex(),
            clock=lambda: self.now,
        )
        self.identities = Identities(
            SqlIdentities(database),
            self.identity,
            agreed=self.agreed,
            authority=lambda: AuthorityFiles(self.directory, "internal", lambda: self.now).opened(),
            tokens=lambda: TokenIssuer(token_key(self.directory), lambda: self.now),
            clock=lambda: self.now,
        )

        self.kept_secrets = Secrets(
            SqlSecrets(database), key=lambda: sealing_key(self.directory), clock=lambda: self.now
        )
        self.nodes = Nodes(
            SqlNodes(database),
            authority=lambda: AuthorityFiles(self.directory, "nodes", lambda: self.now).opened(),
            clock=lambda: self.now,
        )
        self.policy = PeopleIntent()
        self.secrets = {"secret://idp": "the-secret"}
        self.people = People(
            SqlPeople(database),
            SqlSessions(database),
            SqlInvitations(database),
            SqlMachineTokens(database),
            SqlApprovals(database),
            SqlGrants(database),
            SqlNotices(database),
            policy=lambda: self.policy,
            secret=self.secrets.__getitem__,
            key=lambda: sealing_key(self.directory),
            settle=self.identity.bring_up_to_date,
            clock=lambda: self.now,
        )

    def keys_with_checksums(self) -> Keys:
        """The same keys, and new ones as they are made outside of tests."""
        store = SqlCredentials(self.database)
        return Keys(store, self.identity, agreed=self.agreed, mint=mint_key, clock=lambda: self.now)

    def agreed(self) -> Agreed:
        if not self.applied:
            raise Refused("nothing-applied", "no estate was applied", "ringwork up", status=409)
        return replace(AGREED, authorization=self.terms, by_path=self.by_path)

    def everything_stored(self) -> str:
        """All rows of all tables."""
        with self.database.reading() as connection:
            rows = [connection.execute(table.select()).all() for table in metadata.sorted_tables]
        assert any(rows)
        return repr(rows)
