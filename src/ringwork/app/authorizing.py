"""The authorization server's listener, open while the live revision says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringwork.control.control import Control
from ringwork.fleet.issuers.fetching import NotFetched
from ringwork.fleet.issuers.following import Fetch
from ringwork.fleet.plane import ControlPlane
from ringwork.intent.authorization import jwks_uri_of
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.api.serving import AuthorizationListener


class AuthorizationEnd:
    """For one thread."""

    def __init__(self, plane: ControlPlane, control: Control) -> None:
        self._plane = plane
        self._control = control
        self._open: tuple[str, AuthorizationListener] | None = None

    def follow(self) -> str | None:
        """Opens and closes what the live revision says; where this machine reaches it then. Raises Refused for an
        address that is taken.
        """
        terms = self._control.authorization_terms()
        wanted = None if terms is None else terms.server.listen
        if self._open is not None and self._open[0] != wanted:
            self.stop()
        if self._open is None and wanted is not None:
            self._open = (wanted, self._opened(wanted))
        self._plane.holds(() if wanted is None else (wanted,), of="authorization server")
        return None if wanted is None else f"http://{wanted}"

    def stop(self) -> None:
        if self._open is not None:
            self._open[1].stop()
            self._open = None

    def _opened(self, address: str) -> AuthorizationListener:
        from ringwork.api.authorization.application import authorization_api
        from ringwork.api.serving import AuthorizationListener

        listener = AuthorizationListener(address)
        listener.start(authorization_api(self._control.authorization))
        return listener


def own_keys_or(fetch: Fetch, control: Control) -> Fetch:
    """Keys of the authorization server that is here are asked of nobody."""

    def fetched(uri: str, ca_pem: str | None) -> dict[str, object]:
        try:
            terms = control.authorization_terms()
            if terms is not None and uri == jwks_uri_of(terms.server.issuer):
                return control.authorization.keys.key_set()
        except Refused as refused:  # the store is away
            raise NotFetched(f"{uri}: {refused.message}") from None
        return fetch(uri, ca_pem)

    return fetched
