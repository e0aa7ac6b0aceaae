"""From `--key`, `--token`, `--as`, `--ring` to what a request carries."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, slots=True)
class Presented:
    """What a question says of its caller. `certificate`: PEM file of what the connection has shown."""

    key: str | None
    token: str | None
    service: str | None
    certificate: Path | None = None


def header(text: str) -> tuple[str, str]:
    """`Name: value`. Raises Refused."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise Refused("header-malformed", f'"{text}" is no header field', 'Write it as "Name: value".')
    return name.strip().lower(), value.strip()


def chosen_ring(
    control: Control,
    ring: RingName | None,
    key: str | None,
    as_: str | None,
    accepting: Callable[[], list[str]] = list,
) -> str:
    """The ring named; else the service's, the only one that accepts the token's issuer (`accepting` gives all), the
    key's, and the public one for nobody.
    """
    if ring is not None:
        return ring.value
    if as_ is not None:
        return RingName.INTERNAL.value
    rings = accepting()
    if len(rings) == 1:
        return rings[0]
    if rings:
        message = f"the token's issuer is accepted by {' and '.join(rings)}"
        raise Refused("ring-missing", message, "Say which ring to call with --ring.")
    if key is None:
        return RingName.PUBLIC.value
    from ringwork._native import parse_key

    parts = parse_key(key)
    credential = None if parts is None else control.keys.find(parts["id"])
    if credential is None:
        raise Refused("ring-missing", "this key is not known here", "Say which ring to call with --ring.")
    return credential.ring


def token_given(text: str | None) -> str | None:
    """`--token`: the token itself, or @FILE. Raises Refused."""
    if text is None or not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("token-unreadable", f"{text[1:]}: {error}", "Name a file after @.") from None


def rings_accepting(manifest: Mapping[str, Any], token: str | None) -> list[str]:
    """Rings that accept the issuer a token names; nothing of it is believed."""
    issuer = None if token is None else _issuer(token)
    return [
        name
        for name, ring in manifest["rings"].items()
        if any(one["issuer"] == issuer for one in ring["authentication"].get("access_tokens", ()))
    ]


def _issuer(token: str) -> Any:
    try:
        payload = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["iss"]
    except (IndexError, ValueError, KeyError, TypeError):
        return None


def one_certificate(service: str | None, certificate: Path | None) -> None:
    """Raises Refused: a connection shows one."""
    if service is not None and certificate is not None:
        message = "--as calls with a certificate of its own, and --certificate names another"
        raise Refused("certificate-twice", message, "Leave out one of them.")


def proof_for_explanation(control: Control, presented: Presented) -> Proof:
    """A certificate made for the question leaves no record: it is presented to nobody. Raises Refused."""
    one_certificate(presented.service, presented.certificate)
    keys = (("x-api-key", presented.key),) if presented.key is not None else ()
    tokens = (("authorization", f"Bearer {presented.token}"),) if presented.token is not None else ()
    headers = (*keys, *tokens)
    if presented.certificate is not None:
        return Proof(headers, (_der(presented.certificate),))
    if presented.service is None:
        return Proof(headers)
    authority = control.authority("internal")
    issued = authority.issue_svid(control.identities.spiffe_id(presented.service), _ONE_CALL)
    chain = (issued.certificate_pem, authority.certificate_pem)
    return Proof(headers, tuple(ssl.PEM_cert_to_DER_cert(pem.decode()) for pem in chain))


def _der(path: Path) -> bytes:
    """Of the first certificate of a PEM file. Raises Refused."""
    try:
        text = path.read_bytes().decode("ascii")
        block = text[text.index(ssl.PEM_HEADER) : text.index(ssl.PEM_FOOTER) + len(ssl.PEM_FOOTER)]
        return ssl.PEM_cert_to_DER_cert(block)
    except (OSError, ValueError):
        help = "Name a PEM file with the client's certificate."
        raise Refused("certificate-unusable", f"{path} cannot be read as PEM", help) from None
