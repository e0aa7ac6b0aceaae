"""Where a database of a server is: a URL, or a reference to one. No message says what may be a password."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ringwork.control.secrets import NothingStored, Secrets, Unresolved
from ringwork.kernel.clock import system_clock
from ringwork.kernel.refusal import Refused

_REFERENCES = ("env://", "file:///")
_SCHEMES = {"postgresql", "postgres"}
_HOLD_PASSWORDS = {"password", "sslpassword"}
_HELP = "Write postgresql://USER@HOST/DATABASE, env://VARIABLE or file:///PATH; without --store it is SQLite."


def store_url(store: str) -> URL:
    """The URL `store` is, or refers to. Raises Refused."""
    if store.startswith(_REFERENCES):
        return _parsed(_referred(store), f"what {store} holds")
    url = _parsed(store, "--store")
    if url.password is not None or _HOLD_PASSWORDS & url.query.keys():
        raise Refused(
            "store-password-shown",
            "a password in a command is read by everybody on this machine",
            "Put the URL into a file only you can read, and say --store file:///PATH; or env://VARIABLE.",
            status=422,
        )
    return url


def _referred(reference: str) -> str:
    try:
        return Secrets(NothingStored(), key=bytes, clock=system_clock).value(reference)
    except Unresolved as why:
        message = f"the URL of the store, {reference}, cannot be read: {why}"
        help = (
            "Its value is postgresql://USER:PASSWORD@HOST/DATABASE, for every command that uses this state."
        )
        raise Refused("store-unresolved", message, help, status=503) from None


def _parsed(text: str, what: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # both would quote it
        url = None
    if url is None or url.drivername not in _SCHEMES or not url.database:
        raise Refused("store-malformed", f"{what} is no URL of a PostgreSQL database", _HELP, status=422)
    return url
