"""What each ring can read is what it is served, of the live revision, and nothing tells the rest from nothing."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from tests.scenarios.conversation import Say
from tests.scenarios.test_apply import edit
from tests.support.estates import write_estate
from tests.support.running import Ringwork, eventually
from tests.support.upstream import Upstream

DECLARED = {"internal": 8451, "partner": 8452, "public": 8453}
RINGS = tuple(DECLARED)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def comparable(self) -> tuple[int, dict[str, str], bytes]:
        """All of it but the time of day."""
        return self.status, {name: value for name, value in self.headers.items() if name != "date"}, self.body


class Readers:
    """Browsers of each ring, asking for exactly the path given."""

    def __init__(self, ringwork: Ringwork) -> None:
        self.urls = {name: ring["documentation"] for name, ring in ringwork.endpoints()["rings"].items()}

    def ask(self, ring: str, path: str, *, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.urls[ring]).netloc, timeout=30)
        try:
            connection.putrequest(method, path, skip_host="host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())
        finally:
            connection.close()

    def text(self, ring: str, path: str) -> str:
        answer = self.ask(ring, path)
        assert answer.status == 200, answer
        return answer.body.decode()


def documented(root: Path, upstream: Upstream) -> Path:
    """The usual estate, each ring documented."""
    estate = write_estate(root, upstream.port)
    for ring, port in DECLARED.items():
        stated = f'documentation: {{ listen: "127.0.0.1:{port}", url: "http://127.0.0.1:{port}" }}'
        edit(estate / "ringwork.yaml", f"{ring}: {{ ", f"{ring}: {{ {stated}, ")
    return estate


@pytest.fixture
def estate(tmp_path: Path, upstream: Upstream) -> Path:
    return documented(tmp_path / "estate", upstream)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[tuple[Ringwork, Path]]:
    """Runs for all tests that change nothing."""
    root = tmp_path_factory.mktemp("documented")
    started, estate = Ringwork(root / "state"), documented(root / "estate", upstream)
    try:
        started.up(estate)
        yield started, estate
    finally:
        started.clean_up()


@pytest.fixture
def readers(live: tuple[Ringwork, Path]) -> Readers:
    return Readers(live[0])


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("format", ["json", "yaml"])
def test_a_ring_reads_the_document_that_export_writes(
    live: tuple[Ringwork, Path], readers: Readers, say: Say, ring: str, format: str
) -> None:
    ringwork, estate = live
    exported = say("export", "openapi", "orders", "--ring", ring, "--format", format, "--estate", estate).out
    served = urlsplit(ringwork.endpoints()["rings"][ring]["base_url"]).port
    declared = DECLARED[ring] - 10
    assert f":{declared}/" in exported, "`--ports auto` serves it elsewhere, and the document says where"
    wanted = exported.replace(f":{declared}/", f":{served}/")
    assert readers.text(ring, f"/apis/orders/v1/openapi.{format}") == wanted


@pytest.mark.parametrize("ring", RINGS)
def test_no_other_path_than_those_of_the_ring_is_there(readers: Readers, ring: str) -> None:
    missing = readers.ask(ring, "/nothing/here").comparable
    paths = [
        "/apis/orders/v2/openapi.json",
        "/apis/orders/V1",
        "/apis/orders/v1/",
        "/apis/orders/v1/openapi.xml",
        "/apis/nobody/v1",
        "/apis//v1",
        "/errors/no_such_code",
        "/errors/",
        "/assets/page.css",
        "/assets/../../../control/ringwork.db",
        "/assets/..%2f..%2f..%2fcontrol%2fringwork.db",
        "/assets/%2e%2e/reference.js",
        "//",
        "/%00",
        "/apis/orders%2fv1",
        "/docs",
        "/openapi.json",
    ]
    for path in paths:
        assert readers.ask(ring, path).comparable == missing, path
    assert missing[0] == 404


def test_what_a_ring_may_not_know_is_missing(ringwork: Ringwork, estate: Path) -> None:
    edit(estate / "apis/stock/v1.yaml", "x-audience: public", "x-audience: partner")
    ringwork.up(estate)
    readers = Readers(ringwork)
    assert readers.ask("partner", "/apis/stock/v1").status == 200
    for path in ("/apis/stock/v1", "/apis/stock/v1/openapi.json"):
        missing = readers.ask("public", path.replace("stock", "stick")).comparable
        assert readers.ask("public", path).comparable == missing
    assert "stock" not in readers.text("public", "/").lower()
    assert "placeOrder" not in readers.text("public", "/apis/orders/v1/openapi.json")


def test_a_foreign_host_is_missing(readers: Readers) -> None:
    """A page of somebody else's, whose name was made to lead here, must not read what is inside."""
    missing = readers.ask("internal", "/nothing").comparable
    assert readers.ask("internal", "/", host="rebound.example").comparable == missing
    assert readers.ask("internal", "/apis/orders/v1/openapi.json", host="internal.acme.test").status == 404


def test_owner_and_what_errors_mean_inside_are_for_the_internal_ring(readers: Readers) -> None:
    assert "orders@acme.test" in readers.text("internal", "/")
    inside = "No visible operation"
    assert inside in readers.text("internal", "/errors/not_found")
    for ring in ("partner", "public"):
        assert "@acme.test" not in readers.text(ring, "/") + readers.text(ring, "/apis/orders/v1")
        assert inside not in readers.text(ring, "/errors/not_found")


