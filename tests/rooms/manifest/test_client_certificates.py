"""Certificates of clients: whoever asks for one does something with it, and what is bound to one opens something."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.intent.authorization import ClientCertificatesIntent
from ringwork.intent.authorization_server import build_authorization
from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.estate import Estate
from ringwork.manifest.load import load_estate
from tests.rooms.manifest.estates import ORGANIZATION, loaded

SERVER = """\
authorization_server:
  issuer: "https://auth.acme.example"
  audiences: [acme]
  listen: "127.0.0.1:7080"
  rings: [partner, public]
"""
ISSUER = """\
issuers:
  login:
    issuer: "https://login.acme.example"
    audiences: [acme]
    jwks_uri: "https://login.acme.example/jwks"
    rings: {partner: {claim: azp, partners: {}}}
"""
HANDED_ON = "  client_certificates: {header: Client-Cert}\n"


def asking(text: str, **rings: str) -> str:
    """`text`, where rings say more."""
    for ring, more in rings.items():
        text = text.replace(f"  {ring}: {{", f"  {ring}: {{{more}, ")
    return text


def findings(root: Path, text: str) -> list[tuple[str, Severity, str]]:
    found = loaded(root, {"ringwork.yaml": text}).findings
    ours = ("certificates-not-requested", "without-effect")
    return [(one.code, one.severity, where(one)) for one in found if one.code in ours]


def where(finding: Finding) -> str:
    return f"{finding.location.line}: {finding.help}"


def test_a_ring_asks_where_tokens_may_be_bound(tmp_path: Path) -> None:
    rings = dict.fromkeys(("partner", "public"), "client_certificates: requested")
    assert findings(tmp_path / "own", asking(ORGANIZATION, **rings) + SERVER + HANDED_ON) == []
    partner = asking(ORGANIZATION, partner=rings["partner"])
    assert findings(tmp_path / "outside", partner + ISSUER) == []
    ignored = asking(ORGANIZATION, partner="client_certificates: ignored")
    assert findings(tmp_path / "ignored", ignored) == []


def test_a_ring_that_asks_for_nothing_is_told_so(tmp_path: Path) -> None:
    partner = asking(ORGANIZATION, partner="client_certificates: requested")
    for name, text in (("nobody", partner), ("unbound", partner + SERVER)):
        ((code, severity, place),) = findings(tmp_path / name, text)
        assert (code, severity, place[:2]) == ("without-effect", Severity.WARNING, "6:")
    internal = asking(ORGANIZATION, internal="client_certificates: requested")
    ((code, severity, place),) = findings(tmp_path / "internal", internal)
    assert (code, severity, place) == (
        "without-effect",
        Severity.WARNING,
        "5: Remove client_certificates here.",
    )
    off = asking(ORGANIZATION, internal="authentication: {mtls: false}, client_certificates: requested")
    ((code, _, _),) = findings(tmp_path / "off", off)
    assert code == "without-effect"


def test_tokens_that_would_open_nothing_are_an_error_and_some_that_would_a_remark(tmp_path: Path) -> None:
    ((code, severity, place),) = findings(tmp_path / "none", ORGANIZATION + SERVER + HANDED_ON)
    assert (code, severity) == ("certificates-not-requested", Severity.ERROR)
    assert place == "13: Write `client_certificates: requested` under rings.partner."
    one = asking(ORGANIZATION, partner="client_certificates: requested")
    ((code, severity, place),) = findings(tmp_path / "one", one + SERVER + HANDED_ON)
    assert (code, severity) == ("certificates-not-requested", Severity.INFO)
    assert place == "13: Write `client_certificates: requested` under rings.public."


@pytest.mark.parametrize("word", ["true", "on", "required", "REQUESTED"])
def test_what_a_ring_does_is_one_of_two_words(tmp_path: Path, word: str) -> None:
    text = asking(ORGANIZATION, partner=f"client_certificates: {word}")
    errors = [
        one for one in loaded(tmp_path, {"ringwork.yaml": text}).findings if one.severity is Severity.ERROR
    ]
    assert [one.location.line for one in errors] == [6]


def test_another_environment_may_have_another_proxy(tmp_path: Path) -> None:
    text = asking(ORGANIZATION, partner="client_certificates: requested") + SERVER
    more = '{header: Client-Cert, at: "https://MTLS.acme.example"}'
    here = "authorization_server: {client_certificates: {header: X-Client, encoding: escaped-pem}}\n"
    files = {"ringwork.yaml": f"{text}  client_certificates: {more}\n", "environments/staging.yaml": here}

    def stated(estate: Estate) -> ClientCertificatesIntent | None:
        assert estate.organization is not None, estate.findings
        built = build_authorization(estate.organization.manifest.authorization_server)
        assert built is not None
        return built.client_certificates

    usual = ClientCertificatesIntent("client-cert", "rfc9440", "https://mtls.acme.example")
    assert stated(loaded(tmp_path, files)) == usual
    staging = load_estate(tmp_path, environment="staging")
    assert stated(staging) == ClientCertificatesIntent("x-client", "escaped-pem")
    assert [one for one in staging.findings if one.code == "environment-shares-proxy"] == []


def test_an_environment_that_says_nothing_of_its_proxy_is_told_what_it_believes(tmp_path: Path) -> None:
    text = asking(ORGANIZATION, partner="client_certificates: requested") + SERVER
    here = 'authorization_server: {issuer: "https://auth.staging.example"}\n'

    def told(root: Path, handed_on: str, environment: str | None) -> list[Finding]:
        files = {"ringwork.yaml": text + handed_on, "environments/staging.yaml": here}
        loaded(root, files)
        found = load_estate(root, environment=environment).findings
        return [one for one in found if one.code == "environment-shares-proxy"]

    assert told(tmp_path / "usual", HANDED_ON, None) == []
    assert told(tmp_path / "without", "", "staging") == []
    (finding,) = told(tmp_path / "shared", HANDED_ON, "staging")
    assert finding.severity is Severity.WARNING and where(finding).startswith("13: Write")
    assert finding.message == "staging believes the field client-cert as every environment does"
    at = HANDED_ON.replace("}", ', at: "https://mtls.acme.example"}')
    (finding,) = told(tmp_path / "at", at, "staging")
    assert finding.message.endswith(", and sends clients to https://mtls.acme.example")
