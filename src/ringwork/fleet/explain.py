"""Why a request is answered as it is: the gateway's own judgement, and which line of which file decided."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from ringwork import _native
from ringwork.bundle.compile.sources import api_sources
from ringwork.control.control import Control
from ringwork.fleet.addressing import preferred_host, ring_of
from ringwork.fleet.directory import NodeDirectory
from ringwork.intent.serial import api_from_bytes
from ringwork.kernel.refusal import Refused
from ringwork.usage.log import Call, find_call


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it would arrive. `target` is path and query; `host` None: the ring's first.

    `certificate_chain` is DER, leaf first.
    """

    ring: str
    method: str
    target: str
    host: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    client_address: str = "127.0.0.1"
    certificate_chain: tuple[bytes, ...] | None = field(default=None, repr=False)


def question_from_url(url: str) -> tuple[str | None, str]:
    """Host and request target of a URL; a bare path has no host."""
    parts = urlsplit(url)
    path = parts.path or "/"
    return parts.hostname, f"{path}?{parts.query}" if parts.query else path


def explain(question: Question, node: NodeDirectory, control: Control) -> dict[str, Any]:
    """The verdict with its steps, what is declared at that place, and the places in the estate.

    Raises Refused when nothing is published or the request cannot be asked about.
    """
    wall = load_wall(node)
    manifest = wall.manifest()
    host = question.host or preferred_host(ring_of(manifest, question.ring)["hosts"])
    try:
        verdict = wall.judge(
            ring=question.ring,
            method=question.method.upper(),
            target=question.target.encode(),
            now_unix_ns=time.time_ns(),
            identity_dir=str(node.identity),
            host=host.encode(),
            server_name=host,
            headers=[(name.lower(), value.encode()) for name, value in question.headers],
            client_address=question.client_address,
            certificate_chain=question.certificate_chain,
        )
    except ValueError as error:
        raise Refused("request-malformed", str(error), "Correct the request.") from None
    body, upstream_target = verdict.pop("body", None), verdict.pop("target", None)
    return {
        "revision": wall.revision,
        "ring": question.ring,
        "method": question.method.upper(),
        "host": host,
        "target": question.target,
        "upstream_target": upstream_target,
        **verdict,
        "body": None if body is None else body.decode(errors="replace"),
        "declared": declared_at(manifest, wall.revision, control, _meant(question, verdict)),
        "places": places(verdict, manifest, wall.revision, control, question.ring),
        "overridden": overridden(verdict, manifest, wall.revision, control, question.ring),
    }


def _meant(question: Question, verdict: dict[str, Any]) -> Question:
    """Who names no version may be pinned to one."""
    matched = verdict.get("matched")
    return (
        question
        if matched is None
        else replace(question, headers=(*question.headers, *_version_header(matched)))
    )


def explain_logged(request_id: str, node: NodeDirectory, control: Control) -> dict[str, Any]:
    """A call of the access log. It cannot be judged again, because no proof of identity is ever logged; what
    was decided is on record, and where that was declared is looked up as for any call. Raises Refused.
    """
    call = find_call(node.access_log, request_id)
    if call is None:
        help = "The id is in the answer's x-request-id; old files of the log are not kept for ever."
        raise Refused("request-unknown", f"the access log has no call {request_id}", help, status=404)
    question = Question(call["ring"], call["method"], call.get("path", "/"), headers=_version_header(call))
    manifest, revision, ring = load_wall(node).manifest(), call["revision"], call["ring"]
    matched = _matched(call)
    verdict = {"matched": matched, "caller": _caller(call), "version_state": call.get("version_state")}
    return {
        "verdict": "logged",
        "revision": revision,
        "ring": ring,
        "method": call["method"],
        "target": call.get("path", "(unusable)"),
        "status": call["status"],
        "code": call.get("code"),
        "reason": call.get("internal_reason"),
        "meaning": _meaning(call.get("code")),
        "call": call,
        **verdict,
        "steps": [],
        "body": None,
        "declared": declared_at(manifest, revision, control, question),
        "places": places(verdict, manifest, revision, control, ring),
        "overridden": overridden(verdict, manifest, revision, control, ring),
    }


def _version_header(call: Call) -> tuple[tuple[str, str], ...]:
    return (("api-version", call["version"]),) if "version" in call else ()


def _matched(call: Call) -> dict[str, Any] | None:
    names = ("api", "version", "operation", "template")
    return {name: call[name] for name in names} if "api" in call else None


def _caller(call: Call) -> dict[str, Any] | None:
    names = ("consumer", "application", "key_id", "proof", "issuer")
    return {name: call.get(name) for name in names} if "consumer" in call else None


def _meaning(code: str | None) -> str | None:
    return next((row["internal"] for row in _native.error_codes() if row["code"] == code), None)


def load_wall(node: NodeDirectory) -> _native.Wall:
    """What is published to `node`. Raises Refused when it cannot be loaded."""
    try:
        return _native.Wall.load(str(node.root))
    except _native.WallError as error:
        raise Refused(
            "revision-unavailable", f"nothing can be explained: {error.message}", "Apply an estate first."
        ) from None


