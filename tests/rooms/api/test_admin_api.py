"""The admin API: who may ask, how much, and how it refuses."""

from __future__ import annotations

import socket
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ringwork.api.bodies import MAX_BODY_BYTES
from ringwork.api.guard import MAX_HEAD_BYTES
from ringwork.api.serving import AdminServer
from ringwork.control.native import mint_key
from ringwork.fleet.measures import GatewayMeasure, Measures
from ringwork.fleet.state import StateDirectory
from ringwork.kernel.refusal import Refused
from tests.rooms.api.twin import TOKEN, PlaneTwin, application
from tests.rooms.control.world import NOW, World
from tests.support.key_texts import forged
from tests.support.metrics import read
from tests.support.ports import free_port

RESOURCES = [
    ("GET", "/status"),
    ("GET", "/revisions"),
    ("POST", "/revisions"),
    ("POST", "/revisions/1/rollback"),
    ("GET", "/keys"),
    ("POST", "/keys"),
    ("DELETE", "/keys/x"),
    ("POST", "/keys/verify"),
    ("GET", "/identities"),
    ("POST", "/identities/certificates"),
    ("POST", "/identities/tokens"),
    ("DELETE", "/identities/x"),
    ("GET", "/openapi.json"),
    ("GET", "/nothing"),
]


@pytest.fixture
def store() -> None:
    """What is told here is no matter of the database."""


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer \u00e9"])
def test_without_the_token_nothing_is_answered(client: TestClient, authorization: str) -> None:
    for method, path in RESOURCES:
        answer = client.request(method, path, headers={"authorization": authorization.encode()})
        assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:8401", "localhost:8400", ""])
def test_a_foreign_host_is_refused_even_with_the_token(client: TestClient, host: str) -> None:
    assert client.get("/status", headers={"host": host}).status_code == 421


