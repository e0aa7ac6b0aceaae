"""Revisions come into force without a failed request, or not at all."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway, run_binary, wait_for
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request
from tests.support.ports import free_port

Launch = Callable[..., Gateway]
Json = dict[str, Any]


def with_operation(template: str) -> Callable[[str, Json], None]:
    def add(ring: str, bundle: Json) -> None:
        operation = {"id": f"get {template}", "max_body_bytes": 0}
        bundle["paths"].append({"template": template, "operations": {"GET": operation}})

    return add


def test_a_published_operation_is_there_and_a_withdrawn_one_gone(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch()
    proof = credentials_for(node, "public")
    assert call(node, "public", proof, target="/shop/v1/news").status == 404
    gateway.serves_revision(node.publish(bundle=with_operation("/news")))
    assert call(node, "public", proof, target="/shop/v1/news").status == 200
    gateway.serves_revision(node.publish())
    assert call(node, "public", proof, target="/shop/v1/news").status == 404


def test_no_request_fails_because_of_two_hundred_changes(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch()
    keys = [node.key("public").text for _ in range(4)]
    done, results = threading.Event(), list[int]()

    def load(key: str) -> None:
        ask = request("GET", "/shop/v1/orders", HOSTS["public"], ("X-Api-Key", key))
        with Connection(node, "public") as connection:
            while not done.is_set():
                results.append(connection.exchange(ask).status)

    threads = [threading.Thread(target=load, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for number in range(200):
        gateway.serves_revision(node.publish(bundle=with_operation(f"/news{number}")))
    done.set()
    for thread in threads:
        thread.join()
    assert len(results) > 200 and set(results) == {200}
    assert {line["revision"] for line in node.log_lines()} > {1}


def tampered_object(node: Node) -> int:
    def tamper(new_objects: set[Path]) -> None:
        for path in new_objects:
            path.write_bytes(path.read_bytes().replace(b'"/news"', b'"/{n}s"'))

    return node.publish(bundle=with_operation("/news"), spoil=tamper)


def missing_object(node: Node) -> int:
    """The object is in `held` beside the node's folders."""

    def hide(new_objects: set[Path]) -> None:
        (node.root / "held").mkdir()
        for path in new_objects:
            shutil.move(path, node.root / "held" / path.name)

    return node.publish(bundle=with_operation("/late-news"), spoil=hide)


def foreign_signature(node: Node) -> int:
    return node.publish(signing=Ed25519PrivateKey.generate())


def unknown_format(node: Node) -> int:
    return node.publish(change=lambda manifest: manifest.update(format=2))


def unknown_feature(node: Node) -> int:
    return node.publish(change=lambda manifest: manifest.update(requires=["time-travel"]))


def fallen_number(node: Node) -> int:
    node.publish(revision=node.revision - 1)
    return node.revision


def number_used_twice(node: Node) -> int:
    return node.publish(revision=node.revision, bundle=with_operation("/news"))


def other_listeners(node: Node) -> int:
    def move(manifest: Json) -> None:
        manifest["rings"]["public"]["listeners"] = [f"127.0.0.1:{free_port()}"]

    return node.publish(change=move)


REFUSED: dict[Callable[[Node], int], str] = {
    tampered_object: "object_corrupt",
    missing_object: "object_missing",
    foreign_signature: "signature_invalid",
    unknown_format: "format_unknown",
    unknown_feature: "feature_unknown",
    fallen_number: "revision_fell",
    number_used_twice: "revision_reused",
    other_listeners: "listeners_changed",
}


@pytest.mark.parametrize("publish", REFUSED)
def test_what_cannot_be_served_is_refused_and_serving_goes_on(
    node: Node, launch: Launch, upstream: Upstream, publish: Callable[[Node], int]
) -> None:
    node.publish()
    gateway = launch()
    proof = credentials_for(node, "public")
    served = node.revision
    assert gateway.refuses_revision(publish(node)) == REFUSED[publish]
    assert node.status()["revision"] == served
    assert call(node, "public", proof).status == 200
    node.revision = served + 1
    gateway.serves_revision(node.publish())
    assert node.status()["refused"] is None


