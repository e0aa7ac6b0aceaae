"""Where requests of a version may go, and as whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringwork.bundle.prove.estate import ReadApi, Service
from ringwork.bundle.prove.files import Files
from ringwork.bundle.prove.reading import Part
from ringwork.bundle.prove.relations import Exactly, Tree
from ringwork.bundle.prove.units import Url, endpoint, milliseconds, url


def allowed_upstream(files: Files, api: ReadApi, version: str) -> Tree:
    """Raises ValueError for what cannot be understood."""
    service = api.service(version)
    mocked = service.url.value == "mock:"
    at = _mock(api, version) if mocked else url(service.url.value)
    place = service.url.place
    return {
        "tls": Exactly(at.tls, place),
        "host": Exactly(at.host, place),
        "port": Exactly(at.port, place),
        "path": Exactly(at.path if mocked else at.path + _sent_prefix(api, service, version), place),
        "connect_timeout_ms": _time(service["connect_timeout"], "2s"),
        "io_timeout_ms": _time(service["timeout"], "30s"),
        "write_timeout_ms": _time(service["write_timeout"], None),
        "total_timeout_ms": _time(service["total_timeout"], None),
        "protocol": _protocol(service["protocol"]),
        "tls_options": _tls(files, api.folder, service["tls"]),
        "host_header": _host_header(service["host"]),
        "preserve_host": Exactly(service["host"].value == "preserve", service["host"].place),
        "endpoints": _endpoints(service["endpoints"], at),
        "balance": _balance(service["balance"]),
        "health": _part(service["health"], _health),
        "outliers": _part(service["outliers"], _outliers),
        "breaker": _part(service["breaker"], _breaker),
        "retries": _part(service["retries"], _retries),
        "credential": _part(service["credential"], _credential),
    }


def _mock(api: ReadApi, version: str) -> Url:
    """A prototype's requests stay on the machine, each version's below a path of its own."""
    host, _, port = (api.mocks or "127.0.0.1:0").rpartition(":")
    return Url(tls=False, host=host, port=int(port), path=f"/{api.name}/{version}")


def _sent_prefix(api: ReadApi, service: Service, version: str) -> str:
    prefix = str(service["prefix"].value or "strip")
    if prefix == "strip":
        return ""
    if prefix == "keep":
        return f"{api.prefix}/{version}" if api.versioning == "path" else api.prefix
    return prefix.replace("{version}", version).replace("{api}", api.name)


def _time(part: Part, usual: str | None) -> Exactly:
    return Exactly(milliseconds(part.value if part.is_there else usual), part.place)


def _protocol(part: Part) -> Exactly:
    """HTTP/1.1 is what is not said."""
    return Exactly(None if part.value in (None, "http1") else part.value, part.place)


def _host_header(part: Part) -> Exactly:
    return Exactly(None if part.value in (None, "own", "preserve") else part.value, part.place)


def _endpoints(part: Part, at: Url) -> Exactly:
    found = []
    for one in part:
        alone = isinstance(one.value, str)
        host, port = endpoint(one.value if alone else one["address"].value, at)
        found.append({"host": host, "port": port, "weight": 1 if alone else one["weight"].value or 1})
    return Exactly(found, part.place)


def _balance(part: Part) -> Exactly:
    by = str((part.value if isinstance(part.value, str) else part["by"].value) or "round-robin")
    if by == "round-robin":
        return Exactly(None, part.place)
    header = part["header"].value
    named = {} if header is None else {"name": str(header).lower()}
    return Exactly({"by": by.replace("-", "_"), **named}, part.place)


def _tls(files: Files, folder: str, part: Part) -> Exactly:
    if not part.is_there:
        return Exactly(None, part.place)
    said = {
        "ca_pem": _pem(files, folder, part["ca"].value),
        "server_name": None if part["server_name"].value is None else str(part["server_name"].value).lower(),
        "client_certificate_pem": _pem(files, folder, part["client_certificate"].value),
        "client_key": part["client_key"].value,
    }
    return Exactly(said, part.place)


def _pem(files: Files, folder: str, name: Any) -> str | None:
    """The certificates of a file, and nothing that may stand beside them."""
    if name is None:
        return None
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificates

    _, data = files.read(f"{folder}/{name}")
    certificates = load_pem_x509_certificates(data)
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def _part(part: Part, read: Callable[[Part], dict[str, Any]]) -> Exactly:
    return Exactly(read(part) if part.is_there else None, part.place)


def _health(part: Part) -> dict[str, Any]:
    return {
        "path": part["path"].value,
        "interval_ms": milliseconds(part["interval"].value or "5s"),
        "timeout_ms": milliseconds(part["timeout"].value or "2s"),
        "healthy_after": _or(part["healthy_after"], 1),
        "unhealthy_after": _or(part["unhealthy_after"], 2),
        "statuses": part["statuses"].value,
    }


def _outliers(part: Part) -> dict[str, Any]:
    return {
        "errors": _or(part["errors"], 5),
        "eject_ms": milliseconds(part["eject"].value or "30s"),
        "max_percent": _or(part["max_percent"], 50),
    }


def _breaker(part: Part) -> dict[str, Any]:
    return {
        "max_requests": part["max_requests"].value,
        "max_pending": _or(part["max_pending"], 0),
        "pending_timeout_ms": milliseconds(part["pending_timeout"].value or "1s"),
    }


def _retries(part: Part) -> dict[str, Any]:
    return {
        "attempts": _or(part["attempts"], 1),
        "statuses": part["statuses"].value,
        "budget_percent": _or(part["budget_percent"], 20),
    }


def _credential(part: Part) -> dict[str, Any]:
    if part["bearer"].is_there:
        return {"header": "authorization", "form": "bearer", "secret": part["bearer"].value}
    if part["basic"].is_there:
        basic = part["basic"]
        said = {"header": "authorization", "form": "basic", "user": basic["user"].value}
        return said | {"secret": basic["password"].value}
    header = part["header"]
    return {
        "header": str(header["name"].value).lower(),
        "form": "plain",
        "secret": header["value"].value,
    }


def _or(part: Part, usual: int) -> Any:
    return part.value if part.is_there else usual
