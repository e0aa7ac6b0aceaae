"""The process: leaving without loss, certificates and log files that change under it, its other modes."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from cryptography import x509

from tests.gateway.certificates import TestAuthority
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway, gateway_binary, run_binary, wait_for
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Reply, Upstream
from tests.gateway.wire import Connection, client_context, request
from tests.support.ports import free_port

Launch = Callable[..., Gateway]


def test_sigterm_lets_calls_under_way_end_and_closes_idle_connections(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch()
    proof = credentials_for(node, "public")
    held = upstream.hold(Reply(body=b"after all"))
    with Connection(node, "public") as idle, Connection(node, "public") as busy:
        busy.send(request("GET", "/shop/v1/orders", HOSTS["public"], proof))
        assert held.arrived.wait(20)
        gateway.terminate()
        assert idle.closed_by_peer()
        held.leave.set()
        response = busy.response()
        assert (response.status, response.body) == (200, b"after all")
    assert gateway.exit_code() == 0
    assert gateway.log_line(response.header("x-request-id"))["status"] == 200
    with socket.socket() as probe:
        assert probe.connect_ex(node.addresses["public"]) != 0


def test_a_drain_has_an_end(node: Node, launch: Launch, upstream: Upstream) -> None:
    gateway = launch("--drain-seconds", "1")
    held = upstream.hold()
    with Connection(node, "public") as busy:
        busy.send(request("GET", "/shop/v1/orders", HOSTS["public"], credentials_for(node, "public")))
        assert held.arrived.wait(20)
        gateway.terminate()
        assert gateway.exit_code() == 0
    held.leave.set()


def test_a_new_certificate_is_shown_without_a_restart(node: Node, launch: Launch) -> None:
    launch()
    authority = node.authorities["public"]
    before = shown_serial(node, authority)
    renewed = authority.server(HOSTS["public"])
    node.install_certificate("public", renewed)
    wait_for(lambda: shown_serial(node, authority) == renewed.serial, lambda: "still the old certificate")
    assert renewed.serial != before


def test_a_certificate_that_cannot_be_used_leaves_the_old_one_in_force(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch()
    authority = node.authorities["public"]
    before = shown_serial(node, authority)
    (node.root / "tls/public/cert.pem").write_text("-----BEGIN CERTIFICATE-----\nnonsense\n")

    def complained() -> bool:
        return not node.status()["rings"]["public"]["certificate"]["available"]

    wait_for(complained, lambda: str(node.status()))
    assert shown_serial(node, authority) == before
    assert "certificate not taken" in gateway.own_log()
    assert call(node, "public", credentials_for(node, "public")).status == 200


def shown_serial(node: Node, authority: TestAuthority) -> str:
    with Connection(node, "public", context=client_context(authority.file)) as connection:
        presented = x509.load_der_x509_certificate(connection.socket.getpeercert(binary_form=True) or b"")
    return f"{presented.serial_number:x}"


def test_log_files_are_put_away_by_size_and_the_newest_kept(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch("--log-max-bytes", "4096", "--log-keep", "2")
    proof = credentials_for(node, "public")
    folder = node.root / "log"

    def put_away() -> list[str]:
        return sorted(path.name for path in folder.glob("access-*.ndjson"))

    seen: set[str] = set()
    with Connection(node, "public") as connection:
        while len(seen) < 4:
            response = connection.exchange(request("GET", "/shop/v1/orders", HOSTS["public"], proof))
            assert response.status == 200
            seen |= set(put_away())
            assert len(put_away()) <= 3  # one may be there until the oldest is gone
    assert gateway.running
    wait_for(lambda: len(put_away()) <= 2, lambda: str(put_away()))


def test_every_call_is_in_the_log_when_the_gateway_has_ended(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch()
    proof = credentials_for(node, "public")
    asked = {call(node, "public", proof).header("x-request-id") for _ in range(20)}
    gateway.terminate()
    assert gateway.exit_code() == 0
    assert {line["request_id"] for line in node.log_lines()} == asked


def test_a_taken_address_is_said_and_ends_the_start(node: Node) -> None:
    with socket.socket() as taken:
        taken.bind(node.addresses["partner"])
        taken.listen()
        ended = run_binary("--node", str(node.root))
    assert ended.returncode == 4
    assert "partner ring cannot listen" in ended.stderr


def test_check_warns_of_a_node_that_knows_nobody(tmp_path: Path, upstream: Upstream) -> None:
    node = Node(tmp_path / "node", upstream.port)
    node.publish()
    checked = run_binary("--check", str(node.root))
    assert checked.returncode == 0 and "503" in checked.stderr
    node.change_identity()
    assert run_binary("--check", str(node.root)).stderr == ""


def test_check_tells_what_would_be_served(node: Node) -> None:
    checked = run_binary("--check", str(node.root))
    assert checked.returncode == 0, checked.stderr
    lines = checked.stdout.splitlines()
    assert len([line for line in lines if "orders v1" in line]) == 3
    assert lines[-1] == "ok: revision 1, 4 bundles"


def test_check_says_why_it_would_not_be_served(node: Node) -> None:
    node.publish(change=lambda manifest: manifest.update(requires=["time-travel"]))
    checked = run_binary("--check", str(node.root))
    assert checked.returncode == 1
    assert "feature_unknown" in checked.stderr and "time-travel" in checked.stderr


def test_dump_is_for_people(node: Node) -> None:
    whole = run_binary("--dump", str(node.root))
    assert whole.returncode == 0
    assert '"organization": "acme"' in whole.stdout
    assert "GET     /orders/{id}  getOrder" in whole.stdout
    assert "an operation hidden from this ring" in whole.stdout
    nothing = run_binary("--dump", str(node.root / "absent"))
    assert nothing.returncode == 1 and nothing.stderr


def test_the_version_is_told() -> None:
    told = run_binary("--version")
    assert re.fullmatch(r"ringwork-gateway \d+\.\d+\.\d+\n", told.stdout)


def test_the_bare_proxy_forwards(upstream: Upstream) -> None:
    """What the benchmark measures against must work as well."""
    port = free_port()
    addresses = ["--listen", f"127.0.0.1:{port}", "--upstream", f"127.0.0.1:{upstream.port}"]
    bare = subprocess.Popen([str(gateway_binary()), "--bare", *addresses], stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: is_open(port), lambda: "the bare proxy takes no connections")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/anything?at=all")
        assert connection.getresponse().status == 200
        assert upstream.last.target == "/anything?at=all"
        connection.close()
        bare.terminate()
        assert bare.wait(20) == 0
    finally:
        bare.kill()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
