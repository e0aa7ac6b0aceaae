"""Certificates of clients as proxies hand them on, and terms of an authorization server that takes them."""

from __future__ import annotations

import base64
from dataclasses import replace
from urllib.parse import quote

from ringwork.intent.authorization import AuthorizationTerms, ClientCertificatesIntent
from tests.gateway.certificates import CertificateFiles

FIELD = "client-cert"
ESCAPED = "x-client-pem"


def asking(
    terms: AuthorizationTerms, *rings: str, encoding: str = "rfc9440", at: str | None = None
) -> AuthorizationTerms:
    """`terms`, where clients of these rings may have certificates."""
    field = FIELD if encoding == "rfc9440" else ESCAPED
    stated = ClientCertificatesIntent(field, encoding, at)
    return replace(terms, server=replace(terms.server, client_certificates=stated), asking=rings)


def rfc9440(certificate: CertificateFiles) -> str:
    return f":{base64.b64encode(certificate.der).decode()}:"


def shown(certificate: CertificateFiles) -> dict[str, str]:
    """As a proxy by the RFC has it."""
    return {FIELD: rfc9440(certificate)}


def escaped(certificate: CertificateFiles) -> dict[str, str]:
    """As nginx does."""
    return {ESCAPED: quote(certificate.certificate.read_text(), safe="")}
