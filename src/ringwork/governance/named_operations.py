"""Operations an API's manifest names, for tunnels or to be kept: each must be a GET of its documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringwork.governance.exposure import VersionExposure
from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.estate import LoadedApi

_WEBSOCKET = "A WebSocket is opened by GET (RFC 6455 section 4.1)."
_CACHE = "Responses to GET are kept, and HEAD is answered from them."


def misnamed_operations(api: LoadedApi, versions: Iterable[VersionExposure]) -> Iterator[Finding]:
    """Names under `websocket.operations` and `cache.operations` that are no GET operation of any version."""
    tunnels, kept = api.manifest.websocket, api.manifest.cache
    operations = [operation for version in versions for operation in version.operations]
    known = {operation.id for operation in operations}
    reads = {operation.id for operation in operations if operation.method == "GET"}
    for key, names, only_reads in (
        ("websocket", tunnels.operations if tunnels is not None else (), _WEBSOCKET),
        ("cache", (kept.operations or ()) if kept is not None else (), _CACHE),
    ):
        for index, name in enumerate(names):
            if name in reads:
                continue
            message, help = f'no version has an operation "{name}"', did_you_mean(name, sorted(reads))
            if name in known:
                message, help = f'"{name}" is no GET', only_reads
            place = api.at(key, "operations", index)
            yield Finding(f"{key}-operation", Severity.ERROR, message, help, place, api.name)
