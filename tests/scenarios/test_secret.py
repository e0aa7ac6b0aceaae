"""`ringwork secret`: a service gets the credential the estate refers to, and nobody else sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.scenarios.test_key import PUBLIC, status
from tests.support.estates import write
from tests.support.remote import Elsewhere
from tests.support.running import Ringwork, eventually
from tests.support.upstream import Upstream

VALUE = "s3cr3t-of-the-service"


def set_secret(ringwork: Ringwork, name: str, value: str) -> None:
    words = [sys.executable, "-m", "ringwork", "secret", "set", name, "--state", str(ringwork.state)]
    subprocess.run(words, input=f"{value}\n", text=True, check=True, timeout=60)


def needs(estate: Path, upstream: Upstream, credential: str) -> None:
    """stock behind a credential; orders stays as it is."""
    url = f"http://127.0.0.1:{upstream.port}/stock-service"
    manifest = estate / "apis/stock/api.yaml"
    lines = manifest.read_text().splitlines()
    kept = [line for line in lines if not line.startswith("upstream:")]
    said = f"upstream: {{url: '{url}', credential: {credential}}}"
    write(manifest, "\n".join([*kept, said]) + "\n")


def test_a_missing_secret_keeps_its_api_back_and_the_rest_goes_live(
    ringwork: Ringwork, estate: Path, upstream: Upstream
) -> None:
    needs(estate, upstream, "{bearer: 'secret://stock/token'}")
    planned = ringwork.run("plan", str(estate))
    assert planned.returncode == 2
    assert "secret-missing" in planned.stdout and "ringwork secret set stock/token" in planned.stdout
    ringwork.up(estate)
    key = ringwork.json(*PUBLIC)["key"]
    assert status(ringwork, key) == 200
    assert ringwork.run("call", "stock", "GET", "/items", "--key", key).returncode == 2


def test_a_secret_reaches_the_service_is_rotated_at_once_and_stands_nowhere_in_the_clear(
    ringwork: Ringwork, estate: Path, upstream: Upstream
) -> None:
    needs(estate, upstream, "{bearer: 'secret://stock/token'}")
    set_secret(ringwork, "stock/token", VALUE)
    ringwork.up(estate)
    key = ringwork.json(*PUBLIC)["key"]

    def sent() -> str | None:
        assert status(ringwork, key, "stock", "GET", "/items") == 200
        header: str | None = upstream.seen[-1]["headers"].get("authorization")
        return header

    assert sent() == f"Bearer {VALUE}"
    looks = (("secret", "list"), ("bundle", "show", "stock@v1/public"), ("plan", str(estate)))
    shown = [ringwork.run(*words).stdout for words in looks]
    assert "stock/token" in shown[0] and "secret://stock/token" in shown[1]
    assert VALUE not in "".join(shown)
    files = [path for path in ringwork.state.rglob("*") if path.is_file()]
    clear = [path.name for path in files if VALUE.encode() in path.read_bytes()]
    assert clear == ["upstreams.json"]
    set_secret(ringwork, "stock/token", "rotated")
    eventually(lambda: sent() == "Bearer rotated")


def test_a_secret_in_use_is_not_removed_by_mistake(
    ringwork: Ringwork, estate: Path, upstream: Upstream
) -> None:
    needs(estate, upstream, "{header: {name: x-service-key, value: 'secret://stock'}}")
    set_secret(ringwork, "stock", VALUE)
    ringwork.up(estate)
    refused = ringwork.run("secret", "rm", "stock")
    assert refused.returncode == 2 and "in use" in refused.stderr
    key = ringwork.json(*PUBLIC)["key"]
    assert status(ringwork, key, "stock", "GET", "/items") == 200
    assert ringwork.run("secret", "rm", "stock", "--force").returncode == 0
    eventually(lambda: status(ringwork, key, "stock", "GET", "/items") == 503)


def test_a_secret_written_into_the_estate_is_a_finding_that_does_not_repeat_it(
    ringwork: Ringwork, estate: Path, upstream: Upstream
) -> None:
    needs(estate, upstream, "{bearer: " + VALUE + "}")
    planned = ringwork.run("plan", str(estate), "--format", "json")
    assert "secret-literal" in planned.stdout
    assert VALUE not in planned.stdout + planned.stderr


def test_a_gateway_elsewhere_gets_the_secrets_of_its_rings_and_their_rotation(
    ringwork: Ringwork, estate: Path, upstream: Upstream, tmp_path: Path
) -> None:
    needs(estate, upstream, "{bearer: 'secret://stock'}")
    inside = "upstream: {url: 'http://127.0.0.1:9', credential: {bearer: 'secret://inside'}}"
    write(
        estate / "apis/inside/api.yaml",
        f"title: Inside\nowner: {{team: x, contact: x}}\n{inside}\nversions: [{{name: v1, document: v1.yaml}}]\n",
    )
    write(estate / "apis/inside/v1.yaml", INSIDE)
    set_secret(ringwork, "stock", VALUE)
    set_secret(ringwork, "inside", "of-the-inside")
    ringwork.up(estate, "--nodes", "127.0.0.1:0")
    key = ringwork.json(*PUBLIC)["key"]
    edge = Elsewhere(ringwork, tmp_path / "edge")
    try:
        edge.serve("public")

        def sent() -> str | None:
            upstream.seen.clear()
            assert edge.call("/stock/items", key).status_code in (200, 401)
            return upstream.seen[-1]["headers"].get("authorization") if upstream.seen else None

        eventually(lambda: sent() == f"Bearer {VALUE}")
        held = json.loads((edge.state / "node/secrets/upstreams.json").read_bytes())["secrets"]
        assert held == {"secret://stock": VALUE}
        set_secret(ringwork, "stock", "rotated")
        eventually(lambda: sent() == "Bearer rotated")
    finally:
        edge.clean_up()


INSIDE = """\
openapi: 3.1.0
info: { title: Inside, version: 1.0.0 }
paths:
  /things:
    get: { operationId: listThings, responses: { '200': { description: Fine } } }
"""
