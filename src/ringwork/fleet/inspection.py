"""Looking at a state directory from outside, whether or not a control plane runs on it."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

from ringwork.bundle.publish import Publication
from ringwork.bundle.signing import manifest_payload
from ringwork.control.directory import ControlDirectory
from ringwork.control.key_status import SOON
from ringwork.control.ledger.ledger import demand_whole
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.endpoints import read_endpoints
from ringwork.fleet.gateway_report import gateway_report, sharing_problems
from ringwork.fleet.issuers.standing import key_problems
from ringwork.fleet.remote.views import node_problems, node_view
from ringwork.fleet.state import StateDirectory
from ringwork.fleet.telemetry.standing import export_problems
from ringwork.kernel.clock import system_clock
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean


def node_of(state: StateDirectory) -> NodeDirectory:
    """Raises Refused when there is no such state."""
    state.demand()
    return NodeDirectory(state.node)


def published_manifest(state: StateDirectory) -> dict[str, Any]:
    """The current manifest. Raises Refused when there is none."""
    publication = Publication(node_of(state).published)
    current = publication.current()
    if current is None:
        raise Refused(
            "nothing-published", "nothing is live yet", "Start with `ringwork up ESTATE`.", status=409
        )
    return manifest_payload(publication.manifest(current.manifest))


def published_object(state: StateDirectory, name: str) -> bytes:
    """A bundle by content hash, or by `API@VERSION/RING` of the current revision. Raises Refused."""
    by_name = _bundle_names(published_manifest(state))
    wanted = by_name.get(name, name)
    if re.fullmatch(r"[0-9a-f]{64}", wanted) is None:
        raise Refused(
            "bundle-unknown", f'there is no bundle "{name}"', did_you_mean(name, by_name), status=404
        )
    try:
        return Publication(node_of(state).published).object(wanted)
    except FileNotFoundError:
        help = "Only what the last revisions need is kept."
        raise Refused("bundle-unknown", f"there is no object {wanted}", help, status=404) from None


def _bundle_names(manifest: dict[str, Any]) -> dict[str, str]:
    """`orders@v1/public` → content hash."""
    return {
        f"{route['api']['name']}@{version}/{ring}": name
        for ring, content in manifest["rings"].items()
        for route in content["routes"]
        if route["api"] is not None
        for version, name in route["api"]["versions"].items()
    }


def status(state: StateDirectory) -> dict[str, Any]:
    """What runs and what it serves. `problems`: what keeps the gateway from serving what is published."""
    node = node_of(state)
    current, gateway = Publication(node.published).current(), gateway_report(node)
    endpoints = read_endpoints(state.endpoints) if state.is_up() else None
    published = None if current is None else current.revision
    nodes, wrong, ending = _of_store(state)
    manifest = None if current is None else _manifest(node, current.manifest)
    problems = [*_problems(gateway), *export_problems(gateway["telemetry"]), *wrong]
    problems += sharing_problems(gateway["shared_limits"] if gateway["running"] else None)
    problems += key_problems(node, manifest)
    problems += [f"gateway {node['name']}: {problem}" for node in nodes for problem in node["problems"]]
    serves = gateway["running"] and published is not None and gateway["revision"] == published
    return {
        "healthy": state.is_up() and serves and not problems,
        "control_plane": state.is_up(),
        "environment": None if manifest is None else manifest.get("environment"),
        "published": published,
        "gateway": gateway,
        "problems": problems,
        "nodes": nodes,
        "keys_ending": ending,
        "rings": {}
        if endpoints is None
        else {name: ring.model_dump() for name, ring in endpoints.rings.items()},
    }


def _manifest(node: NodeDirectory, manifest: str) -> dict[str, Any] | None:
    """What is published; None where it is damaged."""
    try:
        return manifest_payload(Publication(node.published).manifest(manifest))
    except (OSError, ValueError):
        return None


def _of_store(state: StateDirectory) -> tuple[list[dict[str, Any]], list[str], int]:
    """Gateways elsewhere, as they said last (their access logs and usage stay with them), what is wrong with the store,
    or the ledger in it, and how many keys end soon.
    """
    directory = ControlDirectory(state.control)
    if not directory.database.exists() and not directory.store.exists():
        return [], [], 0
    from ringwork.control.store import open_store
    from ringwork.control.store.credentials import SqlCredentials
    from ringwork.control.store.ledger import SqlLedger
    from ringwork.control.store.nodes import SqlNodes

    nodes: list[dict[str, Any]] = []
    ending = 0
    try:
        with closing(open_store(directory)) as database:
            now = system_clock()
            found = SqlNodes(database).all()
            nodes += (node_view(node) | {"problems": node_problems(node, now)} for node in found)
            ending = SqlCredentials(database).count_ending(now, now + SOON)
            demand_whole(SqlLedger(database), directory)
    except Refused as refused:
        return nodes, [refused.message], ending
    return nodes, [], ending


def _problems(gateway: dict[str, Any]) -> list[str]:
    parts = {"identity data": gateway["identity"] or {}}
    parts |= {
        f"certificate of the {name} ring": ring["certificate"] for name, ring in gateway["rings"].items()
    }
    return [f"{name}: {part['problem']}" for name, part in parts.items() if part.get("problem")]
