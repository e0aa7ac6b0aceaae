"""From `--key`, `--as`, `--ring` to what a request carries."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ringwork.cli.runtime_commands.options import RingName
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.control.control import Control

# Long enough for one call on a machine under load.
_ONE_CALL = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Proof:
    """Headers to send, and a certificate chain (DER, leaf first) to have presented."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    certificate_chain: tuple[bytes, ...] | None = field(default=None, repr=False)


def header(text: str) -> tuple[str, str]:
    """`Name: value`. Raises Refused."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise Refused("header-malformed", f'"{text}" is no header field', 'Write it as "Name: value".')
    return name.strip().lower(), value.strip()


def chosen_ring(control: Control, ring: RingName | None, key: str | None, as_: str | None) -> str:
    """The ring named; else the service's, the key's, and the public one for nobody."""
    if ring is not None:
        return ring.value
    if as_ is not None:
        return RingName.INTERNAL.value
    if key is None:
        return RingName.PUBLIC.value
    from ringwork._native import parse_key

    parts = parse_key(key)
    credential = None if parts is None else control.keys.find(parts["id"])
    if credential is None:
        raise Refused("ring-missing", "this key is not known here", "Say which ring to call with --ring.")
    return credential.ring


def proof_for_explanation(control: Control, key: str | None, as_: str | None) -> Proof:
    """A certificate made for the question leaves no record: it is presented to nobody."""
    headers = (("x-api-key", key),) if key is not None else ()
    if as_ is None:
        return Proof(headers)
    authority = control.authority("internal")
    issued = authority.issue_svid(control.identities.spiffe_id(as_), _ONE_CALL)
    chain = (issued.certificate_pem, authority.certificate_pem)
    return Proof(headers, tuple(ssl.PEM_cert_to_DER_cert(pem.decode()) for pem in chain))
