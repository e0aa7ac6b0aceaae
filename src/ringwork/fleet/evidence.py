"""What an auditor needs of what is live: who sees what, that it was proven, what exactly serves it, since when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ringwork.bundle.publish import Publication
from ringwork.bundle.signing import is_signed_by, manifest_payload
from ringwork.control.control import Control
from ringwork.control.manifest_keys import ManifestKeys
from ringwork.control.views import revision
from ringwork.fleet.inspection import node_of
from ringwork.fleet.state import StateDirectory
from ringwork.governance.exposed.matrix import rows
from ringwork.governance.exposure import VersionExposure
from ringwork.governance.snapshot import read_snapshot
from ringwork.intent.model import Intent, VersionShape
from ringwork.kernel.clock import rfc3339
from ringwork.kernel.refusal import Refused

FORMAT = 1


def evidence(state: StateDirectory, control: Control) -> dict[str, Any]:
    """Plain JSON; equal states give equal evidence, but for the moment it was written. Raises Refused when nothing
    is live, or what is live cannot be read.
    """
    publication = Publication(node_of(state).published)
    current = publication.current()
    intent = _live(control)
    if current is None or intent is None:
        raise Refused(
            "nothing-published", "nothing is live yet", "Start with `ringwork up ESTATE`.", status=409
        )
    signed = publication.manifest(current.manifest)
    made = [revision(each) for each in control.revisions.latest(1)]
    return {
        "format": FORMAT,
        "written_at": rfc3339(control.clock()),
        "organization": intent.organization,
        "environment": intent.environment,
        "revision": made[0] if made else None,
        "manifest": current.manifest,
        "proof": {
            # Manifests are signed where they are proven, and nowhere else (docs/proof.md).
            "signed_after_proof": is_signed_by(signed, ManifestKeys(control.directory).trusted()),
            "by": "ringwork",
            "at": manifest_payload(signed).get("created_at"),
        },
        "objects": sorted(set(_objects(manifest_payload(signed)))),
        "exposure": [row.as_dict() for row in rows(_exposures(intent))],
    }


def _live(control: Control) -> Intent | None:
    try:
        snapshot = read_snapshot(control.directory.exposure, control.directory.parts)
        return None if snapshot is None else snapshot.intent
    except (OSError, ValueError) as error:
        help = "Apply the estate again to write it anew."
        raise Refused("state-unreadable", f"cannot read what is live: {error}", help) from None


def _exposures(intent: Intent) -> Iterator[VersionExposure]:
    for api in intent.apis:
        for version in api.versions:
            shape = VersionShape(version.operations, version.projections, exposed=version.exposed)
            yield VersionExposure(api.name, version.name, shape)


def _objects(manifest: Any) -> Iterator[str]:
    """Every content hash the manifest names."""
    if isinstance(manifest, dict):
        for member in manifest.values():
            yield from _objects(member)
    elif isinstance(manifest, list):
        for member in manifest:
            yield from _objects(member)
    elif isinstance(manifest, str) and len(manifest) == 64 and not set(manifest) - set("0123456789abcdef"):
        yield manifest
