"""The admin API: who may ask, how much, and how it refuses."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ringwork.api.application import admin_api
from ringwork.api.guard import MAX_BODY_BYTES
from ringwork.control.identities import Identities
from ringwork.control.keys import Keys
from ringwork.control.model import Revision
from ringwork.fleet.measures import GatewayMeasure, Measures
from ringwork.fleet.state import StateDirectory
from ringwork.kernel.refusal import Refused
from tests.rooms.control.world import AGREED, NOW, World
from tests.support.metrics import read

TOKEN = "the-token"


class PlaneTwin:
    """The control plane's simple twin: real keys and identities, applications that are only remembered."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.applied: list[Path] = []
        self.measured: Measures | None = None

    @property
    def keys(self) -> Keys:
        return self._world.keys

    @property
    def identities(self) -> Identities:
        return self._world.identities

    def measures(self) -> Measures | None:
        return self.measured

    def status(self) -> dict[str, Any]:
        return {"running": True}

    def revisions(self) -> list[Revision]:
        return [Revision(1, NOW, "c" * 64, "m" * 64, "estate", AGREED)]

    def apply(self, estate: Path, environment: str | None = None) -> dict[str, Any]:
        self.applied.append(estate)
        if estate.name == "broken":
            raise ZeroDivisionError("secret detail")
        return {"outcome": "live"}

    def rotate_signing_key(self, overlap: timedelta | None) -> dict[str, Any]:
        return {"overlap_s": None if overlap is None else overlap.total_seconds()}

    def authorities(self, name: str) -> list[dict[str, Any]]:
        return [{"ca": name, "part": "issuing"}]

    def rotate_authority(self, name: str, lead: timedelta, overlap: timedelta | None) -> dict[str, Any]:
        return {"ca": name, "lead_s": lead.total_seconds(), "overlap_s": overlap and overlap.total_seconds()}

    def roll_back(self, revision: int) -> dict[str, Any]:
        raise Refused("revision-unknown", f"revision {revision} is not kept", "See revisions.", status=404)


@pytest.fixture
def plane(tmp_path: Path, store: str | None) -> PlaneTwin:
    return PlaneTwin(World(tmp_path, store=store))


@pytest.fixture
def client(plane: PlaneTwin) -> TestClient:
    application = admin_api(plane, token=TOKEN, hosts=["127.0.0.1:8400"])
    headers = {"authorization": f"Bearer {TOKEN}"}
    return TestClient(
        application, base_url="http://127.0.0.1:8400", headers=headers, raise_server_exceptions=False
    )


RESOURCES = [
    ("GET", "/status"),
    ("GET", "/revisions"),
    ("POST", "/revisions"),
    ("POST", "/revisions/1/rollback"),
    ("GET", "/keys"),
    ("POST", "/keys"),
    ("DELETE", "/keys/x"),
    ("GET", "/identities"),
    ("POST", "/identities/certificates"),
    ("POST", "/identities/tokens"),
    ("DELETE", "/identities/x"),
    ("GET", "/openapi.json"),
    ("GET", "/nothing"),
]


@pytest.mark.parametrize(("method", "path"), RESOURCES)
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer \u00e9"])
def test_without_the_token_nothing_is_answered(
    client: TestClient, method: str, path: str, authorization: str
) -> None:
    answer = client.request(method, path, headers={"authorization": authorization.encode()})
    assert answer.status_code == 401
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


def test_an_estate_is_applied_by_its_folder(client: TestClient, plane: PlaneTwin) -> None:
    assert client.post("/revisions", json={"estate": "/srv/estate"}).json() == {"outcome": "live"}
    assert plane.applied == [Path("/srv/estate")]


@pytest.mark.parametrize("body", [{}, {"estate": 1}, {"estate": "x", "force": True}])
def test_what_was_not_understood_is_said(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post("/revisions", json=body)
    assert answer.status_code == 422 and answer.json()["code"] == "request-malformed"


def test_a_refusal_keeps_its_code_and_says_what_to_do(client: TestClient) -> None:
    answer = client.post("/revisions/9/rollback")
    assert answer.status_code == 404
    assert (answer.json()["code"], answer.json()["help"]) == ("revision-unknown", "See revisions.")


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


def test_lists_are_paged_however_much_is_asked_for(client: TestClient) -> None:
    for _ in range(3):
        client.post("/keys", json={"partner": "globex"})
    assert len(client.get("/keys", params={"limit": 2}).json()["keys"]) == 2
    assert len(client.get("/keys", params={"limit": -5}).json()["keys"]) == 1


def test_the_token_file_is_for_its_owner_only(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / "state")
    state.make()
    token = state.token()
    assert len(token) >= 32 and state.token() == token
    assert stat.S_IMODE(state.admin_token.stat().st_mode) == 0o600


def test_a_signing_key_is_rotated_with_an_overlap_or_at_once(client: TestClient) -> None:
    for overlap, seconds in (("2d", 172_800), (None, None)):
        answer = client.post("/signing-key/rotate", json={"overlap": overlap})
        assert answer.json() == {"overlap_s": seconds}
    assert client.post("/signing-key/rotate", json={"overlap": "soon"}).status_code == 400


def test_a_ca_is_rotated_with_lead_and_overlap_or_at_once(client: TestClient) -> None:
    for overlap, seconds in (("2d", 172_800), (None, None)):
        answer = client.post("/authorities/internal/rotate", json={"lead": "1h", "overlap": overlap})
        assert answer.json() == {"ca": "internal", "lead_s": 3600, "overlap_s": seconds}
    assert client.post("/authorities/internal/rotate", json={"lead": "soon"}).status_code == 400
    assert client.get("/authorities/outer").json() == {"certificates": [{"ca": "outer", "part": "issuing"}]}


def test_metrics_tell_of_every_gateway_and_of_no_one_without_token(
    plane: PlaneTwin, client: TestClient
) -> None:
    gateways = (GatewayMeasure("_local", True, 7, False), GatewayMeasure("edge", False, 6, True, NOW))
    plane.measured = Measures(7, {"live": 3, "blocked": 1}, gateways)
    found = read(client.get("/metrics").text)
    assert found.sum("ringwork_control_revision") == 7
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
