"""Clients with certificates, through the proxies of `deploy/proxies/`, from `ringwork client create` to the gateway."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from tests.gateway.certificates import CertificateFiles, self_signed
from tests.scenarios.test_oauth import AUDIENCE, ORDER, SCOPED, application, ledger
from tests.support.client_certificates import ESCAPED, escaped, rfc9440
from tests.support.estates import write
from tests.support.ports import free_port
from tests.support.proxies import ENCODINGS, HOST, proxied
from tests.support.running import Ringwork, eventually
from tests.support.upstream import Upstream

ASKING = "  partner: { client_certificates: requested,"


@pytest.fixture(params=[*ENCODINGS])
def proxy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Proxy]:
    """Before an authorization server that is not there yet."""
    listen = f"127.0.0.1:{free_port()}"
    with proxied(request.param, listen, tmp_path / "proxy") as (issuer, ca):
        yield Proxy(request.param, listen, issuer, ca)


class Proxy:
    def __init__(self, kind: str, listen: str, issuer: str, ca: Path) -> None:
        self.listen, self.issuer, self.ca = listen, issuer, ca
        self.encoding = ENCODINGS[kind]

    def token(self, client_id: str, certificate: CertificateFiles | None, **more: Any) -> httpx.Response:
        """By a plain HTTP client."""
        context = ssl.create_default_context(cafile=str(self.ca))
        if certificate is not None:
            context.load_cert_chain(certificate.certificate, certificate.key)
        form = {"grant_type": "client_credentials", "client_id": client_id}
        with httpx.Client(verify=context, trust_env=False) as http:
            return http.post(f"{self.issuer}/token", data=form, **more)

    def token_with_trailer(self, client_id: str, name: str, value: str) -> str:
        """The whole answer to a request with a field after its body (RFC 9112 §7.1.2)."""
        form = f"grant_type=client_credentials&client_id={client_id}"
        head = f"POST /token HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
        head += f"Trailer: {name}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
        body = f"{len(form):x}\r\n{form}\r\n0\r\n{name}: {value}\r\n\r\n"
        address = (HOST, int(self.issuer.rpartition(":")[2]))
        context = ssl.create_default_context(cafile=str(self.ca))
        with (
            socket.create_connection(address, 30) as plain,
            context.wrap_socket(plain, server_hostname=HOST) as sent,
        ):
            sent.sendall(f"{head}{body}".encode())
            return b"".join(iter(lambda: sent.recv(4_096), b"")).decode()

    def handed_on(self, certificate: CertificateFiles) -> str:
        """As it would say that a client has shown it."""
        return {"rfc9440": rfc9440, "escaped-pem": pem}[self.encoding](certificate)


def pem(certificate: CertificateFiles) -> str:
    return escaped(certificate)[ESCAPED]


def bound(estate: Path, proxy: Proxy) -> Path:
    """An estate whose partner ring asks for certificates, and whose authorization server is handed them."""
    write(estate / "apis/orders/v1.yaml", SCOPED)
    manifest = estate / "ringwork.yaml"
    asking = manifest.read_text().replace("  partner: {", ASKING)
    manifest.write_text(
        f"{asking}authorization_server:\n  issuer: '{proxy.issuer}'\n  audiences: ['{AUDIENCE}']\n"
        f"  listen: '{proxy.listen}'\n  rings: [partner, public]\n  lifetime: 2m\n"
        f"  client_certificates: {{ header: Client-Cert, encoding: {proxy.encoding} }}\n"
    )
    return estate


def session(proxy: Proxy, client_id: str, certificate: CertificateFiles, **given: Any) -> Any:
    """Authlib's client, over connections that show this certificate."""
    made = OAuth2Session(client_id, **given)
    made.trust_env = False  # a CA bundle of the environment would be taken instead
    made.verify, made.cert = str(proxy.ca), (str(certificate.certificate), str(certificate.key))
    return made


def call(ringwork: Ringwork, token: str, certificate: CertificateFiles | None, ring: str = "partner") -> int:
    at = ringwork.endpoints()["rings"][ring]
    context = ssl.create_default_context(cafile=at["ca_file"])
    if certificate is not None:
        context.load_cert_chain(certificate.certificate, certificate.key)
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(verify=context, trust_env=False) as http:
        return http.get(f"{at['base_url']}{ORDER}", headers=headers).status_code


