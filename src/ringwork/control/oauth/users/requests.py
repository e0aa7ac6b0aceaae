"""What an application asks of a user (RFC 6749 §4.1.1, RFC 7636, RFC 8707, RFC 9126)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ringwork.control.oauth.errors import Declined
from ringwork.control.oauth.model import Client
from ringwork.control.oauth.scopes import granted
from ringwork.control.oauth.tokens import demand_resources
from ringwork.control.oauth.users.redirecting import is_loopback, registered
from ringwork.intent.authorization import AuthorizationTerms
from ringwork.kernel.refusal import Refused

_CHALLENGE = re.compile("[A-Za-z0-9_-]{43}")
_STATE = re.compile("[ -~]{1,512}")
# Of a token's scopes together, beside what it says of its user.
_LONGEST_SCOPES = 3_000
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """One that may be put to a user. `state`: what the application tells its requests apart by. `asks_anew`: it wants
    the user asked, whatever he allowed before.
    """

    client_id: str
    redirect_uri: str
    redirect_stated: bool
    state: str | None
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    challenge: str
    asks_anew: bool = False
    jkt: str | None = None


class Misdirected(Exception):
    """It is declined, and the application can be told: at `redirect_uri`."""

    def __init__(self, declined: Declined, redirect_uri: str, state: str | None) -> None:
        super().__init__(str(declined))
        self.declined = declined
        self.redirect_uri = redirect_uri
        self.state = state


def only(pairs: Pairs, name: str) -> str | None:
    """The one value there is. Raises Declined for two."""
    found = [value for known, value in pairs if known == name]
    if len(found) > 1:
        raise Declined("invalid_request", f"{name} is there twice")
    return found[0] if found and found[0] else None


def receiver_of(client: Client, pairs: Pairs) -> tuple[str, bool]:
    """Where answers go, and whether the request says so. Raises Refused: nobody is sent anywhere else."""
    try:
        stated = only(pairs, "redirect_uri")
    except Declined:
        stated = ""
    known = client.redirect_uris
    if stated is None and len(known) == 1 and not is_loopback(known[0]):
        return known[0], False
    if stated is None or not registered(stated, known):
        help = "Its developer registers the address with the application: you can do nothing here."
        message = "the application asks to be answered at an address that is not registered as its own"
        raise Refused("redirect-unregistered", message, help)
    return stated, True


def read(client: Client, terms: AuthorizationTerms, pairs: Pairs) -> Request:
    """Raises Refused for what nobody can be told of but the user, Misdirected for the rest."""
    receiver, stated = receiver_of(client, pairs)
    state = next((value for name, value in pairs if name == "state"), None)
    try:
        return _read(client, terms, pairs, receiver, stated)
    except Declined as declined:
        usable = state if state is not None and _STATE.fullmatch(state) else None
        raise Misdirected(declined, receiver, usable) from None


def _read(client: Client, terms: AuthorizationTerms, pairs: Pairs, receiver: str, stated: bool) -> Request:
    """Raises Declined."""
    said = {name: only(pairs, name) for name in {name for name, _ in pairs} - {"resource"}}
    state, challenge = said.get("state"), said.get("code_challenge") or ""
    for name in ("request", "request_uri"):
        if name in said:
            raise Declined(f"{name}_not_supported", f"{name} is not taken here")  # type: ignore[arg-type]
    if state is not None and not _STATE.fullmatch(state):
        raise Declined("invalid_request", "state has at most 512 characters of printable ASCII")
    if said.get("response_type") is None:
        raise Declined("invalid_request", "response_type is missing")
    if said["response_type"] != "code":
        raise Declined("unsupported_response_type", "the response type is code")
    if said.get("response_mode") not in (None, "query"):
        raise Declined("invalid_request", "the response mode is query")
    if said.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise Declined("invalid_request", "code_challenge with code_challenge_method S256 is demanded")
    prompts = (said.get("prompt") or "").split()
    if "none" in prompts:
        raise Declined("login_required", "a user is always asked")
    jkt = said.get("dpop_jkt")
    if jkt is not None and not _CHALLENGE.fullmatch(jkt):
        raise Declined("invalid_request", "dpop_jkt is a SHA-256 thumbprint (RFC 7638)")
    scopes = granted(terms, client.credential, said.get("scope"))
    if len(" ".join(scopes)) > _LONGEST_SCOPES:
        raise Declined("invalid_scope", "these are too many scopes for one token: name those you need")
    resources = tuple(dict.fromkeys(value for name, value in pairs if name == "resource"))
    demand_resources(terms.server, resources)
    return Request(
        client_id=client.id,
        redirect_uri=receiver,
        redirect_stated=stated,
        state=state,
        scopes=tuple(scopes),
        resources=resources,
        challenge=challenge,
        asks_anew="consent" in prompts,
        jkt=jkt,
    )
