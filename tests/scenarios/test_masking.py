"""`mask: hash`: equal values are equal hashes, on every gateway and after every start, and nobody sees the key."""

from __future__ import annotations

import json
from pathlib import Path

from tests.scenarios.test_key import PUBLIC
from tests.support.estates import write
from tests.support.remote import Elsewhere
from tests.support.running import Ringwork, eventually
from tests.support.upstream import Upstream

# Of what the service answers, its own `path` leaves as a hash.
STOCK = """\
openapi: 3.1.0
info: { title: Stock, version: 1.0.0 }
paths:
  /items:
    get:
      x-audience: public
      operationId: listItems
      responses:
        '200':
          description: Fine
          content:
            application/json:
              schema:
                type: object
                properties:
                  method: { type: string }
                  path: { type: string, x-sensitive: { class: personal, mask: hash } }
"""


def answered(ringwork: Ringwork, key: str) -> dict[str, str]:
    called = ringwork.json("call", "stock", "GET", "/items", "--key", key)
    body: dict[str, str] = json.loads(called["body"])
    return body


def hashed(edge: Elsewhere, key: str) -> str:
    body: dict[str, str] = edge.call("/stock/items", key).json()
    return body.get("path", "")


def test_equal_values_leave_as_equal_hashes_on_every_gateway_and_after_a_restart(
    ringwork: Ringwork, estate: Path, upstream: Upstream, tmp_path: Path
) -> None:
    write(estate / "apis/stock/v1.yaml", STOCK)
    ringwork.up(estate, "--nodes", "127.0.0.1:0")
    key = ringwork.json(*PUBLIC)["key"]
    here = answered(ringwork, key)
    assert here["method"] == "GET" and len(here["path"]) == 32 and "items" not in here["path"]
    edge = Elsewhere(ringwork, tmp_path / "edge")
    try:
        edge.serve("public")
        eventually(lambda: hashed(edge, key) == here["path"])
    finally:
        edge.clean_up()
    ringwork.end()
    ringwork.up(estate, "--nodes", "127.0.0.1:0")
    assert answered(ringwork, key) == here


def test_the_key_stands_in_one_file_of_the_node_and_nowhere_else(ringwork: Ringwork, estate: Path) -> None:
    write(estate / "apis/stock/v1.yaml", STOCK)
    ringwork.up(estate)
    secrets = ringwork.state / "node/secrets/upstreams.json"
    (value,) = json.loads(secrets.read_bytes())["secrets"].values()
    files = [path for path in ringwork.state.rglob("*") if path.is_file()]
    assert [path for path in files if value.encode() in path.read_bytes()] == [secrets]
    assert secrets.stat().st_mode & 0o777 == 0o600