def declared_at(
    manifest: dict[str, Any], revision: int, control: Control, question: Question
) -> list[dict[str, Any]]:
    """What the estate declares for the question's path, whoever may see it: the insider's view.

    One entry per operation of the best template, the asked method first.
    """
    try:
        path = _native.normalise_target(question.method.upper(), question.target.encode(), b"host")["path"]
    except ValueError:
        return []
    for prefix, routed in _routes(manifest):
        if path == prefix or path.startswith(f"{prefix}/"):
            return _operations(path.removeprefix(prefix), routed, revision, control, question)
    return []


def _routes(manifest: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every API of every ring, longest prefix first."""
    found = {
        (route["prefix"], route["api"]["name"]): route["api"]
        for ring in reversed(manifest["rings"].values())
        for route in ring["routes"]
        if route["api"] is not None
    }
    by_length = sorted(found.items(), key=lambda item: (-len(item[0][0]), item[0]))
    return [(prefix, routed) for (prefix, _), routed in by_length]


def _operations(
    rest: str, routed: dict[str, Any], revision: int, control: Control, question: Question
) -> list[dict[str, Any]]:
    versions = _api_sources(control, revision, routed["name"]).get("versions", {})
    version, path = _chosen(rest, routed, versions, question)
    operations = versions.get(version, {}).get("operations", [])
    templates = sorted({operation["template"] for operation in operations})
    found = _native.match_template([(template, False) for template in templates], path)
    of_path = [operation for operation in operations if operation["template"] == found]
    asked_first = sorted(of_path, key=lambda operation: operation["method"] != question.method.upper())
    return [{"api": routed["name"], "version": version, **operation} for operation in asked_first]


def _chosen(
    rest: str, routed: dict[str, Any], versions: dict[str, Any], question: Question
) -> tuple[str | None, str]:
    """Version and the path inside it, as the request names it."""
    if routed["versioning"] == "path":
        _, version, *deeper = rest.split("/", 2)
        return version, "/" + "/".join(deeper)
    named = next((value for name, value in question.headers if name.lower() == "api-version"), None)
    only = next(iter(versions)) if len(versions) == 1 else None
    return named or routed["default_version"] or only, rest or "/"


def places(
    verdict: dict[str, Any], manifest: dict[str, Any], revision: int, control: Control, ring: str
) -> dict[str, str]:
    """Where ring, API, upstream, issuer and agreement that took part are written down, and the version's end."""
    estate = control.sources.estate(revision)
    found = {"ring": estate.get("rings", {}).get(ring)}
    matched, caller = verdict.get("matched"), verdict.get("caller")
    if matched is not None:
        api = _api_sources(control, revision, matched["api"])
        version = api.get("versions", {}).get(matched["version"], {})
        found |= {"api": api.get("declared_at"), "upstream": version.get("upstream_at")}
        if verdict.get("version_state") is not None:
            found["lifecycle"] = version.get("declared_at")
    if caller is not None:
        found["issuer"] = estate.get("issuers", {}).get(caller["issuer"])
    for kind, name in _agreement(caller, manifest, control, ring).items():
        found[kind] = estate.get(f"{kind}s", {}).get(name)
    return {name: place for name, place in found.items() if place is not None}


def overridden(
    verdict: dict[str, Any], manifest: dict[str, Any], revision: int, control: Control, ring: str
) -> list[dict[str, str]]:
    """What the environment's file decided of ring, API and agreement that took part, and where it says so."""
    took_part: set[tuple[str, str | None]] = {("ring", ring)}
    if verdict.get("matched") is not None:
        took_part.add(("api", verdict["matched"]["api"]))
    took_part |= set(_agreement(verdict.get("caller"), manifest, control, ring).items())
    rows: list[dict[str, str]] = control.sources.estate(revision).get("overridden", [])
    return [row for row in rows if (row["kind"], row["name"]) in took_part]


def _agreement(
    caller: dict[str, Any] | None, manifest: dict[str, Any], control: Control, ring: str
) -> dict[str, str | None]:
    """Names of the partner and the plan a caller's limits are of: its key's, or its issuer's."""
    if caller is None:
        return {}
    credential = control.keys.find(caller["key_id"]) if caller["key_id"] is not None else None
    if credential is not None:
        return {"partner": credential.partner, "plan": credential.plan}
    accepted = manifest["rings"].get(ring, {}).get("authentication", {}).get("access_tokens", ())
    callers: dict[str, Any] = next(
        (one["callers"] for one in accepted if one["name"] == caller["issuer"]), {}
    )
    client = control.clients.find(caller["key_id"]) if callers.get("kind") == "clients" else None
    if client is not None:
        return {"partner": client.credential.partner, "plan": client.credential.plan}
    partner = caller["consumer"] if callers.get("kind") == "partners" else None
    return {"partner": partner, "plan": callers.get("plan")}


def _api_sources(control: Control, revision: int, name: str) -> dict[str, Any]:
    """Places of one API, its versions and operations; empty when unknown."""
    intent = control.sources.api(revision, name)
    return {} if intent is None else api_sources(api_from_bytes(intent))
