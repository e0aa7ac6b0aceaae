"""A node directory, built by hand from the written formats: bundles, signed manifest, pointer, identity data."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.gateway.certificates import CertificateFiles, TestAuthority
from tests.gateway.credentials import TOKEN_AUDIENCE, TOKEN_ISSUER, TRUST_DOMAIN, ApiKey, TokenMint, make_key
from tests.support.ports import free_port

RINGS = ("internal", "partner", "public")
HOSTS = {"internal": "api.internal.test", "partner": "partner.acme.test", "public": "api.acme.test"}
Json = dict[str, Any]


class Node:
    """The node directory of one test. `publish` writes a revision; `change` is applied to its manifest."""

    def __init__(self, root: Path, upstream_port: int) -> None:
        self.root = root
        self.upstream_port = upstream_port
        self.authorities = {ring: TestAuthority(ring, root / "certificates") for ring in RINGS}
        self.tokens = TokenMint()
        self.addresses = {ring: ("127.0.0.1", free_port()) for ring in RINGS}
        self.revision = 0
        self._signing = Ed25519PrivateKey.generate()
        self._identity_seq = 0
        self._write_trust()
        for ring in RINGS:
            self.install_certificate(ring, self.authorities[ring].server(HOSTS[ring]))

    # -- shape ------------------------------------------------------------------------------------------

    def publish(
        self,
        *,
        revision: int | None = None,
        bundle: Callable[[str, Json], None] = lambda ring, content: None,
        change: Callable[[Json], None] = lambda manifest: None,
        signing: Ed25519PrivateKey | None = None,
        spoil: Callable[[set[Path]], None] = lambda new_objects: None,
    ) -> int:
        """Publishes the next revision, or the one given; returns its number.

        `spoil` gets the objects that are new, before the pointer names the revision.
        """
        known = set(self.objects())
        self.revision = self.revision + 1 if revision is None else revision
        manifest = {
            "format": 1,
            "revision": self.revision,
            "created_at": "2026-01-01T00:00:00Z",
            "control_version": "0.0.0",
            "organization": "acme",
            "environment": "test",
            "trust_domain": TRUST_DOMAIN,
            "rings": {ring: self._ring(ring, bundle) for ring in RINGS},
        }
        change(manifest)
        signed = _jws(_json(manifest), signing or self._signing)
        name = hashlib.sha256(signed).hexdigest()
        self._write(f"published/manifests/{name}.jws", signed)
        spoil(set(self.objects()) - known)
        self.point_at(self.revision, name)
        return self.revision

    def point_at(self, revision: int, manifest: str) -> None:
        self._write("published/current", _json({"revision": revision, "manifest": manifest}))

    def _ring(self, ring: str, bundle: Callable[[str, Json], None]) -> Json:
        host, port = self.addresses[ring]
        return {
            "listeners": [f"{host}:{port}"],
            "hosts": [HOSTS[ring]],
            "tls": {"certificate_file": f"tls/{ring}/cert.pem", "key_file": f"tls/{ring}/key.pem"},
            "authentication": self._authentication(ring),
            "authenticate_first": ring != "public",
            "errors": "detailed" if ring == "internal" else "sanitised",
            "response_headers": _response_headers(ring),
            "networks": [],
            "log_client_address": "full",
            "trace_context": "accept" if ring == "internal" else "restart",
            "default_limit": {"per_minute": 60_000, "burst": 60_000},
            "agreements": self._object(_agreements()),
            "routes": self._routes(ring, bundle),
        }

    def _authentication(self, ring: str) -> Json:
        if ring != "internal":
            return {"api_key": True}
        trusted = self.authorities["internal"].pem.decode()
        return {
            "mtls": {"trust_bundle_pem": trusted},
            "service_token": {
                "issuer": TOKEN_ISSUER,
                "audience": TOKEN_AUDIENCE,
                "jwks": self.tokens.jwks,
                "max_lifetime_seconds": 3600,
            },
            "api_key": False,
        }

    def _routes(self, ring: str, bundle: Callable[[str, Json], None]) -> list[Json]:
        content = deepcopy(_bundle(ring, self.upstream_port))
        bundle(ring, content)
        self._open(content)
        orders = {"name": "orders", "versioning": "path", "versions": {"v1": self._object(content)}}
        routes: list[Json] = [{"hosts": [], "prefix": "/shop", "api": orders}]
        if ring == "internal":
            ledger = deepcopy(content) | {"api": "ledger"}
            api = {"name": "ledger", "versioning": "path", "versions": {"v1": self._object(ledger)}}
            return [*routes, {"hosts": [], "prefix": "/ledger", "api": api}]
        # An API these rings must not know.
        return [*routes, {"hosts": [], "prefix": "/ledger"}]

    def route(self, ring: str, api: str) -> Json:
        """One more API, at `/<api>/v1`, with the operations of `orders`."""
        content = _bundle(ring, self.upstream_port) | {"api": api}
        self._open(content)
        versions = {"v1": self._object(content)}
        return {
            "hosts": [],
            "prefix": f"/{api}",
            "api": {"name": api, "versioning": "path", "versions": versions},
        }

    def _open(self, content: Json) -> None:
        """Where a test says nothing of bodies, all of them leave, and the declared header fields."""
        if content["ring"] != "internal" and "projection" not in content:
            content["requires"] = ["projection"]
            content["projection"] = {"mode": "enforce", "object": self._object(_open_projection(content))}

    def _object(self, content: Json) -> str:
        data = _json(content)
        name = hashlib.sha256(data).hexdigest()
        self._write(f"published/objects/{name}.json", data)
        return name

    def put(self, content: Json) -> str:
        """An object beside the bundles; its name."""
        return self._object(content)

    # -- identity ---------------------------------------------------------------------------------------

    def change_identity(self, *changes: Json) -> None:
        """Effective for the gateway when this returns."""
        from ringwork._native import IdentityWriter

        self._identity_seq += 1
        IdentityWriter(str(self.root / "identity")).apply(list(changes), self._identity_seq)

    def key(self, ring: str, **given: Any) -> ApiKey:
        """A new key that works."""
        key = make_key()
        agreed: Json = {"partner": "globex"} if ring == "partner" else {"plan": "free"}
        change = {
            "change": "put_key",
            "id": key.id,
            "sha256": key.sha256,
            "ring": ring,
            "environment": "test",
            "consumer": "globex" if ring == "partner" else "dev-1",
            "application": "app-1",
        }
        self.change_identity(change | agreed | given)
        return key

    def svid(self, service: str, **given: Any) -> CertificateFiles:
        return self.authorities["internal"].svid(f"spiffe://{TRUST_DOMAIN}/{service}", **given)

    # -- files ------------------------------------------------------------------------------------------

    def install_certificate(self, ring: str, files: CertificateFiles) -> None:
        self._write(f"tls/{ring}/key.pem", files.key.read_bytes())
        self._write(f"tls/{ring}/cert.pem", files.certificate.read_bytes())

    def provide_secrets(self, values: dict[str, str]) -> None:
        """Values by reference, as the control plane brings them to a node."""
        path = self.root / "secrets/upstreams.json"
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.touch(0o600)
        temporary.write_bytes(_json({"format": 1, "secrets": values}))
        os.replace(temporary, path)

    def status(self) -> Json:
        status: Json = json.loads((self.root / "status.json").read_bytes())
        return status

    def log_lines(self) -> list[Json]:
        """Whole lines; the last one may still be under way."""
        log = self.root / "log/access.ndjson"
        whole = log.read_text().rpartition("\n")[0] if log.exists() else ""
        return [json.loads(line) for line in whole.splitlines()]

    def objects(self) -> list[Path]:
        return sorted(self.root.glob("published/objects/*.json"))

    def _write_trust(self) -> None:
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        self._write("trust/manifest.pub", self._signing.public_key().public_bytes(*raw).hex().encode())

    def _write(self, name: str, data: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.write_bytes(data)
        os.replace(temporary, path)


def _bundle(ring: str, upstream_port: int) -> Json:
    operation = {"max_body_bytes": 65_536}
    read, write = {"id": "getOrder"} | operation, {"id": "createOrder"} | operation
    paths: list[Json] = [
        {"template": "/orders", "operations": {"GET": {"id": "listOrders"} | operation, "POST": write}},
        {"template": "/orders/{id}", "operations": {"GET": read}},
    ]
    if ring == "internal":
        paths[1]["operations"]["DELETE"] = {"id": "deleteOrder"} | operation
        paths.append(
            {"template": "/orders/export", "operations": {"GET": {"id": "exportOrders"} | operation}}
        )
    else:
        paths[1]["hidden"] = True
        paths.append({"template": "/orders/export", "hidden": True, "operations": {}})
    return {
        "format": 1,
        "ring": ring,
        "api": "orders",
        "version": "v1",
        "upstream": {
            "tls": False,
            "host": "127.0.0.1",
            "port": upstream_port,
            "path": "/base",
            "connect_timeout_ms": 2000,
            "io_timeout_ms": 10_000,
        },
        "paths": paths,
    }


def _open_projection(bundle: Json) -> Json:
    def shown(operation: Json) -> Json:
        headers = sorted(name.lower() for name in operation.get("response_headers", []))
        return {"opaque": True, "statuses": {"default": {"headers": headers, "content": {"*/*": "opaque"}}}}

    declared = [operation for path in bundle["paths"] for operation in path["operations"].values()]
    return {"format": 1, "nodes": [], "operations": {one["id"]: shown(one) for one in declared}}


def _agreements() -> Json:
    ample = {"per_minute": 60_000, "burst": 60_000}
    return {
        "format": 1,
        "plans": {
            "free": {"limit": ample},
            "tiny": {"limit": {"per_minute": 1, "burst": 20}},
            "daily": {"limit": ample | {"per_day": 5}},
        },
        "partners": {
            "globex": {"limit": ample, "features": [], "networks": []},
            "initech": {"limit": {"per_minute": 1, "burst": 10}, "features": [], "networks": []},
        },
    }


def _response_headers(ring: str) -> Json:
    if ring == "internal":
        return {"mode": "all_but", "names": ["x-secret-of-the-house"]}
    return {
        "mode": "only",
        "names": ["cache-control", "content-type", "date", "etag", "location", "x-passed"],
    }


def _json(value: Json) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _jws(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    def encoded(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    signed = encoded(b'{"alg":"EdDSA","typ":"ringwork-manifest"}') + b"." + encoded(payload)
    return signed + b"." + encoded(key.sign(signed))
