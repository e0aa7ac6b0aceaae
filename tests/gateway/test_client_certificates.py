"""Outer rings that ask for certificates: a token that is bound to one (RFC 8705 §3) opens from a connection that has
it; for everybody else nothing is different.
"""

from __future__ import annotations

import base64
import contextlib
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.gateway.certificates import CertificateFiles, self_signed
from tests.gateway.http2 import Http2Connection
from tests.gateway.issuers import OutsideIssuer, accept, bearer
from tests.gateway.node import HOSTS, Json, Node
from tests.gateway.process import Gateway
from tests.gateway.provers import Prover
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, Response, client_context, request

OUTER = ["partner", "public"]
PATH = "/shop/v1/orders"


def asking(node: Node, issuer: OutsideIssuer, *rings: str) -> int:
    """A revision whose rings accept one issuer, and `rings` ask clients for a certificate."""

    def change(manifest: Json) -> None:
        for ring in rings:
            manifest["rings"][ring]["client_certificates"] = "requested"

    return accept(node, issuer, change=change)


class Door:
    """A gateway whose outer rings ask, and an issuer that binds tokens to certificates."""

    def __init__(self, gateway: Gateway, issuer: OutsideIssuer, folder: Path) -> None:
        self.gateway, self.node, self.issuer = gateway, gateway.node, issuer
        self.folder = folder
        self.certificate = self_signed(folder)

    def token(self, certificate: CertificateFiles | None = None, **cnf: str) -> str:
        return self.issuer.token(cnf={"x5t#S256": (certificate or self.certificate).thumbprint} | cnf)

    def asks(
        self, *fields: tuple[str, str], certificate: CertificateFiles | None = None, ring: str = "public"
    ) -> Response:
        with Connection(self.node, ring, certificate=certificate) as opened:
            return opened.exchange(request("GET", PATH, HOSTS[ring], *fields))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, shared_upstream: Upstream) -> Iterator[Door]:
    folder, issuer = tmp_path_factory.mktemp("door"), OutsideIssuer()
    node = Node(folder / "node", shared_upstream.port)
    asking(node, issuer, *OUTER)
    node.change_identity()
    gateway = Gateway(node).start()
    yield Door(gateway, issuer, folder / "clients")
    gateway.stop()


@pytest.mark.parametrize("ring", OUTER)
@pytest.mark.parametrize("kind", ["P-256", "P-384", "Ed25519", "RSA-2048"])
def test_a_token_opens_from_a_connection_with_its_certificate(
    door: Door, upstream: Upstream, ring: str, kind: str
) -> None:
    certificate = self_signed(door.folder, kind=kind)
    token = bearer(door.token(certificate))
    assert door.asks(token, certificate=certificate, ring=ring).status == 200
    received = upstream.received[-1]
    assert received.header("authorization") is None and received.header("x-ringwork-subject") == "alice"
    assert not any("cert" in name for name, _ in received.headers)


@pytest.mark.parametrize("ring", OUTER)
def test_who_stole_it_is_nobody_with_another_certificate_or_none(door: Door, ring: str) -> None:
    token, thief = bearer(door.token()), self_signed(door.folder, "thief")
    shown: tuple[CertificateFiles | None, ...] = (None, thief)
    for certificate in shown:
        answer = door.asks(token, certificate=certificate, ring=ring)
        assert answer.status == 401
        assert answer.header("www-authenticate") == f'Bearer realm="{ring}", error="invalid_token"'
    assert door.asks(bearer(door.token(thief)), certificate=door.certificate, ring=ring).status == 401
    assert door.asks(token, certificate=door.certificate, ring=ring).status == 200


def test_what_a_client_says_of_its_certificate_is_nothing(door: Door) -> None:
    """Fields are what proxies tell of certificates, and none is believed here."""
    token, der = bearer(door.token()), base64.b64encode(door.certificate.der).decode()
    pem = quote(door.certificate.certificate.read_text())
    for name, value in (
        ("Client-Cert", f":{der}:"),
        ("X-Forwarded-Client-Cert", f'Cert="{pem}"'),
        ("X-SSL-Client-Cert", pem),
    ):
        assert door.asks(token, (name, value)).status == 401


@pytest.mark.parametrize("ring", OUTER)
def test_a_certificate_alone_is_nobody_and_changes_nothing_for_keys(
    door: Door, upstream: Upstream, ring: str
) -> None:
    for certificate in (door.certificate, door.node.svid("shipping")):
        answer = door.asks(certificate=certificate, ring=ring)
        assert (answer.status, answer.code) == (401, "credentials_missing")
    assert upstream.received == []
    key = ("X-Api-Key", door.node.key(ring).text)
    shown: tuple[CertificateFiles | None, ...] = (None, door.certificate, door.node.svid("shipping"))
    for one in shown:
        assert door.asks(key, certificate=one, ring=ring).status == 200
    first, *others = (
        [field for field in each.headers if "request-id" not in field[0]] for each in upstream.received
    )
    assert all(other == first for other in others)
    assert door.asks(bearer(door.issuer.token()), certificate=door.certificate, ring=ring).status == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("ring", OUTER)
