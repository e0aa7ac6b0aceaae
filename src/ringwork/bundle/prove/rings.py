"""What a ring may listen on, whom it may trust, what it must demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringwork.bundle.prove.estate import ReadEstate
from ringwork.bundle.prove.issuers import allowed_issuers
from ringwork.bundle.prove.reading import Layers, Part
from ringwork.bundle.prove.relations import Among, Anything, Exactly, Relation, Tree
from ringwork.bundle.prove.units import address, limit, milliseconds, network
from ringwork.bundle.prove.words import OUTER

# Response headers that pass on outer rings though no contract declares them.
_HEADERS = frozenset(
    (
        *("accept-ranges", "age", "cache-control", "content-disposition", "content-encoding"),
        *("content-language", "content-length", "content-location", "content-range", "content-type", "date"),
        *("deprecation", "etag", "expires", "last-modified", "link", "location", "retry-after", "sunset"),
        "vary",
    )
)
_PRIVATE = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
_TIMES = ("handshake", "request_head", "idle", "lifetime", "body_grace")


@dataclass(frozen=True, slots=True)
class _Usual:
    """What a ring is when the estate says nothing (docs/tour.md, docs/bounds.md)."""

    proofs: frozenset[str]
    networks: tuple[str, ...]
    client_address: str
    trace_context: str
    per_minute: int | None
    burst_factor: float
    connections_per_address: int
    failed_authentications_per_minute: int


_USUAL = {
    "internal": _Usual(
        frozenset(("mtls", "service_token")), _PRIVATE, "full", "accept", 10_000, 1.0, 5_000, 600
    ),
    "partner": _Usual(frozenset(("api_key",)), (), "full", "restart", None, 1.5, 1_000, 60),
    "public": _Usual(frozenset(("api_key",)), (), "truncated", "restart", 100, 1.0, 1_000, 60),
}


@dataclass(frozen=True, slots=True)
class Trust:
    """Public halves of the control plane's keys: whom the internal ring may believe, beside the operators' CAs.

    `operators`: file of CAs an estate names → its certificates, PEM.
    """

    svids_pem: str
    token_issuer: str
    token_audience: str
    token_keys: Mapping[str, Any]
    token_lifetime_seconds: int
    operators: Mapping[str, str]


def allowed_ring(
    estate: ReadEstate, ring: str, trust: Trust, listening: Mapping[str, str], own_hosts: frozenset[str]
) -> dict[str, Relation | Tree]:
    """`listening`: declared listener → where it is instead. `own_hosts`: of APIs the ring is served."""
    said, usual = estate.rings[ring], _USUAL[ring]
    outer = ring in OUTER
    hosts = said["hosts"].stated
    log, context = said.at("log", "client_address").stated, said["trace_context"].stated
    asking = said["client_certificates"].stated
    return {
        "listeners": _listeners(said, listening),
        "hosts": Among(frozenset(estate.shared_hosts(ring)) | own_hosts, hosts.place),
        "tls": _tls(estate.root, ring, said["tls"].stated),
        "authentication": _authentication(estate, ring, usual, trust),
        "client_certificates": Exactly(asking.value or "ignored", asking.place),
        "authenticate_first": Exactly(ring != "public", said.stated.place),
        "errors": Exactly("sanitised" if outer else "detailed", said.stated.place),
        "response_headers": _headers(outer, said.at("response_headers", "allow").stated),
        "networks": _networks(said["networks"].stated, usual.networks),
        "log_client_address": Exactly(log.value or usual.client_address, log.place),
        "trace_context": Exactly(context.value or usual.trace_context, context.place),
        "bounds": _bounds(said["bounds"], usual),
        "trusted_proxies": _proxies(said["trusted_proxies"].stated),
        "documentation": _documentation(said["documentation"].stated, listening),
        "default_limit": _default_limit(said["limits"], usual),
        "agreements": Anything(),
        "routes": Anything(),
    }


def operator_file(estate: ReadEstate, ring: str) -> str | None:
    """The file of CAs the estate trusts on a ring beside the embedded one."""
    file = estate.rings[ring].at("authentication", "trust_bundle").value
    return None if file is None else str(estate.root.absolute() / str(file))


@dataclass(frozen=True, slots=True)
class UsualLimits:
    """`burst_factor`: of partners without one of their own; the others are of partners without any limits."""

    burst_factor: Any
    per_minute: Any = None
    per_day: Any = None


def usual_partner_limits(estate: ReadEstate) -> UsualLimits:
    usual = _USUAL["partner"].burst_factor
    if "partner" not in estate.rings:
        return UsualLimits(usual)
    limits = estate.rings["partner"]["limits"]
    factor = limits["burst_factor"].value or usual
    return UsualLimits(factor, limits["per_minute"].value, limits["per_day"].value)


def _listeners(said: Layers, listening: Mapping[str, str]) -> Exactly:
    part = said["listen"].stated
    declared = [address(text) for text in part.strings()]
    return Exactly([listening.get(one, one) for one in declared], part.place)


def _documentation(part: Part, listening: Mapping[str, str]) -> Exactly:
    """Where errors are explained; a URL of the very listener follows it to another port."""
    url, declared = part["url"].value, part["listen"].value
    if url is None or declared is None:
        return Exactly(None, part.place)
    port, moved = (
        text.rpartition(":")[2] for text in (address(declared), listening.get(address(declared), declared))
    )
    scheme, _, rest = str(url).rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    if scheme == "http" and host in {f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")}:
        host = host.removesuffix(port) + moved
    return Exactly(f"{scheme}://{host}{slash}{path}", part["url"].place)


def _tls(root: Path, ring: str, part: Part) -> Tree:
    if part.is_there:
        own = {key: str(root.resolve() / str(part[key].value)) for key in ("certificate", "key")}
    else:
        own = {"certificate": f"tls/{ring}/cert.pem", "key": f"tls/{ring}/key.pem"}
    return {f"{key}_file": Exactly(file, part.place) for key, file in own.items()}


def _authentication(estate: ReadEstate, ring: str, usual: _Usual, trust: Trust) -> dict[str, Relation | Tree]:
    proofs = estate.rings[ring]["authentication"]

    def accepts(proof: str) -> bool:
        stated = proofs[proof].value
        return proof in usual.proofs if stated is None else stated is True

    place = proofs.stated.place
    file = proofs["trust_bundle"].value
    pem = "" if file is None else trust.operators.get(str(estate.root.absolute() / str(file)), "")
    mtls = {"trust_bundle_pem": trust.svids_pem + pem} if accepts("mtls") else None
    return {
        "mtls": Exactly(mtls, place),
        "service_token": Exactly(token_trust(trust) if accepts("service_token") else None, place),
        "api_key": Exactly(accepts("api_key"), place),
        "access_tokens": allowed_issuers(estate, ring),
    }


def token_trust(trust: Trust) -> dict[str, Any]:
    """Which internal JWTs are believed."""
    return {
        "issuer": trust.token_issuer,
        "audience": trust.token_audience,
        "jwks": trust.token_keys,
        "max_lifetime_seconds": trust.token_lifetime_seconds,
    }


def _headers(outer: bool, part: Part) -> Tree:
    if not outer:
        return {"mode": Exactly("all_but", part.place), "names": Anything(part.place)}
    more = frozenset(name.lower() for name in part.strings())
    return {"mode": Exactly("only", part.place), "names": Among(_HEADERS | more, part.place)}


def _networks(part: Part, usual: tuple[str, ...]) -> Exactly:
    stated = [network(text) for text in part.strings()] if part.is_there else list(usual)
    return Exactly(stated, part.place)


def _bounds(said: Layers, usual: _Usual) -> Tree:
    times = {"handshake": "10s", "request_head": "10s", "idle": "60s", "lifetime": "60m", "body_grace": "10s"}
    counts = {
        "connections": 20_000,
        "connections_per_address": usual.connections_per_address,
        "body_bytes_per_second": 500,
        "failed_authentications_per_minute": usual.failed_authentications_per_minute,
    }
    # No key of the estate: a gateway's own.
    bounds: dict[str, Relation | Tree] = {
        "silence_ms": Exactly(30_000),
        "requests_per_connection": Exactly(100_000),
    }
    for name in _TIMES:
        part = said[name].stated
        bounds[f"{name}_ms"] = Exactly(milliseconds(part.value or times[name]), part.place)
    for name, count in counts.items():
        part = said[name].stated
        bounds[name] = Exactly(part.value if part.is_there else count, part.place)
    return bounds


def _proxies(part: Part) -> Exactly:
    if not part.is_there:
        return Exactly(None, part.place)
    said = {
        "networks": [network(text) for text in part["networks"].strings()],
        "proxy_protocol": part["proxy_protocol"].value,
        "header": part["header"].value,
        "services": list(part["services"].strings()),
    }
    return Exactly(said, part.place)


def _default_limit(limits: Layers, usual: _Usual) -> Exactly:
    per_minute = limits["per_minute"].value or usual.per_minute
    place = limits.stated.place
    if per_minute is None:
        return Exactly(None, place)
    factor = limits["burst_factor"].value or usual.burst_factor
    return Exactly(limit(per_minute, factor, limits["per_day"].value), place)
