"""A sweep of an estate against a gateway of its own, which is gone afterwards."""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from ringwork.audience import Audience
from ringwork.control.keys import KeyRequest
from ringwork.fleet.endpoints import AdminEndpoint
from ringwork.fleet.plane import ControlPlane
from ringwork.fleet.state import StateDirectory
from ringwork.governance.assess import Assessment, assess
from ringwork.intent.model import Intent, RingIntent
from ringwork.kernel.clock import Clock
from ringwork.kernel.files import PRIVATE_FILE, write_atomically
from ringwork.kernel.findings import Severity
from ringwork.kernel.refusal import Refused
from ringwork.sweep.doors import Door
from ringwork.sweep.engine import Sweep
from ringwork.sweep.estates import chosen_apis, subjects
from ringwork.sweep.results import Results
from ringwork.sweep.staging import PARTNER, stage
from ringwork.sweep.upstream import EverythingUpstream

# Makes a control plane on a state directory that publishes this intent and nothing else.
OpenPlane = Callable[[StateDirectory, Intent], ControlPlane]

_CONSUMER = "ringwork-sweep"
_PATIENCE_SECONDS = 10.0
_NOWHERE = AdminEndpoint(url="", token_file="")


def sweep_estate(
    root: Path,
    names: Collection[str],
    open_plane: OpenPlane,
    clock: Clock,
    told: Callable[[str], None] = lambda name: None,
) -> Results:
    """Sweeps the APIs `names` of the estate in `root`, all where none is named. Raises Refused."""
    apis = chosen_apis(assess(root), names)
    upstream = EverythingUpstream()
    with _listening(upstream) as port, tempfile.TemporaryDirectory(prefix="ringwork-sweep-") as folder:
        estate, state = Path(folder) / "estate", StateDirectory(Path(folder) / "state")
        numbers = stage(root, estate, apis, port)
        assessment = assess(estate)
        intent = _sound(assessment)
        with state.held():
            plane = open_plane(state, intent)
            try:
                _go_live(plane, estate)
                doors = _doors(plane, state, intent)
                swept = subjects(estate, assessment, intent, numbers, clock())
                return Sweep(doors, upstream, told).run(swept)
            finally:
                plane.stop(leave_gateway=False)


def _sound(assessment: Assessment) -> Intent:
    """Raises Refused when the copy has an error the estate has not."""
    error = next((one for one in assessment.findings if one.severity is Severity.ERROR), None)
    if error is not None:
        raise Refused("estate-broken", f"it cannot be swept: {error.message} ({error.location})", error.help)
    if assessment.intent is None:
        raise Refused("estate-broken", "nothing of it can go live", "`ringwork plan` tells more.")
    return assessment.intent


def _go_live(plane: ControlPlane, root: Path) -> None:
    report = plane.begin(root)()
    if report.outcome not in ("live", "unchanged"):
        refusal = None if report.word is None else report.word.refusal
        said = "it did not answer" if refusal is None else f"{refusal.code}: {refusal.message}"
        raise Refused(
            "gateway-refused", f"the gateway does not take the estate: {said}", "`ringwork plan` tells more."
        )


def _doors(plane: ControlPlane, state: StateDirectory, intent: Intent) -> list[Door]:
    endpoints = plane.endpoints(_NOWHERE)
    return [
        Door(
            ring=ring.audience,
            address=endpoints.rings[ring.audience.label].address,
            headers=_credential(plane, ring),
            tls=_tls(plane, state, ring, endpoints.rings[ring.audience.label].ca_file),
            allowed_headers=frozenset(ring.response_header_names if ring.audience.is_outer else ()),
        )
        for ring in intent.rings
    ]


def _credential(plane: ControlPlane, ring: RingIntent) -> dict[str, str]:
    if not ring.api_key:
        return {}
    is_partner = ring.audience is Audience.PARTNER
    request = (
        KeyRequest(partner=PARTNER)
        if is_partner
        else KeyRequest(ring=ring.audience.label, consumer=_CONSUMER)
    )
    return {"x-api-key": plane.keys.create(request).minted.secret}


def _tls(plane: ControlPlane, state: StateDirectory, ring: RingIntent, ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    if ring.mtls:
        issued = plane.identities.issue_certificate(_CONSUMER)
        file = state.root / "client.pem"
        write_atomically(file, issued.certificate_pem + issued.key_pem, mode=PRIVATE_FILE)
        context.load_cert_chain(file)
    return context


@contextmanager
def _listening(application: EverythingUpstream) -> Iterator[int]:
    """The upstream on a free port, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            application, lifespan="off", ws="none", access_log=False, log_level="warning", server_header=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(_PATIENCE_SECONDS)
