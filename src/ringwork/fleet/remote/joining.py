"""Enrolment, on the node: a token becomes a certificate, once."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from ringwork.control.authority import key_pem
from ringwork.control.enrolment_token import EnrolmentToken
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.process import running_gateway
from ringwork.fleet.remote import protocol
from ringwork.fleet.remote.enrolled import Enrolled, Membership, forget_served, token_hash
from ringwork.fleet.remote.link import Link, pinned_ca
from ringwork.fleet.remote.requests import signing_request
from ringwork.kernel.refusal import Refused

_DRAIN_SECONDS = 30.0


def join(enrolled: Enrolled, node: Path, control: str, token: EnrolmentToken) -> Membership:
    """Enrols this state directory; what it served as another gateway is forgotten. Raises Refused.

    The key is made here and never leaves. The token's secret is sent only to who proves to hold the CA it pins.
    """
    ca = pinned_ca(control, token.ca)
    key = ec.generate_private_key(ec.SECP256R1())
    answer = _asked(Link(control, ca_pem=ca, certificate=None), token, signing_request(key))
    if answer.name != token.name or set(answer.rings) != set(token.rings):
        help = "Get another: `ringwork gateway enrol` on the control plane."
        raise Refused("enrolment-void", "the control plane enrols another gateway than the token says", help)
    protocol.agreed_protocol([answer.protocol])
    _end_running(node)
    enrolled.begin()
    forget_served(node)
    NodeDirectory(node).trust([bytes.fromhex(trusted) for trusted in answer.trust])
    membership = Membership(control=control, name=answer.name, rings=answer.rings, token=token_hash(token))
    certificate, trusted_ca = answer.certificate_pem.encode(), answer.ca_pem.encode()
    enrolled.complete(membership, key=key_pem(key), certificate=certificate, ca=trusted_ca)
    return membership


def _asked(link: Link, token: EnrolmentToken, csr_pem: str) -> protocol.EnrolAnswer:
    request = protocol.EnrolRequest(protocols=list(protocol.PROTOCOLS), secret=token.secret, csr_pem=csr_pem)
    try:
        return link.enrol(request)
    finally:
        link.close()


def _end_running(node: Path) -> None:
    """A gateway an earlier supervisor left behind serves what is about to be forgotten."""
    left = running_gateway(NodeDirectory(node))
    if left is not None:
        left.end(drain_seconds=_DRAIN_SECONDS)
