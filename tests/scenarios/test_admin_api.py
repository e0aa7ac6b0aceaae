"""The admin API of a real control plane: what its OpenAPI document says is so."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from ringwork.api.application import openapi_document
from ringwork.api.document import document_text
from ringwork.cli.main import main
from ringwork.fleet.endpoints import AdminEndpoint, Endpoints, GatewayEndpoint
from tests.scenarios.conversation import Say
from tests.support.conformity import Conformity
from tests.support.ports import free_port
from tests.support.running import Ringwork

_ROOT = Path(__file__).resolve().parents[2]
_SCHEMATHESIS = (sys.executable, "-m", "schemathesis.cli")


@contextmanager
def client_of(ringwork: Ringwork) -> Iterator[httpx.Client]:
    """Whatever it is answered is what the control plane's own OpenAPI document says."""
    where = ringwork.endpoints()["admin"]
    token = {"authorization": f"Bearer {Path(where['token_file']).read_text().strip()}"}
    with httpx.Client(base_url=where["url"], headers=token, trust_env=False, timeout=60.0) as client:
        client.event_hooks = {"response": [Conformity(client.get("/openapi.json").json())]}
        yield client


@pytest.fixture(scope="module")
def admin(running: Ringwork) -> Iterator[httpx.Client]:
    with client_of(running) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/status", "/keys", "/identities", "/revisions", "/signing-key", "/authorities/internal"]
)
def test_everything_that_is_read_is_as_it_is_described(admin: httpx.Client, path: str) -> None:
    answer = admin.get(path)
    assert answer.status_code == 200
    assert admin.get(path, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_an_estate_is_applied_over_what_was_seen_or_not_at_all(
    running: Ringwork, admin: httpx.Client
) -> None:
    estate = str(running.state.parent / "estate")
    seen = admin.get("/revisions").headers["etag"]
    assert admin.post("/signing-key/rotate", json={}).json()["outcome"] == "live"
    for path, body in (("/revisions", {"estate": estate}), ("/revisions/1/rollback", None)):
        assert admin.post(path, json=body, headers={"if-match": seen}).status_code == 412
    newest = admin.get("/revisions")
    assert newest.json()["revisions"][0]["revision"] == 2
    applied = admin.post("/revisions", json={"estate": estate}, headers={"if-match": newest.headers["etag"]})
    assert applied.json()["outcome"] == "unchanged"


def test_the_signing_key_that_is_shown_is_the_one_that_was_rotated_to(admin: httpx.Client) -> None:
    before = admin.get("/signing-key").json()
    assert admin.post("/signing-key/rotate", json={"overlap": "1d"}).json()["outcome"] == "live"
    after = admin.get("/signing-key").json()
    assert after["public_key"] != before["public_key"]
    assert before["public_key"] in [each["public_key"] for each in after["previous"]]


def test_a_key_that_was_asked_for_before_a_kill_is_the_one_that_is_there_after_it(
    ringwork: Ringwork, estate: Path
) -> None:
    ringwork.up(estate)
    named = {"idempotency-key": "0c1f5a3e-8d0b-4c7e-9f5e-7a9a2f4b6c1d"}
    order = {"ring": "public", "consumer": "dev", "plan": "free"}
    with client_of(ringwork) as before:
        made = before.post("/keys", json=order, headers=named)
    ringwork.kill()
    ringwork.up(estate)
    with client_of(ringwork) as after:
        again = after.post("/keys", json=order, headers=named)
        assert again.status_code == 201 and again.content == made.content
        assert [key["id"] for key in after.get("/keys").json()["keys"]] == [made.json()["id"]]


def test_schemathesis_finds_nothing(ringwork: Ringwork, estate: Path, tmp_path: Path) -> None:
    """A thousand requests that fit the description, or just do not; nothing of what it remembers stays."""
    where = ringwork.up(estate)["admin"]
    known = {
        "RINGWORK_TOKEN": Path(where["token_file"]).read_text().strip(),
        "SCHEMATHESIS_HOOKS": "tests.support.schemathesis_hooks",
        "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    document = tmp_path / "admin-api.json"
    document.write_text(document_text(openapi_document()))
    config = str(_ROOT / "tests/scenarios/schemathesis.toml")
    done = subprocess.run(
        [*_SCHEMATHESIS, "--config-file", config, "run", str(document), "--url", where["url"]],
        cwd=tmp_path,
        env=os.environ | known,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    operations = sum(len(item) for item in openapi_document()["paths"].values())
    assert f"Tested: {operations}" in done.stdout


def test_it_is_an_api_of_the_estate_on_the_internal_ring_and_on_no_other(
    ringwork: Ringwork, estate: Path, tmp_path: Path
) -> None:
    address, document = f"127.0.0.1:{free_port()}", tmp_path / "admin-api.json"
    document.write_text(document_text(openapi_document()))
    owner = ("--owner-team", "platform", "--owner-contact", "platform@acme.test")
    named = ("--name", "ringwork", "--audience", "internal", "--upstream", f"http://{address}")
    added = ["api", "add", str(document), *named, *owner, "--estate", str(estate), "--format", "json"]
    assert main(added) == 0
    ringwork.up(estate, "--admin", address)
    token = f"Authorization: Bearer {(ringwork.state / 'admin.token').read_text().strip()}"
    order = ("--data", '{"ring": "public", "consumer": "dev", "plan": "free"}')
    made = ringwork.run("call", "ringwork", "POST", "/keys", "--as", "billing", "--header", token, *order)
    assert made.returncode == 0, made.stderr
    listed = ringwork.run("call", "ringwork", "GET", "/keys", "--as", "billing", "--header", token)
    assert [key["id"] for key in json.loads(listed.stdout)["keys"]] == [json.loads(made.stdout)["id"]]
    without = ringwork.run("call", "ringwork", "GET", "/keys", "--as", "billing")
    assert "token-missing" in without.stdout
    name, value = token.split(": ")
    public = ringwork.endpoints()["rings"]["public"]
    trust = ssl.create_default_context(cafile=public["ca_file"])
    url = f"{public['base_url']}/ringwork/v1/keys"
    outside = httpx.get(url, headers={name: value}, verify=trust, trust_env=False)
    assert (outside.status_code, outside.json()["code"]) == (404, "not_found")


class _Overrun(BaseHTTPRequestHandler):
    """What uvicorn says when it has no connection left."""

    def do_POST(self) -> None:
        self.send_response(503)
        self.end_headers()
        self.wfile.write(b"Service Unavailable")

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


def test_a_command_says_that_the_control_plane_is_overrun(tmp_path: Path, say: Say) -> None:
    token, endpoints = tmp_path / "admin.token", tmp_path / "endpoints.json"
    token.write_text("x")
    with HTTPServer(("127.0.0.1", 0), _Overrun) as server:
        where = AdminEndpoint(url=f"http://127.0.0.1:{server.server_port}", token_file=str(token))
        Endpoints(rings={}, admin=where, gateway=GatewayEndpoint(pid=None, revision=None)).write(endpoints)
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        refused = say("rollback", "1", "--state", tmp_path)
        serving.join()
    assert refused.code == 2 and "answered 503" in refused.err and "admin-unanswered" in refused.err