def test_an_error_says_where_it_is_explained(live: tuple[Ringwork, Path], readers: Readers) -> None:
    rings = live[0].endpoints()["rings"]
    for name in RINGS:
        answer = httpx.get(
            f"https://{rings[name]['address']}/nothing", headers={"host": "localhost"}, verify=False
        )
        problem = answer.json()
        assert problem["type"] == f"{readers.urls[name]}/errors/{problem['code']}"
        page = readers.text(name, urlsplit(problem["type"]).path)
        assert problem["code"] in page and problem["title"] in page


def test_every_code_of_the_gateway_has_a_page(readers: Readers) -> None:
    from ringwork import _native

    listed = readers.text("public", "/errors")
    for row in _native.error_codes():
        assert f'"./errors/{row["code"]}"' in listed
        assert row["title"] in readers.text("public", f"/errors/{row['code']}")


def test_a_document_is_asked_about_and_sent_once(readers: Readers) -> None:
    path = "/apis/orders/v1/openapi.json"
    plain = readers.ask("public", path)
    packed = readers.ask("public", path, accept_encoding="br, gzip")
    assert packed.headers["content-encoding"] == "gzip" and gzip.decompress(packed.body) == plain.body
    assert readers.ask("public", path, accept_encoding="gzip;q=0").body == plain.body
    again = readers.ask("public", path, if_none_match=plain.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    head = readers.ask("public", path, method="HEAD")
    assert (head.status, head.body) == (200, b"") and head.headers["etag"] == plain.headers["etag"]
    assert plain.headers["cache-control"] == "no-cache" and "accept-encoding" in plain.headers["vary"]
    assert "private" in readers.ask("partner", path).headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/", "/errors/not_found", "/apis/orders/v1", "/nothing", "/apis/orders/v1/openapi.yaml"]
)
def test_nothing_of_a_page_leads_a_browser_elsewhere(readers: Readers, path: str) -> None:
    headers = readers.ask("public", path).headers
    policy = dict(rule.partition(" ")[::2] for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'" and policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_pages_are_read_and_nothing_else(readers: Readers, method: str) -> None:
    there, missing = (
        readers.ask("public", "/", method=method),
        readers.ask("public", "/nothing", method=method),
    )
    assert there.comparable == missing.comparable
    assert (there.status, there.headers["allow"]) == (405, "GET, HEAD")


def test_what_is_live_is_read_and_not_what_the_files_say(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    readers, path = Readers(ringwork), "/apis/orders/v1/openapi.json"
    before = readers.text("public", path)
    edit(estate / "apis/orders/v1.yaml", "operationId: getOrder", "operationId: readOrder")
    assert readers.text("public", path) == before
    assert ringwork.json("apply", str(estate))["exit_code"] == 0
    assert "readOrder" in readers.text("public", path)
    assert ringwork.run("rollback", "1").returncode == 0
    assert readers.text("public", path) == before


def test_words_alone_are_a_change_of_what_is_read(ringwork: Ringwork, estate: Path) -> None:
    """The gateway has no new revision of it."""
    ringwork.up(estate)
    edit(estate / "apis/orders/v1.yaml", "description: Fine", "description: Better")
    assert ringwork.json("apply", str(estate))["outcome"] == "unchanged"
    assert "Better" in Readers(ringwork).text("public", "/apis/orders/v1/openapi.json")


def test_a_broken_api_is_documented_as_it_is_live(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    readers, path = Readers(ringwork), "/apis/orders/v1/openapi.json"
    before = readers.text("public", path)
    edit(estate / "apis/orders/v1.yaml", "openapi: 3.1.0", "openapi: 9.9.9")
    edit(estate / "apis/stock/v1.yaml", "/items:", "/articles:")
    assert ringwork.run("apply", str(estate)).returncode == 2
    assert readers.text("public", path) == before
    assert "/articles" in readers.text("public", "/apis/stock/v1/openapi.json")


def test_a_restart_reads_what_was_live(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    before = Readers(ringwork).text("partner", "/apis/orders/v1/openapi.yaml")
    ringwork.end()
    edit(estate / "apis/orders/v1.yaml", "openapi: 3.1.0", "openapi: 9.9.9")
    ringwork.up(estate)
    assert Readers(ringwork).text("partner", "/apis/orders/v1/openapi.yaml") == before


def test_a_ring_that_is_documented_no_more_cannot_be_read(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    before = Readers(ringwork).urls
    text = (estate / "ringwork.yaml").read_text().splitlines()
    stated = (
        next(line for line in text if "public:" in line).partition("documentation: ")[2].partition("}")[0]
    )
    edit(estate / "ringwork.yaml", f"documentation: {stated}}}, ", "")
    assert ringwork.json("apply", str(estate))["exit_code"] == 0
    eventually(lambda: ringwork.endpoints()["rings"]["public"]["documentation"] is None)
    with pytest.raises(httpx.ConnectError):
        httpx.get(before["public"])
    assert httpx.get(before["partner"]).status_code == 200
    problem = httpx.get(
        f"https://{ringwork.endpoints()['rings']['public']['address']}/x",
        headers={"host": "localhost"},
        verify=False,
    )
    assert json.loads(problem.text)["type"] == "/docs/errors/not_found"
