"""Keeps a remote gateway's node directory in step with the control plane, for as long as both are there.

Cut off, the gateway serves what it has; the agent comes back with growing pauses of random length, so that a
thousand nodes do not return in one moment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ringwork.control.authority import was_issued
from ringwork.fleet.pauses import Pauses
from ringwork.fleet.remote import protocol
from ringwork.fleet.remote.enrolled import Enrolled
from ringwork.fleet.remote.intake import Intake
from ringwork.fleet.remote.link import Link
from ringwork.fleet.remote.requests import signing_request
from ringwork.kernel.clock import Clock
from ringwork.kernel.files import write_atomically
from ringwork.kernel.refusal import Refused

_RENEWED_BEFORE_EXPIRY = timedelta(days=10)


class Agent:
    """`arrived` is called whenever the control plane's word was taken; `revoked` once, when it was the last."""

    def __init__(
        self,
        enrolled: Enrolled,
        intake: Intake,
        *,
        clock: Clock,
        say: Callable[[str], None],
        arrived: Callable[[], None],
        revoked: Callable[[], None],
    ) -> None:
        self._enrolled = enrolled
        self._intake = intake
        self._clock = clock
        self._say = say
        self._arrived = arrived
        self._revoked = revoked
        self._stopping = threading.Event()
        # What keeps this node from being in step; None while nothing does.
        self.problem: str | None = None
        self.seq = 0
        # SHA-256 (hex) of the CAs the control plane is trusted by, as of the connection there is.
        self.trusts: list[str] = []

    def start(self) -> None:
        threading.Thread(target=self._keep_in_step, name="node-sync", daemon=True).start()

    def stop(self) -> None:
        """Not waited for: it may sit in an answer that takes its time, and leaves nothing half done."""
        self._stopping.set()

    def link(self) -> Link:
        """A connection of its own. Raises Refused: revoked."""
        control = self._enrolled.demand().control
        files = (self._enrolled.certificate, self._enrolled.key)
        return Link(control, ca_pem=self._enrolled.ca.read_text(), certificate=files)

    def _keep_in_step(self) -> None:
        pauses = Pauses()
        while not self._stopping.is_set():
            try:
                self._follow(pauses)
            except Refused as refused:
                if refused.code == "node-revoked":
                    self._enrolled.mark_revoked()
                    self._revoked()
                    return
                self._note(f"{refused.message} ({refused.code})")
            except (OSError, ValueError) as error:  # a full disk, data that cannot be applied: tried again
                self._note(str(error))
            self._stopping.wait(pauses.next())

    def _follow(self, pauses: Pauses) -> None:
        """Until something fails, or the connection is to be made anew. Raises Refused."""
        self.trusts = [each.fingerprint(hashes.SHA256()).hex() for each in self._enrolled.authorities()]
        link = self.link()
        try:
            while not self._stopping.is_set():
                if self._renews_itself(link):
                    return
                answer = link.sync(self._position())
                self._intake.take(answer, link)
                self._note(None)
                pauses.reset()
                self._arrived()
                if self._enrolled.trust(answer.ca_pem):
                    return
        finally:
            link.close()

    def _position(self) -> protocol.SyncRequest:
        identity = self._intake.identity.position()
        self.seq = identity.seq
        return protocol.SyncRequest(
            protocols=list(protocol.PROTOCOLS),
            manifest=self._intake.manifest(),
            identity=identity,
            trust=self._intake.trusted(),
            secrets=self._intake.secrets(),
            ca=protocol.pem_hash(self._enrolled.ca.read_text()),
            key_sets=self._intake.key_sets(),
            authorities=self._intake.authorities(),
            # After a failure the first answer comes at once: it tells that all is well again.
            wait_seconds=0.0 if self.problem else protocol.LONGEST_WAIT_SECONDS,
        )

    def _renews_itself(self, link: Link) -> bool:
        """The node's own certificate, with its old key, before it or its CA ends."""
        certificate = x509.load_pem_x509_certificate(self._enrolled.certificate.read_bytes())
        issuing, *_ = self._enrolled.authorities()
        lasts = certificate.not_valid_after_utc - self._clock() > _RENEWED_BEFORE_EXPIRY
        if lasts and was_issued(certificate, issuing):
            return False
        key = serialization.load_pem_private_key(self._enrolled.key.read_bytes(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # made in `joining.py`
        renewed = link.certificate(protocol.CertificateRequest(csr_pem=signing_request(key)))
        write_atomically(self._enrolled.certificate, renewed.encode())
        return True

    def _note(self, problem: str | None) -> None:
        if problem != self.problem:
            self._say("in step with the control plane again" if problem is None else problem)
        self.problem = problem
