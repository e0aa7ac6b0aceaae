"""Law 2 through the Python door: `explain` sees the very answers and steps the gateway gives."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringwork import _native

NOW_UNIX_NS = 1_750_000_000 * 10**9
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
NOTHING_LEAVES: dict[str, Any] = {"format": 1, "nodes": [], "operations": {}}


class Node:
    """A node directory with one API on the public ring: `/orders/{id}` visible, `/orders/export` hidden."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.published = directory / "published"
        for folder in ("objects", "manifests"):
            (self.published / folder).mkdir(parents=True)
        (directory / "trust").mkdir()
        (directory / "trust" / "manifest.pub").write_text(SIGNER.public_key().public_bytes_raw().hex())
        self.publish()
        minted = _native.mint_key("sandbox")
        self.key = minted["key"]
        self.writer = _native.IdentityWriter(directory / "identity")
        self.writer.apply([_key_change(minted)], 1)

    def publish(self) -> None:
        bundle = self.put(_bundle(self.put(NOTHING_LEAVES)))
        signed = _jws(_manifest(bundle, self.put({"format": 1})))
        name = hashlib.sha256(signed).hexdigest()
        (self.published / "manifests" / f"{name}.jws").write_bytes(signed)
        (self.published / "current").write_text(json.dumps({"revision": 1, "manifest": name}))

    def put(self, content: dict[str, Any]) -> str:
        data = json.dumps(content).encode()
        name = hashlib.sha256(data).hexdigest()
        (self.published / "objects" / f"{name}.json").write_bytes(data)
        return name

    def judge(self, target: bytes, method: str = "GET", host: bytes = b"api.acme.test") -> dict[str, Any]:
        wall = _native.Wall.load(self.directory)
        return wall.judge(
            ring="public",
            method=method,
            target=target,
            host=host,
            headers=[("x-api-key", self.key.encode())],
            now_unix_ns=NOW_UNIX_NS,
            identity_dir=self.directory / "identity",
        )


def _jws(payload: dict[str, Any]) -> bytes:
    def encode(data: bytes) -> bytes:
        return urlsafe_b64encode(data).rstrip(b"=")

    header = {"alg": "EdDSA", "typ": "ringwork-manifest"}
    message = encode(json.dumps(header).encode()) + b"." + encode(json.dumps(payload).encode())
    return message + b"." + encode(SIGNER.sign(message))


def _bundle(projection: str) -> dict[str, Any]:
    operation = {"id": "getOrder", "max_body_bytes": 1000}
    upstream = {"tls": False, "host": "orders", "port": 1, "connect_timeout_ms": 1, "io_timeout_ms": 1}
    visible = {"template": "/orders/{id}", "operations": {"GET": operation}}
    hidden = {"template": "/orders/export", "hidden": True}
    head = {"format": 1, "ring": "public", "api": "orders", "version": "v1", "upstream": upstream}
    shown = {"mode": "enforce", "object": projection}
    return {**head, "paths": [visible, hidden], "requires": ["projection"], "projection": shown}


def _manifest(bundle: str, agreements: str) -> dict[str, Any]:
    api = {"name": "orders", "versioning": "path", "versions": {"v1": bundle}}
    ring = {
        "listeners": ["127.0.0.1:0"],
        "hosts": ["api.acme.test"],
        "tls": {"certificate_file": "c", "key_file": "k"},
        "authentication": {"api_key": True},
        "authenticate_first": False,
        "errors": "sanitised",
        "response_headers": {"mode": "only", "names": []},
        "log_client_address": "none",
        "default_limit": {"per_minute": 100, "burst": 100},
        "agreements": agreements,
        "routes": [{"prefix": "/shop", "api": api}, {"prefix": "/vault"}],
    }
    return {
        "format": 1,
        "revision": 1,
        "created_at": "2025-06-15T00:00:00Z",
        "control_version": "0",
        "organization": "acme",
        "environment": "sandbox",
        "trust_domain": "acme.test",
        "rings": {"public": ring},
    }


def _key_change(minted: _native.MintedKeyParts) -> dict[str, Any]:
    named = {"id": minted["id"], "sha256": minted["sha256"], "ring": "public", "environment": "sandbox"}
    return {"change": "put_key", **named, "consumer": "dev", "application": "app"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    return Node(tmp_path_factory.mktemp("node"))


def test_a_visible_operation_is_forwarded_and_every_step_is_told(node: Node) -> None:
    judged = node.judge(b"/shop/v1/orders/42")
    assert (judged["verdict"], judged["matched"]["operation"]) == ("forward", "getOrder")
    names = [step["step"] for step in judged["steps"]]
    assert names == [
        "target",
        "networks",
        "route",
        "operation",
        "visibility",
        "caller",
        "permission",
        "authorization",
        "quota",
        "forward",
    ]


hidden_targets = st.sampled_from(
    [
        b"/shop/v1/orders/export",
        b"/shop/v1/orders/EXPORT",
        b"/shop/v1/orders/%65xport",
        b"/vault/x",
        b"/shop/v1/orders/42/../export",
    ]
)
missing_targets = st.binary(max_size=30).map(lambda tail: b"/shop/v1/missing/" + tail) | st.binary(
    max_size=30
)


@given(
    hidden=hidden_targets,
    missing=missing_targets,
    method=st.sampled_from(["GET", "HEAD", "OPTIONS", "TRACE"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_hidden_and_missing_are_answered_alike(
    node: Node, hidden: bytes, missing: bytes, method: str
) -> None:
    def wire(target: bytes) -> dict[str, Any]:
        judged = node.judge(target, method)
        told = {name: judged[name] for name in ("verdict", "status", "code", "headers", "body")}
        return told | {"way": [(step["step"], step["outcome"]) for step in judged["steps"]]}

    assert wire(hidden) == wire(missing)
    assert wire(hidden)["code"] == "not_found"


def test_a_manifest_of_another_signer_is_refused(tmp_path: Path) -> None:
    node = Node(tmp_path)
    (tmp_path / "trust" / "manifest.pub").write_text("00" * 32)
    with pytest.raises(_native.WallError) as refused:
        node.judge(b"/")
    assert refused.value.code == "signature_invalid"


def test_a_revocation_is_effective_with_the_commit(tmp_path: Path) -> None:
    node = Node(tmp_path)
    parsed = _native.parse_key(node.key)
    assert parsed is not None
    assert node.judge(b"/shop/v1/orders/42")["verdict"] == "forward"
    node.writer.apply([{"change": "delete_key", "id": parsed["id"]}], 2)
    assert node.judge(b"/shop/v1/orders/42")["code"] == "credentials_invalid"
    with pytest.raises(ValueError, match="does not follow"):
        node.writer.apply([], 2)