def test_a_client_is_its_certificate_at_the_authorization_server_and_at_the_gateway(
    ringwork: Ringwork, estate: Path, proxy: Proxy, upstream: Upstream, tmp_path: Path
) -> None:
    own, other = (self_signed(tmp_path / "clients", name) for name in ("own", "other"))
    ringwork.up(bound(estate, proxy))
    shop = application(ringwork, "partner")
    made = ringwork.json("client", "create", shop, "--certificate", str(own.certificate))
    assert made["secret"] is None and made["certificate"]["thumbprint"] == own.thumbprint

    # Authlib's client, which shows its certificate as any other TLS client does.
    client = session(proxy, made["id"], own, token_endpoint_auth_method="none")
    token = client.fetch_token(f"{proxy.issuer}/token", grant_type="client_credentials")["access_token"]
    eventually(lambda: call(ringwork, token, own) == 200)
    assert upstream.seen[-1]["headers"]["x-ringwork-consumer"] == "globex"
    assert [call(ringwork, token, each) for each in (other, None)] == [401, 401]
    assert call(ringwork, token, own, "public") == 401

    files = ("--certificate", str(own.certificate), "--certificate-key", str(own.key))
    called = ringwork.run("call", "orders", "GET", "/orders/7", "--ring", "partner", "--token", token, *files)
    assert called.returncode == 0, called.stderr
    asked = ("explain", "GET", ORDER, "--ring", "partner", "--token", token)
    assert ringwork.json(*asked, "--certificate", str(own.certificate))["verdict"] == "forward"
    told = ringwork.json(*asked)
    assert (told["status"], told["reason"]) == (401, "a token came without the certificate it is bound to")
    told = ringwork.json(*asked, "--certificate", str(other.certificate))
    assert told["status"] == 401

    # What others say of certificates is the proxy's to drop, before the body and after it.
    field = {"Client-Cert": proxy.handed_on(own)}
    refused = [proxy.token(made["id"], each, headers=field) for each in (None, other)]
    assert [answer.json()["error"] for answer in refused] == ["invalid_client"] * 2
    assert "invalid_client" in proxy.token_with_trailer(made["id"], "Client-Cert", proxy.handed_on(own))
    assert proxy.token(made["id"], own, headers=field).status_code == 200
    assert "client.create" in ledger(ringwork)

    shown = ringwork.run("client", "show", made["id"]).stdout
    assert f"thumbprint {own.thumbprint}, subject CN=own, ends at 20" in shown

    ringwork.kill()
    ringwork.up(estate)
    assert [call(ringwork, token, each) for each in (own, other)] == [200, 401]
    ringwork.json("client", "revoke", made["id"])
    assert call(ringwork, token, own) == 401
    with pytest.raises(OAuthError, match="invalid_client"):
        client.fetch_token(f"{proxy.issuer}/token", grant_type="client_credentials")


def test_certificates_rotate_and_rings_that_do_not_ask_have_no_such_clients(
    ringwork: Ringwork, estate: Path, proxy: Proxy, tmp_path: Path
) -> None:
    first, second = (self_signed(tmp_path / "clients", name) for name in ("first", "second"))
    over = self_signed(tmp_path / "clients", "over", ends=timedelta(hours=-1))
    ringwork.up(bound(estate, proxy))
    shop = application(ringwork, "partner")
    made = ringwork.json("client", "create", shop, "--certificate", str(first.certificate))
    rotate = ("client", "rotate-certificate", made["id"])
    told = ringwork.run(*rotate, str(second.certificate), "--overlap", "1h")
    assert told.returncode == 0 and "the one before works until" in told.stdout
    statuses = [proxy.token(made["id"], each).status_code for each in (first, second)]
    assert statuses == [200, 200]
    ringwork.json(*rotate, str(second.certificate), "--overlap", "0")
    statuses = [proxy.token(made["id"], each).status_code for each in (first, second)]
    assert statuses == [401, 200]
    assert proxy.token(made["id"], over).status_code in (400, 401)

    for wrong, code in (
        (over.certificate, "client-certificate-unusable"),
        (first.key, "client-certificate-unusable"),
        (tmp_path / "nothing.pem", "client-certificate-unusable"),
    ):
        refused = ringwork.run("client", "create", shop, "--certificate", str(wrong))
        assert refused.returncode == 2 and code in refused.stderr
    of_the_public = application(ringwork, "public")
    refused = ringwork.run("client", "create", of_the_public, "--certificate-bound")
    assert refused.returncode == 2 and "client-certificates-missing" in refused.stderr
    assert "client_certificates: requested" in refused.stderr

    bound_only = ringwork.json("client", "create", shop, "--certificate-bound")
    secret = session(proxy, bound_only["id"], first, client_secret=bound_only["secret"])
    fetch = {"url": f"{proxy.issuer}/token", "grant_type": "client_credentials"}
    token = secret.fetch_token(**fetch)["access_token"]
    eventually(lambda: call(ringwork, token, first) == 200)
    assert call(ringwork, token, second) == 401
    secret.cert = None
    with pytest.raises(OAuthError, match="invalid_request"):
        secret.fetch_token(**fetch)


def test_a_plan_says_what_opens_nothing_and_what_is_new(
    ringwork: Ringwork, estate: Path, tmp_path: Path
) -> None:
    """Without a proxy: nothing is asked of the authorization server."""
    ringwork.up(estate)
    listen = f"127.0.0.1:{free_port()}"
    stands = Proxy("haproxy", listen, f"http://{listen}", tmp_path)
    manifest = bound(estate, stands) / "ringwork.yaml"
    shown = ringwork.run("plan", str(estate))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "client_certificates" in shown.stdout
    assert "the public ring asks nobody for a certificate" in shown.stdout
    manifest.write_text(manifest.read_text().replace(ASKING, "  partner: {"))
    refused = ringwork.run("plan", str(estate))
    assert refused.returncode == 2 and "certificates-not-requested" in refused.stdout
