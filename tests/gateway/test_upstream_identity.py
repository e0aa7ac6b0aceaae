"""What an upstream is told of the target and of the gateway itself."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway, run_binary
from tests.gateway.support import call, credentials_for
from tests.gateway.test_failures import upstream_is
from tests.gateway.upstream import Upstream

Launch = Callable[..., Gateway]
SECRET = "s3cr3t-of-the-service"


def test_the_host_sent_is_the_clients_or_a_fixed_one(node: Node, launch: Launch, upstream: Upstream) -> None:
    node.publish(bundle=upstream_is(preserve_host=True))
    gateway = launch()
    assert call(node, "public", credentials_for(node, "public")).status == 200
    assert upstream.last.header("host") == HOSTS["public"]
    gateway.serves_revision(node.publish(bundle=upstream_is(host_header="orders.example:8443")))
    assert call(node, "public", credentials_for(node, "public")).status == 200
    assert upstream.last.header("host") == "orders.example:8443"


def credential(form: dict[str, str], header: str = "authorization") -> Callable[..., None]:
    return upstream_is(credential={"header": header, "secret": "secret://orders"} | form)


@pytest.mark.parametrize(
    ("header", "form", "sent"),
    [
        ("authorization", {"form": "bearer"}, f"Bearer {SECRET}"),
        ("x-api-key", {"form": "plain"}, SECRET),
        (
            "authorization",
            {"form": "basic", "user": "gateway"},
            "Basic " + base64.b64encode(f"gateway:{SECRET}".encode()).decode(),
        ),
    ],
)
def test_a_credential_is_added_and_the_clients_own_does_not_pass(
    node: Node, launch: Launch, upstream: Upstream, header: str, form: dict[str, str], sent: str
) -> None:
    node.provide_secrets({"secret://orders": SECRET})
    node.publish(bundle=credential(form, header))
    launch()
    forged = ("Authorization", "Bearer of-the-client")
    assert call(node, "public", credentials_for(node, "public"), forged).status == 200
    assert upstream.last.header(header) == sent


def test_a_rotated_secret_is_used_without_a_restart(node: Node, launch: Launch, upstream: Upstream) -> None:
    node.provide_secrets({"secret://orders": "old"})
    node.publish(bundle=credential({"form": "bearer"}))
    gateway = launch()
    caller = credentials_for(node, "public")

    def sent() -> str | None:
        assert call(node, "public", caller).status == 200
        return upstream.last.header("authorization")

    assert sent() == "Bearer old"
    node.provide_secrets({"secret://orders": "new"})
    gateway.eventually(lambda: sent() == "Bearer new")


def test_without_its_secret_an_upstream_is_not_called(node: Node, launch: Launch, upstream: Upstream) -> None:
    node.publish(bundle=credential({"form": "bearer"}))
    launch()
    response = call(node, "public", credentials_for(node, "public"))
    assert (response.status, response.code) == (503, "upstream_credential")
    assert upstream.received == []


def test_secrets_others_may_read_are_not_taken(node: Node, launch: Launch, upstream: Upstream) -> None:
    node.provide_secrets({"secret://orders": SECRET})
    (node.root / "secrets/upstreams.json").chmod(0o644)
    node.publish(bundle=credential({"form": "bearer"}))
    gateway = launch()
    assert call(node, "public", credentials_for(node, "public")).code == "upstream_credential"
    assert "0600" in gateway.own_log()
    assert SECRET not in gateway.own_log()


def test_secrets_are_neither_dumped_nor_logged(node: Node, launch: Launch) -> None:
    node.provide_secrets({"secret://orders": SECRET})
    node.publish(bundle=credential({"form": "bearer"}))
    gateway = launch()
    response = call(node, "internal", credentials_for(node, "internal"))
    gateway.log_line(response.header("x-request-id"))
    dumped = run_binary("--dump", str(node.root)).stdout
    assert "secret://orders" in dumped
    logged = (node.root / "log/access.ndjson").read_text()
    assert SECRET not in dumped + logged + gateway.own_log() + response.raw.decode()
