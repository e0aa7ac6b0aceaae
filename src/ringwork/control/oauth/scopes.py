"""Which scopes a client can have: those that contracts of its ring demand, as far as its agreement and it itself go."""

from __future__ import annotations

from ringwork.control.model import Credential
from ringwork.control.oauth.errors import Declined
from ringwork.intent.authorization import AuthorizationTerms

# Of a token's scopes together: a token has at most 8 KiB at a gateway.
_LONGEST = 4_096


def within(terms: AuthorizationTerms, credential: Credential) -> list[str]:
    """In order. Raises Declined for a partner without an agreement."""
    known, agreed = terms.scopes.get(credential.ring, ()), _agreed(terms, credential)
    own = credential.restrictions.scopes
    return [name for name in known if (agreed is None or name in agreed) and (not own or name in own)]


def granted(terms: AuthorizationTerms, credential: Credential, asked: str | None) -> list[str]:
    """What a token is good for; all there is, where nothing is asked for (RFC 6749 §3.3). Raises Declined."""
    there = within(terms, credential)
    if asked is None:
        given = there
    else:
        names = {name for name in asked.split(" ") if name}
        if not names <= {*there}:
            raise Declined("invalid_scope", "a scope is not known, or not the client's to have")
        given = sorted(names)
    if len(" ".join(given)) > _LONGEST:
        raise Declined("invalid_scope", "these are too many scopes for one token: name those you need")
    return given


def _agreed(terms: AuthorizationTerms, credential: Credential) -> tuple[str, ...] | None:
    """None: every one. A plan that is gone gives none, as at the gateway."""
    if credential.partner is not None:
        if credential.partner not in terms.partners:
            raise Declined("unauthorized_client", "there is no agreement any more")
        return terms.partners[credential.partner]
    if credential.plan is not None:
        return terms.plans.get(credential.plan, ())
    return None