def test_a_missing_object_that_arrives_is_served_without_another_pointer(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch()
    revision = missing_object(node)
    assert gateway.refuses_revision(revision) == "object_missing"
    for path in (node.root / "held").iterdir():
        shutil.move(path, node.root / "published/objects" / path.name)
    gateway.serves_revision(revision)


def test_a_gateway_starts_from_its_last_good_revision_without_the_control_plane(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch()
    gateway.serves_revision(node.publish(bundle=with_operation("/news")))
    gateway.kill()
    (node.root / "published/current").unlink()
    launch()
    assert call(node, "public", credentials_for(node, "public"), target="/shop/v1/news").status == 200


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(b"{}"), lambda path: path.unlink()])
def test_with_a_spoilt_store_a_gateway_starts_says_503_and_serves_when_it_is_mended(
    node: Node, launch: Launch, upstream: Upstream, spoil: Callable[[Path], None]
) -> None:
    whole = {path: path.read_bytes() for path in node.objects()}
    for path in whole:
        spoil(path)
    gateway = launch()
    for ring in HOSTS:
        response = call(node, ring, credentials_for(node, ring))
        assert (response.status, response.code) == (503, "revision_unavailable")
    assert node.status()["revision"] is None
    assert node.status()["refused"]["code"] in ("object_corrupt", "object_missing")
    assert "every call is answered with 503" in gateway.own_log()
    assert upstream.received == []
    for path, content in whole.items():
        path.write_bytes(content)
    gateway.serves_revision(1)
    assert call(node, "public", credentials_for(node, "public")).status == 200


def test_with_a_spoilt_revision_a_gateway_starts_from_the_last_good_one(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    launch().kill()
    tampered_object(node)
    gateway = launch()
    assert gateway.refuses_revision(2) == "object_corrupt"
    assert node.status()["revision"] == 1
    assert call(node, "public", credentials_for(node, "public")).status == 200
    assert "object_corrupt" in gateway.own_log()


def test_a_restart_does_not_fall_back_to_an_older_revision(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch()
    old = (node.root / "published/current").read_bytes()
    gateway.serves_revision(node.publish(bundle=with_operation("/news")))
    gateway.kill()
    (node.root / "published/current").write_bytes(old)
    launch()
    status = node.status()
    assert (status["revision"], status["refused"]["code"]) == (2, "revision_fell")
    assert call(node, "public", credentials_for(node, "public"), target="/shop/v1/news").status == 200


def test_a_pointer_that_cannot_be_read_changes_nothing(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch()
    (node.root / "published/current").write_text("{")
    assert gateway.refuses_revision(0) == "pointer_unreadable"
    assert call(node, "public", credentials_for(node, "public")).status == 200


def test_without_a_revision_the_gateway_does_not_start_and_says_why(node: Node) -> None:
    shutil.rmtree(node.root / "published")
    ended = run_binary("--node", str(node.root))
    assert ended.returncode == 3
    assert "nothing_published" in ended.stderr and "Traceback" not in ended.stderr


def test_without_identity_data_nobody_passes(node: Node, launch: Launch, upstream: Upstream) -> None:
    proof = credentials_for(node, "public")
    shutil.move(node.root / "identity", node.root / "taken-away")
    gateway = launch()
    for ring in ("partner", "public"):
        response = call(node, ring, proof)
        assert (response.status, response.code) == (503, "identity_unavailable")
    assert not node.status()["identity"]["available"]
    line = gateway.log_line(response.header("x-request-id"))
    assert line["internal_reason"]
    assert upstream.received == []
    shutil.move(node.root / "taken-away", node.root / "identity")
    wait_for(lambda: call(node, "public", proof).status == 200, lambda: json.dumps(node.status()))


def test_the_nodes_own_word_is_complete(node: Node, launch: Launch) -> None:
    launch()
    status = node.status()
    assert (status["revision"], status["refused"]) == (1, None)
    assert set(status["rings"]) == set(HOSTS)
    assert all(ring["certificate"]["available"] for ring in status["rings"].values())
