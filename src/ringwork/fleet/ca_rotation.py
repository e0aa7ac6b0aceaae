"""The embedded CAs, while one takes the place of another and everything serves.

Prepared: in the file services verify with, (internal) in the trust bundle of every gateway, (nodes) in what gateways
elsewhere trust the control plane by. Issuing: once its lead is over and every gateway trusts it; certificates of
listeners are issued anew then, services and gateways renew theirs. Alone: when the overlap is over, by when every
certificate of the one before has ended or was renewed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ringwork.control.authority import INTERNAL, NODES, OUTER
from ringwork.control.authority_files import AuthorityFiles, Part, Trusted
from ringwork.control.control import Control
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.process import running_gateway
from ringwork.fleet.remote.views import node_view, trusts
from ringwork.fleet.rollout import Published, Rollout
from ringwork.fleet.status import read_status
from ringwork.kernel.clock import rfc3339
from ringwork.kernel.refusal import Refused

ROTATED = (INTERNAL, OUTER, NODES)


class CaRotation:
    """Not for two threads at once; for the holder of the state's lock."""

    def __init__(self, control: Control, rollout: Rollout, node: NodeDirectory) -> None:
        self._control = control
        self._rollout = rollout
        self._node = node

    def begin(self, name: str, *, lead: timedelta, overlap: timedelta) -> Published | None:
        """Prepares another CA; gives the revision that trusts it, if what is live had to change. Raises Refused."""
        files = _files(self._control, name)
        files.prepare(lead=lead, overlap=overlap)
        return self._announce(files)

    def replace(self, name: str) -> Published | None:
        """Another CA at once, and no trust in those before. Raises Refused."""
        _files(self._control, name).replace()
        published = self._rollout.refresh_trust()
        self._rollout.renew_certificates()
        return published

    def go_on(self) -> None:
        """What is due: call it every second or so. A crash at any moment is gone on from."""
        for name in ROTATED:
            files = _files(self._control, name)
            if files.is_prepared():
                self._bring_forward(name, files)
            if files.retire():
                self._rollout.refresh_trust()

    def _bring_forward(self, name: str, files: AuthorityFiles) -> None:
        announced = files.rotation().announced
        if announced is None:
            self._announce(files)
        elif files.is_due() and not waited_for(self._control, self._node, name):
            files.switch()
            self._rollout.renew_certificates()

    def _announce(self, files: AuthorityFiles) -> Published | None:
        published = self._rollout.refresh_trust()
        current = self._rollout.current_manifest()
        files.announce(0 if current is None else int(current["revision"]))
        return published


def waited_for(control: Control, node: NodeDirectory, name: str) -> list[str]:
    """The gateways that do not trust the prepared CA yet; those that need not are not waited for. Nobody is, once it
    issues: who asks is not always who lets it.
    """
    files = control.authority_files(name)
    announced, remotes = (
        files.rotation().announced,
        [one for one in control.nodes.list() if one.revoked_at is None],
    )
    if announced is None or name == OUTER:
        return []
    if name == NODES:
        prepared = [each.fingerprint for each in files.trusted() if each.part is Part.PREPARED]
        return [one.place.name for one in remotes for each in prepared if not trusts(one, each)]
    here = [] if _serves(node, announced) else ["the gateway beside the control plane"]
    inner = [one for one in remotes if INTERNAL in one.place.rings]
    return here + [one.place.name for one in inner if (node_view(one)["revision"] or 0) < announced]


def ca_view(control: Control, node: NodeDirectory, name: str) -> list[dict[str, Any]]:
    """The CA's certificates in force, plain data; the one that issues first. Raises Refused."""
    found = _files(control, name).trusted()
    is_prepared = any(each.part is Part.PREPARED for each in found)
    waiting = waited_for(control, node, name) if is_prepared else []
    return [
        _shown(name, each) | {"waits_for": waiting if each.part is Part.PREPARED else []} for each in found
    ]


def _shown(name: str, trusted: Trusted) -> dict[str, Any]:
    return {
        "ca": name,
        "fingerprint": trusted.fingerprint,
        "part": trusted.part.value,
        "until": None if trusted.until is None else rfc3339(trusted.until),
        "expires_at": rfc3339(trusted.expires_at),
    }


def _serves(node: NodeDirectory, revision: int) -> bool:
    """Whether the gateway here has it; one that does not run begins with it."""
    if running_gateway(node) is None:
        return True
    status = read_status(node.status)
    return status is not None and status.revision is not None and status.revision >= revision


def _files(control: Control, name: str) -> AuthorityFiles:
    if name in ROTATED:
        return control.authority_files(name)
    raise Refused(
        "ca-unknown", f'there is no CA "{name}" to rotate', f"Name one of: {', '.join(ROTATED)}.", status=404
    )
