"""A node with something to keep out at every check of the wall's, a service that says what it must not, and callers."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.gateway.bodies import Service, sized
from tests.gateway.credentials import ApiKey
from tests.gateway.issuers import FETCHED, OutsideIssuer, bearer
from tests.gateway.node import HOSTS, Json, Node
from tests.gateway.process import WAIT_SECONDS, Gateway, wait_for
from tests.gateway.raw_upstream import Message
from tests.gateway.wire import Connection, Response, request

FAULTY = Path(__file__).parents[2] / "target/faulty/ringwork-gateway"
ORDERS = "/shop/v1/orders"
LEAK = b"LEAK"
OUTSIDER = "127.0.0.9"
"""An address that the partner ring's networks do not have."""
_INSIDERS = "127.0.0.0/29"

# Which fields leave: `secret` is declared for inner rings, what is not named is undeclared.
_NODES: list[Json] = [
    {
        "object": {
            "properties": [["id", 1], ["state", 3], ["mark", 4], ["card", 5], ["pays", 6], ["secret", 2]],
        }
    },
    {"string": {}},
    {},
    {"string": {"values": ["open"]}},
    {"string": {"hidden": ["LEAK-mark"]}},
    {"string": {"mask": "last4"}},
    {"union": {"property": "kind", "mapping": [["card", 7], ["cash", 8]]}},
    {"object": {"properties": [["kind", 1], ["number", 1]]}},
    {"object": {"properties": [["kind", 1], ["till", 1]]}},
]
_SHOWN: Json = {
    "headers": ["location", "x-debug-info"],
    "hidden_headers": ["x-passed"],
    "content": {"application/json": {"json": 0}, "text/csv": "opaque"},
}
_OPERATIONS = (
    "listOrders",
    "getOrder",
    "createOrder",
    "keptOrders",
    "betaOrders",
    "scopedOrders",
    "goneOrders",
    "awayOrders",
    "ownOrders",
    "makeOwn",
    "writeOrder",
)


_ALWAYS = [{"from": 1, "until": 2**36}]


def _projection() -> Json:
    shown = {"statuses": {"200": _SHOWN, "302": _SHOWN}}
    return {"format": 1, "nodes": _NODES, "operations": dict.fromkeys(_OPERATIONS, shown)}


def _validation(ring: str) -> Json:
    def query(name: str, form: str = "formExploded", **more: object) -> Json:
        return {"in": "query", "name": name, "form": form, **more}

    parameters = [
        query("limit", shape={"scalars": ["integer"]}),
        query("at", "form", shape={"members": {"named": {"from": []}}}),
        query("only", "json", node=0),
        {"in": "cookie", "name": "theme", "form": "form"},
    ]
    if ring == "partner":
        parameters.append(query("inner"))
    bound = {"properties": {"query": {"properties": {"limit": {"type": "integer", "maximum": 100}}}}}
    held = {"schema": "order", "node": 0}
    body = {"required": True, "content": {"application/json": {"json": held}}}
    return {
        "format": 1,
        "nodes": [{"object": {"properties": [["note", 1], ["hidden", 2]]}}, {"string": {}}, {}],
        "definitions": {"order": {"type": "object", "required": ["note"]}},
        "operations": {name: {} for name in _OPERATIONS}
        | {
            "listOrders": {"parameters": parameters, "schema": bound},
            "createOrder": {"body": body},
            "makeOwn": {"body": body},
        },
    }


def _own(place: str, name: str) -> list[Json]:
    return [{"in": place, "name": name, "any": [{"claim": "/sub"}]}]


