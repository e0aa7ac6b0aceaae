"""Keys of issuers on their way to a node: fetched within bounds, from the address itself, kept while it is away."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from ringwork.bundle.publish import Pointer, Publication
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.issuers import fetching
from ringwork.fleet.issuers.fetching import NotFetched, fetch_key_set
from ringwork.fleet.issuers.following import IssuerKeyFollower
from ringwork.fleet.issuers.keys_file import addresses_of, read_key_sets
from ringwork.fleet.issuers.standing import key_problems
from tests.gateway.certificates import TestAuthority
from tests.support.jwks import JwksServer, publishing, sent

KEY = {"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
OTHER = KEY | {"kid": "k2"}


@pytest.fixture
def issuer() -> Iterator[JwksServer]:
    started = JwksServer(KEY)
    yield started
    started.close()


def test_public_keys_are_taken_and_nothing_else(issuer: JwksServer) -> None:
    private = OTHER | {"d": KEY["x"]}
    issuer.answer = publishing(KEY | {"x5c": ["AA"]}, private, {"kty": "oct", "k": "AA", "kid": "s"})
    assert fetch_key_set(issuer.uri, None) == {"keys": [KEY]}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (sent(b"", 302, Location="http://127.0.0.1:1/elsewhere"), "redirects"),
        (sent(b"{}", 500), "answers 500"),
        (sent(json.dumps({"keys": [KEY]}).encode(), 206), "answers 206"),
        (sent(b"<html>"), "is not JSON"),
        (sent(b'{"error": "no"}'), "no JWK set"),
        (sent(b'{"keys": [' + b" " * 300_000 + b"]}"), "larger than"),
    ],
)
def test_what_is_no_key_set_is_not_taken(
    issuer: JwksServer, answer: Callable[[BaseHTTPRequestHandler], None], said: str
) -> None:
    issuer.answer = answer
    with pytest.raises(NotFetched, match=said):
        fetch_key_set(issuer.uri, None)
    assert issuer.asked == ["/jwks"], "nobody it points to is asked"


def test_an_answer_that_drips_ends(issuer: JwksServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_WHOLE_SECONDS", 0.3)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" " * 20_000)
            time.sleep(0.05)

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(40):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)

    for way in (drip, endless):
        issuer.answer = way
        began = time.monotonic()
        with pytest.raises(NotFetched):
            fetch_key_set(issuer.uri, None)
        assert time.monotonic() - began < 1.5


def test_https_is_vouched_for_by_the_cas_that_are_named(tmp_path: Path) -> None:
    authority, stranger = TestAuthority("login", tmp_path), TestAuthority("stranger", tmp_path)
    files = authority.server("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    issuer = JwksServer(KEY, tls=context)
    try:
        assert fetch_key_set(issuer.uri, authority.pem.decode()) == {"keys": [KEY]}
        for ca in (None, stranger.pem.decode()):
            with pytest.raises(NotFetched, match="certificate"):
                fetch_key_set(issuer.uri, ca)
    finally:
        issuer.close()


class World:
    """A node whose manifest in force names addresses."""

    def __init__(self, root: Path) -> None:
        self.node = NodeDirectory(root / "node")
        self.published: dict[str, dict[str, Any] | None] = {}
        self.said: list[str] = []
        self.manifest: dict[str, Any] = {}
        self.follower = self.anew()
        self._publication = Publication(self.node.published)
        self._revision = 0

    def anew(self) -> IssuerKeyFollower:
        self.follower = IssuerKeyFollower(self.node, say=self.said.append, fetch=self._fetch)
        return self.follower

    def _fetch(self, uri: str, _: str | None) -> dict[str, Any]:
        keys = self.published.get(uri)
        if keys is None:
            raise NotFetched(f"{uri}: away")
        return keys

    def accept(self, *uris: str) -> None:
        keys = [{"source": "fetched", "jwks_uri": uri, "refresh_seconds": 0} for uri in uris]
        issuers = [{"keys": one} for one in keys]
        self.manifest = {"rings": {"public": {"authentication": {"access_tokens": issuers}}}}
        self._revision += 1
        payload = _encoded(self.manifest | {"revision": self._revision})
        name = self._publication.write({}, f"e30.{payload}.AA".encode())
        self._publication.point_to(Pointer(self._revision, name))

    @property
    def there(self) -> dict[str, Any]:
        return read_key_sets(self.node.issuer_keys)


def _encoded(value: dict[str, Any]) -> str:
    import base64

    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_node_gets_the_keys_its_revision_needs(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.follower.look()
    assert world.there == {}
    world.published = {"a": {"keys": [KEY]}, "b": {"keys": [OTHER]}}
    world.accept("a")
    world.follower.look()
    assert world.there == {"a": {"keys": [KEY]}}
    world.accept("b")
    world.follower.look()
    assert world.there == {"a": {"keys": [KEY]}, "b": {"keys": [OTHER]}}, (
        "the last requests of the one before"
    )
    world.accept("b", "c")
    world.follower.look()
    assert world.there == {"b": {"keys": [OTHER]}}


def test_a_rotated_key_arrives_and_a_withdrawn_one_goes(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.accept("a")
    for keys in ([KEY], [KEY, OTHER], [OTHER], []):
        world.published["a"] = {"keys": keys}
        world.follower.look()
        assert world.there == {"a": {"keys": keys}}


def test_an_issuer_that_is_away_keeps_its_keys_through_a_restart(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.accept("a")
    world.published["a"] = {"keys": [KEY]}
    world.follower.look()
    world.published["a"] = None
    world.anew().look()
    assert world.there == {"a": {"keys": [KEY]}}
    assert len(world.said) == 1 and "away" in world.said[0]
    world.follower.look()
    assert len(world.said) == 1, "what stays as it is is not said again at once"
    assert key_problems(world.node, world.manifest) == ["keys are not fetched: a: away"]


def test_keys_that_never_came_are_a_problem_and_nobody_elses(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.accept("a", "b")
    assert key_problems(world.node, world.manifest) == [
        "keys of a did not arrive yet",
        "keys of b did not arrive yet",
    ]
    world.published["b"] = {"keys": [KEY]}
    world.follower.look()
    assert key_problems(world.node, world.manifest) == ["keys are not fetched: a: away"]
    assert world.there == {"b": {"keys": [KEY]}}
    assert addresses_of(world.manifest) == {"a", "b"}
    assert key_problems(world.node, None) == []