def test_a_resumed_session_has_the_certificate_it_began_with(
    door: Door, ring: str, version: ssl.TLSVersion
) -> None:
    ask = request("GET", PATH, HOSTS[ring], bearer(door.token()))
    other = request("GET", PATH, HOSTS[ring], bearer(door.token(self_signed(door.folder, "other"))))
    context = client_context(door.node.authorities[ring].file, door.certificate)
    context.minimum_version = context.maximum_version = version
    with Connection(door.node, ring, context=context) as opened:
        assert opened.exchange(ask).status == 200
        session = opened.socket.session
    for _ in range(2):
        with Connection(door.node, ring, context=context, session=session) as resumed:
            assert resumed.socket.session_reused
            assert (resumed.exchange(ask).status, resumed.exchange(other).status) == (200, 401)
            session = resumed.socket.session or session


def test_every_request_of_an_http2_connection_is_judged_by_its_certificate(door: Door) -> None:
    context = client_context(door.node.authorities["public"].file, door.certificate)
    connection = Http2Connection(door.node, "public", context=context)
    foreign = door.token(self_signed(door.folder, "other"))
    tokens = [door.token(), foreign, door.issuer.token(), door.token()]
    streams = [connection.open("GET", PATH, bearer(token)) for token in tokens]
    assert [connection.response(stream).status for stream in streams] == [200, 401, 200, 200]


def test_a_token_that_is_bound_to_certificate_and_key_needs_both(door: Door) -> None:
    prover = Prover()
    token = door.token(jkt=prover.jkt)

    def presented() -> list[tuple[str, str]]:
        return prover.presents(token, "GET", f"https://{HOSTS['public']}{PATH}")

    assert door.asks(*presented(), certificate=door.certificate).status == 200
    assert door.asks(*presented()).status == 401
    assert door.asks(*presented(), certificate=self_signed(door.folder, "thief")).status == 401
    assert door.asks(bearer(token), certificate=door.certificate).status == 401


def test_dates_of_a_certificate_are_for_who_gave_the_token(door: Door) -> None:
    """Nobody vouches for it, and its token ends by itself."""
    expired = self_signed(door.folder, ends=timedelta(hours=-1))
    assert door.asks(bearer(door.token(expired)), certificate=expired).status == 200


def test_who_brings_too_much_is_not_let_in_and_others_are(door: Door, tmp_path: Path) -> None:
    large = self_signed(tmp_path, padding=17 * 1024)
    fits = self_signed(tmp_path, padding=14 * 1024)
    assert door.asks(bearer(door.token(fits)), certificate=fits).status == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        door.asks(bearer(door.token(large)), certificate=large)
    many = tmp_path / "many.pem"
    chain = [self_signed(tmp_path, f"c{number}").certificate.read_text() for number in range(4)]
    many.write_text(door.certificate.certificate.read_text() + "".join(chain[:3]))
    four = CertificateFiles(many, door.certificate.key, door.certificate.serial)
    assert door.asks(bearer(door.token()), certificate=four).status == 200
    many.write_text(door.certificate.certificate.read_text() + "".join(chain))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        door.asks(bearer(door.token()), certificate=four)


def test_a_certificate_that_only_stands_in_the_chain_is_not_shown(door: Door, tmp_path: Path) -> None:
    """The handshake proves the key of the first one."""
    thief = self_signed(tmp_path, "thief")
    both = tmp_path / "both.pem"
    both.write_text(thief.certificate.read_text() + door.certificate.certificate.read_text())
    shown = CertificateFiles(both, thief.key, thief.serial)
    assert door.asks(bearer(door.token()), certificate=shown).status == 401


def test_where_a_ring_does_not_ask_such_a_token_opens_nothing(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream, tmp_path: Path
) -> None:
    issuer = OutsideIssuer()
    asking(node, issuer, "partner")
    door = Door(launch(), issuer, tmp_path / "clients")
    token = bearer(door.token())
    assert door.asks(token, certificate=door.certificate, ring="partner").status == 200
    assert door.asks(token, certificate=door.certificate, ring="public").status == 401


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_ring_begins_and_ceases_to_ask_with_a_revision_and_resumes_no_session_of_before(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    issuer = OutsideIssuer()
    asking(node, issuer)
    gateway = launch()
    door = Door(gateway, issuer, tmp_path / "clients")
    ask = request("GET", PATH, HOSTS["public"], bearer(door.token()))
    key = request("GET", PATH, HOSTS["public"], ("X-Api-Key", node.key("public").text))
    context = client_context(node.authorities["public"].file, door.certificate)
    context.minimum_version = context.maximum_version = version

    def connected(session: ssl.SSLSession | None, reused: bool, status: int) -> Any:
        with Connection(node, "public", context=context, session=session) as opened:
            assert (opened.socket.session_reused, opened.exchange(ask).status) == (reused, status)
            assert opened.exchange(key).status == 200
            return opened.socket.session

    kept = Connection(node, "public", context=context)
    with contextlib.closing(kept):
        before = connected(connected(None, False, 401), True, 401)
        gateway.serves_revision(asking(node, issuer, "public"))
        assert kept.exchange(key).status == 200
    during = connected(connected(before, False, 200), True, 200)
    with Connection(node, "public", context=context) as later:
        assert later.exchange(ask).status == 200
        gateway.serves_revision(asking(node, issuer))
        assert (later.exchange(ask).status, later.exchange(key).status) == (401, 200)
    connected(during, False, 401)
    assert gateway.running
