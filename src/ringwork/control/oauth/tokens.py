"""Access tokens as RFC 9068 has them: issued, looked into (RFC 7662), revoked (RFC 7009).

A token is on record nowhere: what it is good for is judged by its client's record at every call. Only those that were
revoked before their end are remembered, until then.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ringwork.control.node import NodeIdentity
from ringwork.control.oauth.binding import NOTHING, Binding, token_type
from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.model import Client
from ringwork.control.oauth.ports import RevocationRecords
from ringwork.control.oauth.scopes import granted
from ringwork.control.oauth.signing import TokenKeys
from ringwork.intent.authorization import ALGORITHM, LEEWAY_SECONDS, AuthorizationIntent, AuthorizationTerms
from ringwork.kernel.clock import Clock

_TYPE = "at+jwt"
_LONGEST = 8 * 1024
_MOST_RESOURCES = 20


class AccessTokens:
    def __init__(
        self, keys: TokenKeys, revocations: RevocationRecords, node: NodeIdentity, *, clock: Clock
    ) -> None:
        self._keys = keys
        self._revocations = revocations
        self._node = node
        self._clock = clock

    def issue(
        self,
        client: Client,
        terms: AuthorizationTerms,
        scope: str | None,
        resources: Sequence[str],
        binding: Binding = NOTHING,
    ) -> dict[str, Any]:
        """The answer of RFC 6749 §5.1, to a client that acts for itself (§4.4). Raises Declined."""
        given = granted(terms, client.credential, scope)
        said = {"sub": client.id}
        return self._issued(client, terms, given, resources, said, terms.server.lifetime_s, binding)

    def issue_for(
        self,
        client: Client,
        terms: AuthorizationTerms,
        scopes: Sequence[str],
        resources: Sequence[str],
        said: dict[str, Any],
        lifetime_s: int,
        binding: Binding = NOTHING,
    ) -> dict[str, Any]:
        """To a client that acts for a user; `said` is what the token says of him, `sub` among it. Raises Declined."""
        return self._issued(client, terms, scopes, resources, said, lifetime_s, binding)

    def _issued(
        self,
        client: Client,
        terms: AuthorizationTerms,
        scopes: Sequence[str],
        resources: Sequence[str],
        said: dict[str, Any],
        lifetime_s: int,
        binding: Binding,
    ) -> dict[str, Any]:
        key, now = self._keys.signing(), int(self._clock().timestamp())
        claims = said | {
            "iss": terms.server.issuer,
            "aud": _audience(terms.server, resources),
            "client_id": client.id,
            "iat": now,
            "exp": now + lifetime_s,
            "jti": secrets.token_urlsafe(16),
        }
        named = {"scope": " ".join(scopes)} if scopes else {}
        header = {"alg": ALGORITHM, "kid": key.kid, "typ": _TYPE}
        text = jwt.encode(header, claims | named | binding.claims, key, algorithms=[ALGORITHM])
        return {
            "access_token": text,
            "token_type": token_type(binding.claims),
            "expires_in": lifetime_s,
            **named,
        }

    def introspected(self, client: Client, server: AuthorizationIntent, text: str) -> dict[str, Any]:
        """RFC 7662 §2.2; of a token that is not the asking client's nobody hears anything."""
        claims = self._own(client, server, text)
        if claims is None or self._is_revoked(claims):
            return {"active": False}
        told = ("iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "cnf")
        return {"active": True, "token_type": token_type(claims)} | {
            name: claims[name] for name in told if name in claims
        }

    def revoke(self, client: Client, server: AuthorizationIntent, text: str) -> None:
        """Known to the gateway when it returns. What is no token of the client's is no mistake (RFC 7009 §2.2)."""
        claims = self._own(client, server, text)
        if claims is None:
            return
        ends = datetime.fromtimestamp(claims["exp"] + LEEWAY_SECONDS + 1, UTC)
        self._revocations.add(
            claims["jti"], client.credential.ring, ends, self._clock().replace(microsecond=0)
        )
        self._node.bring_up_to_date()

    def forget_ended(self) -> None:
        """Revocations of tokens that are over anyhow."""
        if self._revocations.forget(self._clock()):
            self._node.bring_up_to_date()

    def _is_revoked(self, claims: dict[str, Any]) -> bool:
        grant = claims.get("grant_id")
        return self._revocations.has(claims["jti"]) or (grant is not None and self._revocations.has(grant))

    def _own(self, client: Client, server: AuthorizationIntent, text: str) -> dict[str, Any] | None:
        """Claims of a token of the client's that holds by itself."""
        if len(text) > _LONGEST:
            return None
        try:
            header = jws.extract_compact(text.encode("ascii")).headers()
            key = self._published(header.get("kid"))
            if key is None or header.get("typ") != _TYPE:
                return None
            claims = jwt.decode(text, key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            return None
        is_own = claims.get("iss") == server.issuer and claims.get("client_id") == client.id
        return claims if is_own and self._clock().timestamp() < claims["exp"] else None

    def _published(self, kid: object) -> ECKey | None:
        found = (key.public for key in self._keys.published() if key.kid == kid)
        return next((ECKey.import_key(public) for public in found), None)


def demand_resources(server: AuthorizationIntent, resources: Sequence[str]) -> None:
    """Raises Declined."""
    if len(resources) > _MOST_RESOURCES or not {*resources} <= {*server.audiences}:
        raise Declined("invalid_target", "a resource is none of this authorization server")


def _audience(server: AuthorizationIntent, resources: Sequence[str]) -> str | list[str]:
    """RFC 8707 §2. Raises Declined."""
    demand_resources(server, resources)
    named = list(dict.fromkeys(resources)) or [server.audiences[0]]
    return named[0] if len(named) == 1 else named