class World:
    """One node directory; a gateway is started on it for each check that is left out."""

    def __init__(self, root: Path) -> None:
        self.service = Service()
        self.issuer = OutsideIssuer()
        self.unwanted = OutsideIssuer("EdDSA", issuer="https://unwanted.test")
        self.fetched = OutsideIssuer(issuer="https://fetched.test")
        self.people = OutsideIssuer(issuer="https://people.test")
        self.own = OutsideIssuer(issuer="https://own.test")
        self.node = Node(root, self.service.port)
        self.publish()
        self.node.change_identity()
        self.gateway = Gateway(self.node)

    def close(self) -> None:
        self.service.close()

    @contextmanager
    def without(self, check: str | None) -> Iterator[World]:
        """A gateway that leaves out the check; None: a sound one of the same build."""
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("RINGWORK_GATEWAY", str(FAULTY))
            if check is not None:
                environment.setenv("RINGWORK_FAULT", check)
            self.gateway = Gateway(self.node).start()
        try:
            yield self
        finally:
            self.gateway.stop()

    # -- what is published ------------------------------------------------------------------------------

    def publish(self, **given: object) -> int:
        bundle, change = given.pop("bundle", None), given.pop("change", None)

        def whole(ring: str, content: Json) -> None:
            self._bundle(ring, content)
            if callable(bundle):
                bundle(ring, content)

        def changed(manifest: Json) -> None:
            self._manifest(manifest)
            if callable(change):
                change(manifest)

        return self.node.publish(bundle=whole, change=changed, **given)  # type: ignore[arg-type]

    def _bundle(self, ring: str, content: Json) -> None:
        operation = {"max_body_bytes": 65_536}
        if ring == "internal":
            self._named(content, operation)
            return
        kept = {"ttl_ms": 60_000, "shared": False, "stale_if_error_ms": 0, "max_object_bytes": 65_536}
        for template, own in (
            ("/kept", {"id": "keptOrders", "cache": kept}),
            ("/beta", {"id": "betaOrders", "feature": "beta"}),
            ("/scoped", {"id": "scopedOrders", "scopes": [["orders:read"]]}),
            ("/gone", {"id": "goneOrders", "lifecycle": {"deprecated_at": 1, "sunset_at": 1_000}}),
            ("/away", {"id": "awayOrders", "lifecycle": {"deprecated_at": 1, "brownouts": _ALWAYS}}),
            ("/own/{id}", {"id": "ownOrders", "bindings": _own("path", "id")}),
        ):
            content["paths"].append({"template": template, "operations": {"GET": own | operation}})
        record: Json = {"type": "order", "in": "path", "name": "id"}
        recorded = {"id": "writeOrder", "record": record} | operation
        content["paths"].append({"template": "/recorded/{id}", "operations": {"POST": recorded}})
        made = {"id": "makeOwn", "bindings": _own("body", "/note")} | operation
        content["paths"].append({"template": "/own", "operations": {"POST": made}})
        content["requires"] = ["bindings", "projection", "record", "scopes", "validation"]
        content["projection"] = {"mode": "enforce", "object": self.node.put(_projection())}
        content["validation"] = {"mode": "enforce", "object": self.node.put(_validation(ring))}

    def _named(self, content: Json, operation: Json) -> None:
        """Operations that say who calls them inside."""
        named = {"id": "namedOrders", "callers": [{"services": ["crm"]}]} | operation
        peoples = {"id": "peoplesOrders", "groups": [["refunds"]]} | operation
        audited = {"id": "auditedOrders", "groups": [["audit"]]} | operation
        for template, own in (("/named", named), ("/peoples", peoples), ("/audited", audited)):
            content["paths"].append({"template": template, "operations": {"GET": own}})
        content["requires"] = ["callers"]

    def _manifest(self, manifest: Json) -> None:
        rings = manifest["rings"]
        rings["partner"]["networks"] = [_INSIDERS]
        self._accept(rings)
        rings["public"]["routes"].append(self._by_header())
        rings["partner"]["trusted_proxies"] = {"networks": ["10.0.0.0/8"], "header": "x-forwarded-for"}
        rings["public"]["response_headers"]["names"] += ["x-debug-info"]
        agreements = {
            "format": 1,
            "plans": {
                "free": {"limit": {"per_minute": 60_000, "burst": 60_000}},
                "tiny": {"limit": {"per_minute": 1, "burst": 3}},
                "narrow": {"limit": {"per_minute": 60_000, "burst": 60_000}, "scopes": ["orders:write"]},
            },
            "partners": {
                "globex": {"limit": {"per_minute": 60_000, "burst": 60_000}, "features": [], "networks": []},
                "initech": {
                    "limit": {"per_minute": 60_000, "burst": 60_000},
                    "features": [],
                    "networks": [],
                    "versions": {"orders": ["v0"]},
                },
            },
        }
        for ring in rings.values():
            ring["agreements"] = self.node.put(agreements)
        groups = {"refunds": {"granted": True}, "audit": {}}
        rings["internal"]["agreements"] = self.node.put(agreements | {"groups": groups})

    def _by_header(self) -> Json:
        """An API whose version requests name, or mean the default by naming none."""
        route = self.node.route("public", "stock")
        route["api"] |= {"versioning": "header", "default_version": "v1"}
        return route

    def _accept(self, rings: Json) -> None:
        """One issuer by its keys, one that signs with what nobody wants, one whose keys come beside the revision, and
        an authorization server of ours."""
        for ring in ("internal", "partner"):
            rings[ring]["authentication"]["access_tokens"] = [self.issuer.accepted(ring)]
        people = self.people.accepted("internal", name="people", callers={"kind": "people"})
        rings["internal"]["authentication"]["access_tokens"].append(people)
        rings["public"]["authentication"]["access_tokens"] = [
            self.issuer.accepted("public"),
            self.unwanted.accepted("public", name="unwanted", algorithms=["ES256"]),
            self.fetched.accepted("public", name="fetched", keys=FETCHED),
            self.own.accepted("public", name="ringwork", callers={"kind": "clients"}),
        ]

    def share_limits(self, port: int) -> None:
        """Its limits are kept on the server at `port` from now on."""
        setting = {"host": "127.0.0.1", "port": port, "tls": False, "database": 0, "gateways": 2}

        def change(manifest: Json) -> None:
            manifest["shared_limits"] = setting

        assert self.serves(self.publish(change=change))
        wait_for(self._shares_limits, lambda: str(self.node.status()))

    def _shares_limits(self) -> bool:
        standing = self.node.status().get("shared_limits") or {}
        return bool(standing.get("available"))

    def serves(self, revision: int) -> bool:
        """Whether the gateway takes the revision; it says one or the other."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            status = self.node.status()
            if status["revision"] == revision:
                return True
            if status["refused"] is not None and status["refused"]["revision"] == revision:
                return False
            time.sleep(0.01)
        raise TimeoutError(f"revision {revision} is neither served nor refused")

    # -- calls ------------------------------------------------------------------------------------------

    def key(self, ring: str = "public", **given: object) -> ApiKey:
        return self.node.key(ring, **given)

    def call(
        self, *fields: tuple[str, str], ring: str = "public", key: ApiKey | None = None, method: str = "GET",
        target: str = ORDERS, host: str | None = None, body: bytes | None = None, **connection: object,
    ) -> Response:  # fmt: skip
        """One call with a key that works, or with `key`."""
        presented = ("X-Api-Key", (key or self.key(ring)).text)
        return self.ask(
            presented, *fields, ring=ring, method=method, target=target, host=host, body=body, **connection
        )

    def ask(
        self, *fields: tuple[str, str], ring: str, method: str = "GET", target: str = ORDERS,
        host: str | None = None, body: bytes | None = None, **connection: object,
    ) -> Response:  # fmt: skip
        """One call as it is."""
        sent = request(method, target, host or HOSTS[ring], *fields, body=body)
        with Connection(self.node, ring, **connection) as opened:  # type: ignore[arg-type]
            return opened.exchange(sent)

    def access(self, token: str, ring: str = "public") -> bool:
        """Whether a token of an outside issuer opens the ring."""
        return self._status_of(token, ring) == 200

    def becomes(self, token: str, status: int) -> bool:
        """Whether it is answered so, soon: keys are looked for now and then."""
        deadline = time.monotonic() + 2
        while self._status_of(token, "public") != status:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _status_of(self, token: str, ring: str) -> int:
        self.service.answers(sized(b'{"id":"1"}'))
        return self.ask(bearer(token), ring=ring).status

    def answered(self, body: bytes, *fields: str, status: int = 200, **given: object) -> Response:
        """What the public gets where the service answers so."""
        self.service.answers(sized(body, status, *fields, **given))  # type: ignore[arg-type]
        return self.call()

    def forwarded(self, *fields: tuple[str, str], ring: str = "public", **given: object) -> Message:
        """What the service gets of a call."""
        self.service.answers(sized(b'{"id":"1"}'))
        if ring == "internal":
            token = ("X-Internal-Service-Token", self.node.tokens.issue("billing"))
            self.ask(token, *fields, ring=ring)
        else:
            self.call(*fields, ring=ring, **given)  # type: ignore[arg-type]
        return self.service.last

    def sent(self, body: bytes | None, media_type: str = "application/json") -> int:
        """Status of a POST."""
        self.service.answers(sized(b'{"id":"1"}'))
        return self.call(("Content-Type", media_type), method="POST", body=body).status


def checks() -> list[str]:
    """Every check that the build for tests can leave out."""
    environment = os.environ | {"RINGWORK_FAULT": "?"}
    said = subprocess.run(
        [str(FAULTY), "--check", "."], env=environment, capture_output=True, text=True, check=False
    )
    return said.stderr.split()
