"""Who may call inside, from a line of the estate to an answer of the gateway, and what explain and the graph say."""

from __future__ import annotations

from pathlib import Path

from tests.support.estates import write
from tests.support.running import Ringwork

_EXPORT = ("orders", "GET", "/orders/export", "--as")


def _called(ringwork: Ringwork, service: str) -> str:
    done = ringwork.run("call", *_EXPORT, service)
    return done.stdout if done.returncode else "200"


def test_a_line_of_the_estate_keeps_services_out_and_a_group_lets_one_in(
    ringwork: Ringwork, estate: Path
) -> None:
    ringwork.up(estate)
    assert _called(ringwork, "billing") == _called(ringwork, "crm") == "200"
    manifest = estate / "apis/orders/api.yaml"
    write(estate / "groups/desk.yaml", "description: Takes orders.\nservices: [crm]\n")
    write(manifest, manifest.read_text() + "callers: {groups: [desk]}\n")
    assert ringwork.run("apply", str(estate)).returncode == 0
    assert _called(ringwork, "crm") == "200"
    assert "billing is none of the services that may call this" in _called(ringwork, "billing")
    explained = ringwork.run("explain", "GET", "/shop/v1/orders/export", "--as", "crm")
    assert "group:desk" in explained.stdout
    observed = ("export", "call-graph", "--observed", "--estate", str(estate))
    edges = {edge["caller"]: edge for edge in ringwork.json(*observed)["edges"] if edge["api"] == "orders"}
    assert (edges["crm"]["calls"], edges["crm"]["refused"], edges["crm"]["through"]) == (2, 0, ["desk"])
    assert (edges["billing"]["calls"], edges["billing"]["refused"]) == (1, 1)
    assert edges["billing"]["operations"] == 0
