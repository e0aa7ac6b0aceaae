"""What a proof that fails says: the request, the line of the estate, the place in what was emitted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringwork.bundle.prove import Circumstances, Emitted, Prover, Unproven, Violation
from ringwork.bundle.prove.faults import FAULTS, tampered
from ringwork.kernel.findings import Location
from tests.rooms.bundle.prove.estates import TRUST, Site, site, write_rich


@pytest.fixture
def rich(tmp_path: Path) -> Site:
    return site(write_rich(tmp_path / "estate"))


def violations(of: Site, emitted: Emitted, prover: Prover | None = None) -> tuple[Violation, ...]:
    with pytest.raises(Unproven) as failed:
        (prover or Prover()).prove(emitted, of.root, of.environment, Circumstances(TRUST))
    return failed.value.violations


def line_of(of: Site, text: str, *, below: int) -> Location:
    lines = (of.root / "apis/shop/new.yaml").read_text().splitlines()
    return Location("apis/shop/new.yaml", lines.index(f"  {text}") + 1 + below, 5)


def test_the_witness_is_a_request_a_line_and_a_place(rich: Site) -> None:
    faulty = tampered(rich.emitted, FAULTS["operation-exposed-to-public"])
    found = violations(rich, faulty)[0]
    assert (found.code, found.ring, found.api) == ("operation-exposed", "public", "shop")
    assert found.request == "GET https://shop.acme.test/shop/health"
    assert found.place == line_of(rich, "/health:", below=2)
    at = json.loads(faulty.objects[found.within])
    for step in found.pointer.split("/")[1:]:
        at = at[int(step) if isinstance(at, list) else step]
    assert at["id"] == "GET /health"
    assert found.request in found.as_finding().message


def test_a_narrowed_label_makes_what_was_proven_unproven(rich: Site) -> None:
    """Files that changed are read again, whatever was remembered of them."""
    prover = Prover()
    prover.prove(rich.emitted, rich.root, rich.environment, Circumstances(TRUST))
    parts = rich.root / "apis/shop/parts.yaml"
    parts.write_text(parts.read_text().replace("x-audience: external-public", "x-audience: partner"))
    codes = [found.code for found in violations(rich, rich.emitted, prover)]
    assert codes == ["operation-exposed"]


def test_a_partner_without_limits_has_all_of_its_rings(tmp_path: Path) -> None:
    root = write_rich(tmp_path / "estate")
    said, ring = root / "ringwork.yaml", '    listen: ["127.0.0.1:8442"]\n'
    limits = "    limits: { per_minute: 30, per_day: 40, burst_factor: 2 }\n"
    said.write_text(said.read_text().replace(ring, ring + limits))
    (root / "partners/umbrella.yaml").write_text("title: Umbrella\n")
    of = site(root)
    Prover().prove(of.emitted, of.root, of.environment, Circumstances(TRUST))
    said.write_text(said.read_text().replace("per_day: 40", "per_day: 41"))
    assert "agreement-not-as-said" in {found.code for found in violations(of, of.emitted)}


def test_what_cannot_be_read_allows_nothing(rich: Site) -> None:
    (rich.root / "apis/shop/new.yaml").write_text("openapi: [")
    assert {found.code for found in violations(rich, rich.emitted)} == {"not-understood"}


def test_an_overlay_that_cannot_be_applied_allows_nothing(rich: Site) -> None:
    (rich.root / "apis/shop/overlay.yaml").write_text("overlay: 1.0.0\nactions: [{ targett: $ }]\n")
    assert {found.code for found in violations(rich, rich.emitted)} == {"not-understood"}


def test_a_decision_nobody_knows_is_not_proven(rich: Site) -> None:
    """A member the gateway reads and no rule of the prover's speaks of."""
    payload = json.loads(rich.emitted.manifest)
    payload["observability"]["profiles"] = {"otlp": {"endpoint": "https://elsewhere.example"}}
    emitted = Emitted(json.dumps(payload).encode(), rich.emitted.objects)
    assert [found.code for found in violations(rich, emitted)] == ["manifest-not-as-said"]


@pytest.mark.parametrize(
    ("fault", "code", "field", "text"),
    [
        ("query-added", "parameter-undeclared", "/query/x-internal-debug", "new.yaml"),
        ("settable-field-opened", "field-exposed", "/query/only/margin", "x-audience: internal"),
        ("maximum-dropped", "demand-dropped", "/amount", "maximum: 1000"),
        ("required-dropped", "demand-dropped", "/amount", "[name, amount]"),
    ],
)
def test_the_witness_of_a_request_is_its_field_and_the_line_that_forbids_it(
    rich: Site, fault: str, code: str, field: str, text: str
) -> None:
    faulty = tampered(rich.emitted, FAULTS[fault])
    found = violations(rich, faulty)[0]
    assert (found.code, found.field) == (code, field)
    assert found.request is not None and found.request.startswith(("PUT", "PATCH"))
    assert text in found.place.file or text in _line(rich, found.place)
    at = json.loads(faulty.objects[found.within])
    for step in found.pointer.split("/")[1:-1]:
        step = step.replace("~1", "/").replace("~0", "~")
        at = at[int(step) if isinstance(at, list) else step]
    assert at is not None


def _line(of: Site, place: Location) -> str:
    assert place.line is not None
    return (of.root / place.file).read_text().splitlines()[place.line - 1]
