"""Every seeded fault is caught, and what has none is not."""

from __future__ import annotations

import pytest

from ringwork.bundle.prove import Prover
from ringwork.bundle.prove.faults import FAULTS, Inapplicable, tampered
from tests.rooms.bundle.prove.estates import ACME, Site, site, write_enforced, write_inner, write_rich


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> list[Site]:
    root = tmp_path_factory.mktemp("prove")
    rich = write_rich(root / "rich")
    return [
        site(ACME),
        site(rich),
        site(write_inner(root / "inner")),
        site(write_enforced(root / "enforced")),
        site(ACME, "staging"),
        site(rich, "staging"),
    ]


def test_what_a_sound_compiler_emits_is_proven(sites: list[Site]) -> None:
    assert [one.findings() for one in sites] == [[]] * len(sites)


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_is_caught_wherever_it_can_be(name: str, sites: list[Site]) -> None:
    caught = []
    for one in sites:
        try:
            faulty = tampered(one.emitted, FAULTS[name])
        except Inapplicable:
            continue
        caught.append(bool(one.findings(faulty)))
    assert caught and all(caught)


@pytest.fixture(scope="module")
def provers(sites: list[Site]) -> list[Prover]:
    """Each remembers the sound estate, as a control plane's does."""
    found = [Prover() for _ in sites]
    assert [one.findings(prover=prover) for one, prover in zip(sites, found, strict=True)] == [[]] * len(
        sites
    )
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_prover_that_remembers_the_sound_ones_catches_the_same(
    name: str, sites: list[Site], provers: list[Prover]
) -> None:
    for one, prover in zip(sites[:2], provers, strict=False):
        try:
            faulty = tampered(one.emitted, FAULTS[name])
        except Inapplicable:
            continue
        assert one.findings(faulty, prover=prover) == one.findings(faulty)
        assert one.findings(prover=prover) == []


@pytest.mark.parametrize("name", list(FAULTS)[::8])
def test_rings_that_are_proven_at_the_same_time_prove_the_same(
    name: str, sites: list[Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those of large contracts are."""
    one = sites[1]
    try:
        faulty = tampered(one.emitted, FAULTS[name])
    except Inapplicable:
        faulty = one.emitted
    found = one.findings(faulty)
    monkeypatch.setattr("ringwork.bundle.prove.apis._LARGE_BYTES", 0)
    assert one.findings(faulty) == found


def test_there_is_a_fault_for_every_decision() -> None:
    assert len(FAULTS) >= 280
