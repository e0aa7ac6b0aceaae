"""Operations an API's manifest marks as tunnels: each must be one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringwork.governance.exposure import VersionExposure
from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.estate import LoadedApi


def tunnels_that_lead_nowhere(api: LoadedApi, versions: Iterable[VersionExposure]) -> Iterator[Finding]:
    """Names under `websocket.operations` that are no GET operation of any version."""
    if api.manifest.websocket is None:
        return
    operations = [operation for version in versions for operation in version.operations]
    known = {operation.id for operation in operations}
    openable = {operation.id for operation in operations if operation.method == "GET"}
    for index, name in enumerate(api.manifest.websocket.operations):
        if name in openable:
            continue
        message, help = f'no version has an operation "{name}"', did_you_mean(name, sorted(openable))
        if name in known:
            message, help = f'"{name}" is no GET', "A WebSocket is opened by GET (RFC 6455 section 4.1)."
        place = api.at("websocket", "operations", index)
        yield Finding("websocket-operation", Severity.ERROR, message, help, place, api.name)
