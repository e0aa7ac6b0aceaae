"""Where limits are shared: a URL a gateway can call, may, and over which nobody changes what was counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.sharing import shared_limits_url
from ringwork.manifest.upstream import forbidden

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedOrganization

_FORM = 'Write "rediss://host:port/database" without credentials; those go into `username` and `password`.'


def check_shared_limits(estate: Estate) -> Iterator[Finding]:
    """`shared_limits` of the organisation."""
    if estate.organization is not None:
        yield from _judge(estate.organization)


def _judge(organization: LoadedOrganization) -> Iterator[Finding]:
    stated = organization.manifest.shared_limits
    if stated is None:
        return
    place = organization.at("shared_limits", "url")
    try:
        server = shared_limits_url(stated.url).server
    except ValueError as error:
        message = f"the server of shared limits: {error}"
        yield Finding("shared-limits-invalid", Severity.ERROR, message, _FORM, place)
        return
    reason = forbidden(server)
    if reason is not None:
        help = "Name the Valkey or Redis server itself."
        yield Finding("shared-limits-forbidden", Severity.ERROR, f"{server.host} {reason}", help, place)
    elif not server.tls and not server.is_loopback:
        message = (
            f"whoever is between a gateway and {server.host} could lift every limit: redis:// is in the clear"
        )
        help = "Use rediss://, or a tunnel that ends on the gateway's machine."
        yield Finding("shared-limits-in-clear", Severity.ERROR, message, help, place)
    if stated.ca is not None and not server.tls:
        message, help = (
            "a server that is called in the clear shows no certificate",
            "Use rediss://, or remove `ca`.",
        )
        where = organization.at("shared_limits", "ca")
        yield Finding("shared-limits-invalid", Severity.ERROR, message, help, where)
    if stated.username is not None and stated.password is None:
        message, help = "an account without a password logs nobody in", "Add `password`, by reference."
        where = organization.at("shared_limits", "username")
        yield Finding("shared-limits-invalid", Severity.ERROR, message, help, where)
