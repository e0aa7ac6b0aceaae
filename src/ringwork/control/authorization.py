"""The authorization server put together on a store."""

from __future__ import annotations

from collections.abc import Callable

from ringwork.control.consumers.applications import Applications
from ringwork.control.model import Agreed
from ringwork.control.node import NodeIdentity
from ringwork.control.oauth.authentication import ClientAuthentication
from ringwork.control.oauth.clients import Clients
from ringwork.control.oauth.server import AuthorizationServer
from ringwork.control.oauth.signing import TokenKeys
from ringwork.control.oauth.tokens import AccessTokens
from ringwork.control.oauth.users.authorization import UserAuthorization
from ringwork.control.oauth.users.grants import UserGrants
from ringwork.control.ports import KeyMint
from ringwork.control.store import Database
from ringwork.control.store.clients import SqlAssertions, SqlClients
from ringwork.control.store.token_keys import SqlTokenKeys, SqlTokenRevocations
from ringwork.control.store.user_grants import SqlUserGrants
from ringwork.intent.authorization import AuthorizationTerms
from ringwork.kernel.clock import Clock


def authorization_server(
    database: Database,
    applications: Applications,
    node: NodeIdentity,
    *,
    agreed: Callable[[], Agreed],
    terms: Callable[[], AuthorizationTerms | None],
    mint: KeyMint,
    secret: Callable[[str], str],
    key: Callable[[], bytes],
    clock: Clock,
) -> AuthorizationServer:
    """`key` gives the 32 bytes that what signing keys and grants are sealed with is derived from; `secret` resolves
    references.
    """
    records, assertions = SqlClients(database), SqlAssertions(database)
    keys = TokenKeys(SqlTokenKeys(database), key=key, clock=clock)
    grants = UserGrants(SqlUserGrants(database), node, key=key, clock=clock)
    return AuthorizationServer(
        Clients(records, applications, node, agreed=agreed, mint=mint, clock=clock),
        keys,
        AccessTokens(keys, SqlTokenRevocations(database), node, clock=clock),
        ClientAuthentication(records, assertions, clock=clock),
        assertions,
        UserAuthorization(grants, records, terms=terms, secret=secret, key=key, clock=clock),
        terms=terms,
        clock=clock,
    )
