"""What is said of a service beside its address: parts that need each other, exclude each other or do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.checks.upstreams import declared_services
from ringwork.manifest.upstream import UpstreamUrl, service_url

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedApi
    from ringwork.manifest.service import UpstreamManifest

# The gateway's own business: framing, the target, and what it says of the caller.
_FRAMING = frozenset({"connection", "content-length", "expect", "keep-alive", "trailer", "transfer-encoding"})
_TARGET = frozenset({"api-version", "host", "te", "upgrade"})
_RETRIED_FROM = 400


def check_services(estate: Estate) -> Iterator[Finding]:
    """TLS, balancing, retries and credentials of every upstream."""
    for api in estate.apis:
        for service, place in declared_services(api):
            try:
                url = service_url(service.url)
            except ValueError:
                continue  # found by check_upstreams
            yield from _Check(api, service, url, place).findings()


class _Check:
    """One `upstream` of one API."""

    def __init__(
        self, api: LoadedApi, service: UpstreamManifest, url: UpstreamUrl, place: tuple[str | int, ...]
    ) -> None:
        self._api = api
        self._service = service
        self._url = url
        self._place = place

    def findings(self) -> Iterator[Finding]:
        yield from self._tls()
        yield from self._websocket()
        yield from self._certificates()
        yield from self._balance()
        yield from self._retries()
        yield from self._credential()

    def _tls(self) -> Iterator[Finding]:
        tls = self._service.tls
        if not self._url.tls and tls is not None:
            help = "Write https:// in the url, or remove `tls`."
            yield self._error(
                "upstream-tls-unused", "`tls` means nothing to an http:// upstream", help, "tls"
            )
        if not self._url.tls and self._service.protocol == "auto":
            help = "Write `http2` for h2c with prior knowledge, or `http1`."
            message = "`auto` asks by ALPN, which only https has"
            yield self._error("upstream-protocol-unused", message, help, "protocol")
        if tls is not None and (tls.client_certificate is None) != (tls.client_key is None):
            stated, missing = "client_certificate", "client_key"
            if tls.client_certificate is None:
                stated, missing = missing, stated
            help = f"Add {missing}: mTLS needs both."
            yield self._error("upstream-tls-incomplete", f"{stated} without {missing}", help, "tls", stated)

    def _websocket(self) -> Iterator[Finding]:
        if self._api.manifest.websocket is not None and self._service.protocol == "http2":
            help = "Write `protocol: auto` or `http1`, or give tunnels an API or version of their own."
            message = "a WebSocket is opened over HTTP/1.1, and this service speaks HTTP/2 alone"
            yield self._error("websocket-over-http2", message, help, "protocol")

    def _certificates(self) -> Iterator[Finding]:
        tls = self._service.tls
        for key in ("ca", "client_certificate") if tls is not None else ():
            name = getattr(tls, key)
            pem = self._api.pems.get(name) if name is not None else None
            if pem is not None and pem.problem is not None:
                help = "Name a PEM file with certificates, relative to the API's folder."
                yield self._error("certificate-unusable", f"{name} {pem.problem}", help, "tls", key)

    def _balance(self) -> Iterator[Finding]:
        balance = self._service.balance
        if (balance.by == "header") != (balance.header is not None):
            help = "Write `balance: {by: header, header: x-tenant}`."
            yield self._error(
                "balance-incomplete", "`by: header` and `header` need each other", help, "balance"
            )
        if self._service.endpoints or self._url.address is None:
            return
        for key in ("balance", "outliers"):
            if key in self._service.model_fields_set:
                help = "Name several `endpoints`, or remove it."
                place = self._api.source.key_at(*self._place, key)
                message = f"`{key}` means nothing with one address"
                yield Finding("without-effect", Severity.WARNING, message, help, place, self._api.name)

    def _retries(self) -> Iterator[Finding]:
        retries = self._service.retries
        for index, status in enumerate(retries.statuses if retries is not None else ()):
            if status < _RETRIED_FROM:
                help = "Name statuses that say a request failed, such as 502, 503 and 504."
                yield self._error(
                    "retry-of-success", f"{status} is no failure", help, "retries", "statuses", index
                )

    def _credential(self) -> Iterator[Finding]:
        credential = self._service.credential
        if credential is None:
            return
        if len([form for form in (credential.bearer, credential.basic, credential.header) if form]) != 1:
            help = "Write one of `bearer`, `basic` and `header`."
            yield self._error("credential-ambiguous", "a credential has exactly one form", help, "credential")
        header = credential.header
        if header is not None and _is_the_gateways(header.name):
            help = "Name a header of the service's own, such as x-api-key."
            message = f"{header.name} is the gateway's to set"
            yield self._error("credential-header-reserved", message, help, "credential", "header", "name")
        if not self._url.tls and not self._url.is_loopback:
            help = "Use https://, unless everything between here and there is trusted."
            place = self._api.source.key_at(*self._place, "credential")
            message = "this credential travels unencrypted"
            yield Finding("credential-in-the-clear", Severity.WARNING, message, help, place, self._api.name)

    def _error(self, code: str, message: str, help: str, *path: str | int) -> Finding:
        place = self._api.at(*self._place, *path)
        return Finding(code, Severity.ERROR, message, help, place, self._api.name)


def _is_the_gateways(header: str) -> bool:
    return header in _FRAMING or header in _TARGET or header.startswith(("x-ringwork-", "proxy-"))
