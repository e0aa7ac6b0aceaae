"""References of the estate that have no value here: the API that needs one stays behind, the rest goes live.

What is told to operators keeps no API from going live: there a missing value is a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.checks.telemetry import declared_otlp
from ringwork.manifest.estate import Estate, LoadedApi
from ringwork.manifest.service import UpstreamManifest

# Reference → its value. Raises LookupError, saying why there is none; the text holds nothing of a secret.
Resolve = Callable[[str], str]
Path = tuple[str | int, ...]


def check_secrets(estate: Estate, resolve: Resolve) -> Iterator[Finding]:
    """Every reference of every upstream and receiver, once a place."""
    for api in estate.apis:
        for reference, place, one_line in _references(api):
            problem = _problem(reference, resolve, one_line)
            if problem is not None:
                message, help = problem
                yield Finding("secret-missing", Severity.ERROR, message, help, place, api.name)
    for reference, place, one_line in (
        *_of_receivers(estate),
        *_of_shared_limits(estate),
        *_of_people(estate),
        *_of_users(estate),
    ):
        problem = _problem(reference, resolve, one_line)
        if problem is not None:
            message, help = problem
            help = f"Nothing goes there until there is one. {help}"
            yield Finding("secret-missing", Severity.WARNING, message, help, place)


def _problem(reference: str, resolve: Resolve, one_line: bool) -> tuple[str, str] | None:
    try:
        value = resolve(reference)
    except LookupError as error:
        return f"{reference} has no value here: {error}", "Provide it, then apply again."
    if one_line and not (value.isascii() and value.isprintable()):
        return (
            f"the value of {reference} cannot be sent in a header",
            "It must be printable ASCII on one line.",
        )
    return None


def _references(api: LoadedApi) -> Iterator[tuple[str, Location, bool]]:
    services: list[tuple[UpstreamManifest, Path]] = [(api.manifest.upstream, ("upstream",))]
    for index, version in enumerate(api.manifest.versions):
        if version.upstream is not None:
            services.append((version.upstream, ("versions", index, "upstream")))
    for service, place in services:
        for reference, path, one_line in _named(service):
            yield reference, api.at(*place, *path), one_line


def _of_receivers(estate: Estate) -> Iterator[tuple[str, Location, bool]]:
    organization = estate.organization
    if organization is None:
        return
    for otlp, path in declared_otlp(organization):
        for name, reference in otlp.headers.items():
            yield reference, organization.at(*path, "headers", name), True
        if otlp.ca is not None:
            yield otlp.ca, organization.at(*path, "ca"), False


def _of_shared_limits(estate: Estate) -> Iterator[tuple[str, Location, bool]]:
    organization = estate.organization
    stated = None if organization is None else organization.manifest.shared_limits
    if organization is None or stated is None:
        return
    if stated.password is not None:
        yield stated.password, organization.at("shared_limits", "password"), False
    if stated.ca is not None:
        yield stated.ca, organization.at("shared_limits", "ca"), False


def _of_people(estate: Estate) -> Iterator[tuple[str, Location, bool]]:
    organization = estate.organization
    if organization is None:
        return
    notify, provider = organization.manifest.people.notify, organization.manifest.people.provider
    if notify is not None and notify.secret is not None:
        yield notify.secret, organization.at("people", "notify", "secret"), True
    if provider is None:
        return
    if provider.client_secret is not None:
        yield provider.client_secret, organization.at("people", "provider", "client_secret"), True
    if provider.ca is not None:
        yield provider.ca, organization.at("people", "provider", "ca"), False


def _of_users(estate: Estate) -> Iterator[tuple[str, Location, bool]]:
    organization = estate.organization
    server = None if organization is None else organization.manifest.authorization_server
    if organization is None or server is None or server.users is None:
        return
    place = ("authorization_server", "users")
    if server.users.client_secret is not None:
        yield server.users.client_secret, organization.at(*place, "client_secret"), True
    if server.users.ca is not None:
        yield server.users.ca, organization.at(*place, "ca"), False


def _named(service: UpstreamManifest) -> Iterator[tuple[str, Path, bool]]:
    """References of one service, where they stand in it, and whether their value is sent in a header."""
    if service.tls is not None and service.tls.client_key is not None:
        yield service.tls.client_key, ("tls", "client_key"), False
    credential = service.credential
    if credential is None:
        return
    if credential.bearer is not None:
        yield credential.bearer, ("credential", "bearer"), True
    if credential.basic is not None:
        yield credential.basic.password, ("credential", "basic", "password"), True
    if credential.header is not None:
        yield credential.header.value, ("credential", "header", "value"), True