def test_a_body_is_bounded_whatever_its_announced_length(client: TestClient, plane: PlaneTwin) -> None:
    def chunks() -> Any:
        for _ in range(MAX_BODY_BYTES // 65_536 + 2):
            yield b" " * 65_536

    assert client.post("/revisions", content=chunks()).status_code == 413
    assert plane.applied == []


def test_a_head_is_bounded(client: TestClient) -> None:
    answer = client.get("/keys", headers={"x-long": "x" * MAX_HEAD_BYTES})
    assert (answer.status_code, answer.json()["code"]) == (431, "head-too-large")


def test_what_is_shown_once_is_kept_by_no_cache(client: TestClient) -> None:
    made = client.post("/keys", json={"partner": "globex"})
    assert made.headers["cache-control"] == "no-store"


def test_an_estate_is_applied_by_its_folder(client: TestClient, plane: PlaneTwin) -> None:
    assert client.post("/revisions", json={"estate": "/srv/estate"}).json() == application()
    assert plane.applied == [Path("/srv/estate")]


@pytest.mark.parametrize("body", [{}, {"estate": 1}, {"estate": "x", "force": True}, {"estate": "/a\0b"}])
def test_what_was_not_understood_is_said(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post("/revisions", json=body)
    assert answer.status_code == 422 and answer.json()["code"] == "request-malformed"


def test_all_that_does_not_fit_is_said_at_once(client: TestClient) -> None:
    answer = client.post("/keys", json={"ring": "outer", "plan": "?", "more": 1}).json()
    assert {each["at"] for each in answer["errors"]} == {"body.ring", "body.plan", "body.more"}


@pytest.mark.parametrize("body", [b"\xff", b"{", b"", b"[" * 100_000, b'{"ke\\ud800y": 1}'])
def test_a_body_that_is_no_json_is_the_callers_mistake(client: TestClient, body: bytes) -> None:
    answer = client.post("/keys", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422 and answer.json()["code"] == "request-malformed"


def test_a_method_that_is_not_there_is_told_with_those_that_are(client: TestClient) -> None:
    there = {"/keys": "GET, POST", "/keys/k1": "DELETE, GET", "/identities/tokens": "POST"}
    for path, methods in there.items():
        answer = client.request("PUT" if "GET" in methods else "GET", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)


def test_a_refusal_keeps_its_code_and_says_what_to_do(client: TestClient) -> None:
    answer = client.post("/revisions/9/rollback")
    assert answer.status_code == 404
    assert (answer.json()["code"], answer.json()["help"]) == ("revision-unknown", "See them.")


def test_a_fault_tells_its_kind_and_nothing_else(client: TestClient) -> None:
    answer = client.post("/revisions", json={"estate": "/broken"})
    assert answer.status_code == 500
    assert "ZeroDivisionError" in answer.text and "secret" not in answer.text


def test_a_key_is_shown_when_it_is_made_and_never_again(client: TestClient) -> None:
    made = client.post("/keys", json={"partner": "globex", "expires": "90d", "versions": ["orders:v1"]})
    assert made.status_code == 201 and made.json()["key"].startswith("rw_dev_")
    listed = client.get("/keys")
    assert [each["id"] for each in listed.json()["keys"]] == [made.json()["id"]]
    assert made.json()["key"] not in listed.text
    ended = client.delete(f"/keys/{made.json()['id']}")
    assert ended.json()["revoked_at"] == "2026-11-21T09:00:00Z"


def test_a_scanner_is_told_whose_key_it_found_and_never_the_key(
    client: TestClient, plane: PlaneTwin, world: World
) -> None:
    world.keys = world.keys_with_checksums()
    made = client.post("/keys", json={"partner": "globex"}).json()
    key, other = made["key"], mint_key("production").secret

    def verified(candidate: str) -> dict[str, Any]:
        answer = client.post("/keys/verify", json={"key": candidate})
        assert answer.status_code == 200 and (not candidate or candidate not in answer.text)
        assert answer.headers.get("etag") is None
        said: dict[str, Any] = answer.json()
        return said

    ours = {"id": made["id"], "environment": "dev"}
    assert verified(key) == {"ours": True, "state": "active", **ours}
    assert verified(forged(made["id"], "dev")) == {"ours": False, "state": "unknown", **ours}
    client.delete(f"/keys/{made['id']}")
    assert verified(key) == {"ours": True, "state": "revoked", **ours}
    assert verified(other)["state"] == "another-environment"
    for text in ("", key[:-1], f" {key}", "x" * 1_024):
        assert verified(text) == {"ours": False, "state": "no-key", "id": None, "environment": None}


def test_a_refusal_does_not_repeat_the_candidate(client: TestClient) -> None:
    key = mint_key("dev").secret
    for body in ({"key": [key]}, {"key": key * 20}, {"key": key, "more": key}):
        answer = client.post("/keys/verify", json=body)
        assert answer.status_code == 422 and key not in answer.text


@pytest.mark.parametrize("expires", ["soon", "0d", "-1d", "99999d", "1y"])
def test_a_lifetime_that_cannot_be_is_refused(client: TestClient, expires: str) -> None:
    answer = client.post("/keys", json={"partner": "globex", "expires": expires})
    assert answer.status_code == 400 and answer.json()["code"].startswith("lifetime-")


def test_identities_are_issued_listed_and_revoked(client: TestClient) -> None:
    certificate = client.post("/identities/certificates", json={"service": "orders"}).json()
    assert "PRIVATE KEY" in certificate["key_pem"]
    token = client.post("/identities/tokens", json={"service": "orders", "expires": "5m"}).json()
    assert {each["handle"] for each in client.get("/identities").json()["identities"]} == {
        certificate["handle"],
        token["handle"],
    }
    for handle in (certificate["handle"], token["handle"]):
        assert client.delete(f"/identities/{handle}").json()["revoked_at"]


def test_a_certificate_lives_no_longer_than_the_bound(client: TestClient) -> None:
    answer = client.post("/identities/certificates", json={"service": "orders", "expires": "31d"})
    assert answer.json()["code"] == "lifetime-too-long"


def test_the_token_file_is_for_its_owner_only(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / "state")
    state.make()
    token = state.token()
    assert len(token) >= 32 and state.token() == token
    assert stat.S_IMODE(state.admin_token.stat().st_mode) == 0o600


def test_a_signing_key_is_rotated_with_an_overlap_or_at_once(plane: PlaneTwin, client: TestClient) -> None:
    for overlap, given in (("2d", timedelta(days=2)), (None, None)):
        assert client.post("/signing-key/rotate", json={"overlap": overlap}).json() == application()
        assert plane.rotated[-1] == ("signing key", None, given)
    assert client.post("/signing-key/rotate", json={"overlap": "soon"}).status_code == 400


def test_a_ca_is_rotated_with_lead_and_overlap_or_at_once(plane: PlaneTwin, client: TestClient) -> None:
    for overlap, given in (("2d", timedelta(days=2)), (None, None)):
        client.post("/authorities/internal/rotate", json={"lead": "1h", "overlap": overlap})
        assert plane.rotated[-1] == ("internal", timedelta(hours=1), given)
    assert client.post("/authorities/internal/rotate", json={"lead": "soon"}).status_code == 400
    (shown,) = client.get("/authorities/outer").json()["certificates"]
    assert (shown["ca"], shown["part"]) == ("outer", "issuing")


def test_metrics_tell_of_every_gateway_and_of_no_one_without_token(
    plane: PlaneTwin, client: TestClient
) -> None:
    gateways = (GatewayMeasure("_local", True, 7, False), GatewayMeasure("edge", False, 6, True, NOW))
    plane.measured = Measures(7, {"live": 3, "blocked": 1}, gateways, keys_ending=2)
    found = read(client.get("/metrics").text)
    assert found.sum("ringwork_control_revision") == 7
    assert found.sum("ringwork_control_keys_ending") == 2
    assert found.sum("ringwork_control_applications_total", outcome="blocked") == 1
    assert found.sum("ringwork_control_gateway_running") == 1
    assert found.sum("ringwork_control_gateway_revision", gateway="edge") == 6
    assert found.sum("ringwork_control_gateway_refused", gateway="edge") == 1
    assert found.sum("ringwork_control_gateway_heard_timestamp_seconds") == NOW.timestamp()
    assert found.sum("process_resident_memory_bytes") > 0
    assert client.get("/metrics", headers={"authorization": "Bearer other"}).status_code == 401


def test_metrics_that_are_off_are_not_there(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert (answer.status_code, answer.json()["code"]) == (404, "metrics-off")


def test_an_answer_is_sent_when_it_is_written() -> None:
    """asyncio sets TCP_NODELAY on sockets that say they are of TCP; on others an answer waits for 40 ms."""
    admin = AdminServer()
    assert admin._socket.proto == socket.IPPROTO_TCP
    admin.stop()


@pytest.mark.parametrize(
    "address", ["0.0.0.0:7070", "192.0.2.1:7070", "localhost:7070", "7070", "127.0.0.1:x"]
)
def test_it_is_served_on_loopback_only(address: str) -> None:
    with pytest.raises(Refused) as refused:
        AdminServer(address)
    assert refused.value.code == "admin-unusable"


def test_an_address_of_loopback_is_taken_as_it_is_given() -> None:
    port = free_port()
    admin = AdminServer(f"127.0.0.1:{port}")
    assert admin.url == f"http://127.0.0.1:{port}"
    admin.stop()
