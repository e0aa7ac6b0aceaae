"""The control room put together on one directory: what the admin API and the commands both use."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ringwork.control.belonging import another_environment
from ringwork.control.consumers.accounts import Accounts
from ringwork.control.consumers.applications import Applications
from ringwork.control.directory import ControlDirectory
from ringwork.control.handovers.handovers import Handovers
from ringwork.control.identities import Identities
from ringwork.control.keys import Keys
from ringwork.control.ledger.ledger import Ledger
from ringwork.control.model import Agreed, Revision
from ringwork.control.node import NodeIdentity
from ringwork.control.nodes import Nodes
from ringwork.control.ports import IdentityNode, KeyMint
from ringwork.control.receipts import Receipts
from ringwork.control.records.records import Records
from ringwork.control.secrets import Secrets
from ringwork.control.sources import SourceArchive
from ringwork.control.store import open_store
from ringwork.control.store.accounts import SqlAccounts
from ringwork.control.store.applications import SqlApplications
from ringwork.control.store.change_log import SqlChangeLog
from ringwork.control.store.credentials import SqlCredentials
from ringwork.control.store.handovers import SqlHandovers
from ringwork.control.store.identities import SqlIdentities
from ringwork.control.store.ledger import SqlLedger
from ringwork.control.store.nodes import SqlNodes
from ringwork.control.store.receipts import SqlReceipts
from ringwork.control.store.records import SqlRecords
from ringwork.control.store.revisions import SqlRevisions
from ringwork.control.store.secrets import SqlSecrets
from ringwork.intent.authorization import AuthorizationTerms
from ringwork.intent.model import MASKING_KEY
from ringwork.intent.people import PeopleIntent
from ringwork.kernel.clock import Clock
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from ringwork.control.authority import Authority
    from ringwork.control.authority_files import AuthorityFiles
    from ringwork.control.backup.creating import Backups
    from ringwork.control.oauth.clients import Clients
    from ringwork.control.oauth.server import AuthorizationServer
    from ringwork.control.people.people import People
    from ringwork.control.tokens import TokenIssuer


class Control:
    """Opens the store; authorities and keys are made when first needed.

    `node` is the identity data that keys and revocations are brought to; `store` names a database of a server, for a
    state that begins (`store/place.py`).
    """

    def __init__(
        self, root: Path, node: IdentityNode, *, mint: KeyMint, clock: Clock, store: str | None = None
    ) -> None:
        self.directory = ControlDirectory(root)
        self.clock = clock
        self._mint = mint
        self._database = open_store(self.directory, store)
        self.revisions = SqlRevisions(self._database)
        self.sources = SourceArchive(self.directory.revisions)
        self.changes = SqlChangeLog(self._database)
        self.node = NodeIdentity(self.changes, node, self.directory)
        self.keys = Keys(
            SqlCredentials(self._database), self.node, agreed=self.agreed, mint=mint, clock=clock
        )
        self.accounts = Accounts(SqlAccounts(self._database), self.node, clock=clock)
        self.applications = Applications(
            SqlApplications(self._database), self.accounts, self.node, agreed=self.agreed, clock=clock
        )
        self.secrets = Secrets(SqlSecrets(self._database), key=self._sealing_key, clock=clock)
        self.handovers = Handovers(SqlHandovers(self._database), key=self._sealing_key, clock=clock)
        self.receipts = Receipts(
            SqlReceipts(self._database),
            key=self._sealing_key,
            settle=self.node.bring_up_to_date,
            clock=clock,
        )
        self.identities = Identities(
            SqlIdentities(self._database),
            self.node,
            agreed=self.agreed,
            authority=lambda: self.authority("internal"),
            tokens=self.token_issuer,
            clock=clock,
        )
        self._newest: Revision | None = None
        self.ledger = Ledger(SqlLedger(self._database), self.directory, key=self._ledger_key)
        self.records = Records(
            SqlRecords(self._database), masking_key=lambda: self.secrets.value(MASKING_KEY), clock=clock
        )
        self.nodes = Nodes(SqlNodes(self._database), authority=lambda: self.authority("nodes"), clock=clock)

    @cached_property
    def people(self) -> People:
        """Who operates; what it takes is loaded where it is asked for."""
        from ringwork.control.people.people import People
        from ringwork.control.store.approvals import SqlApprovals, SqlGrants
        from ringwork.control.store.invitations import SqlInvitations
        from ringwork.control.store.machine_tokens import SqlMachineTokens
        from ringwork.control.store.notices import SqlNotices
        from ringwork.control.store.people import SqlPeople
        from ringwork.control.store.sessions import SqlSessions

        return People(
            SqlPeople(self._database),
            SqlSessions(self._database),
            SqlInvitations(self._database),
            SqlMachineTokens(self._database),
            SqlApprovals(self._database),
            SqlGrants(self._database),
            SqlNotices(self._database),
            policy=self.people_policy,
            secret=self.secrets.value,
            key=self._sealing_key,
            settle=self.node.bring_up_to_date,
            clock=self.clock,
        )

    def people_policy(self) -> PeopleIntent:
        """What the newest revision says of people; where there is none, what holds where nothing is said."""
        newest = self._newest_revision()
        return PeopleIntent() if newest is None else newest.agreed.people

    @cached_property
    def authorization(self) -> AuthorizationServer:
        """Ringwork as authorization server; what it takes is loaded where it is asked for."""
        from ringwork.control.authorization import authorization_server

        return authorization_server(
            self._database,
            self.applications,
            self.node,
            agreed=self.agreed,
            terms=self.authorization_terms,
            mint=self._mint,
            secret=self.secrets.value,
            key=self._sealing_key,
            clock=self.clock,
        )

    @property
    def clients(self) -> Clients:
        return self.authorization.clients

    def authorization_terms(self) -> AuthorizationTerms | None:
        """What the newest revision says of the authorization server."""
        newest = self._newest_revision()
        return None if newest is None else newest.agreed.authorization

    def _newest_revision(self) -> Revision | None:
        number = self.revisions.newest()
        if self._newest is None or self._newest.number != number:
            self._newest = self.revisions.find(number)
        return self._newest

    def agreed(self) -> Agreed:
        """What the newest revision lets credentials refer to. Raises Refused when there is none."""
        latest = self.revisions.latest(1)
        if not latest:
            raise Refused(
                "nothing-applied",
                "no estate was applied to this state directory yet",
                "Start it with `ringwork up ESTATE`, or name the right one with --state.",
                status=409,
            )
        return latest[0].agreed

    def demand_environment(self, environment: str) -> None:
        """Raises Refused when what was applied here is of another: credentials and secrets here are that one's."""
        latest = self.revisions.latest(1)
        if latest and latest[0].agreed.environment != environment:
            raise another_environment(self.directory.root.parent, latest[0].agreed.environment, environment)

    def authority(self, name: str) -> Authority:
        """The embedded CA `name`, as it issues now."""
        return self.authority_files(name).opened()

    def authority_files(self, name: str) -> AuthorityFiles:
        from ringwork.control.authority_files import AuthorityFiles

        return AuthorityFiles(self.directory, name, self.clock)

    def token_issuer(self) -> TokenIssuer:
        from ringwork.control.signing_keys import token_key
        from ringwork.control.tokens import TokenIssuer

        return TokenIssuer(token_key(self.directory), self.clock)

    def backups(self) -> Backups:
        from ringwork.control.backup.creating import Backups

        return Backups(self._database, self.directory, clock=self.clock)

    def _sealing_key(self) -> bytes:
        from ringwork.control.signing_keys import sealing_key

        return sealing_key(self.directory)

    def _ledger_key(self) -> Ed25519PrivateKey:
        from ringwork.control.signing_keys import ledger_key

        return ledger_key(self.directory)

    def close(self) -> None:
        self._database.close()
