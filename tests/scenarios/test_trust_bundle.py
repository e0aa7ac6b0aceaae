"""CAs that the operator brings vouch for services beside the embedded one, and are replaced while everything serves."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest

from tests.gateway.certificates import CertificateFiles, TestAuthority
from tests.scenarios.test_identity import get as get_with_embedded
from tests.support.running import Ringwork, eventually

BILLING = "spiffe://acme.test/billing"


@pytest.fixture
def mesh(tmp_path: Path) -> TestAuthority:
    return TestAuthority("mesh", tmp_path)


@pytest.fixture
def bundle(ringwork: Ringwork, estate: Path, tmp_path: Path, mesh: TestAuthority) -> Path:
    """The file the estate names; it is up."""
    file = tmp_path / "bundle.pem"
    file.write_bytes(mesh.pem)
    trust(estate, file)
    ringwork.up(estate)
    return file


def trust(estate: Path, file: Path, ring: str = "internal") -> None:
    manifest = estate / "ringwork.yaml"
    text = manifest.read_text()
    told = f"{ring}: {{ authentication: {{ trust_bundle: {file} }}, "
    manifest.write_text(text.replace(f"{ring}: {{ ", told))


def replace(file: Path, text: bytes) -> None:
    new = file.with_suffix(".new")
    new.write_bytes(text)
    new.replace(file)


def call(ringwork: Ringwork, svid: CertificateFiles) -> int:
    ring = ringwork.endpoints()["rings"]["internal"]
    context = ssl.create_default_context(cafile=ring["ca_file"])
    context.load_cert_chain(svid.certificate, svid.key)
    url = f"{ring['base_url']}/shop/v1/orders/export"
    return httpx.get(url, verify=context, trust_env=False).status_code


def test_it_is_replaced_in_place_with_overlap(
    ringwork: Ringwork, bundle: Path, mesh: TestAuthority, tmp_path: Path
) -> None:
    after = TestAuthority("next", tmp_path)
    old, new = mesh.svid(BILLING), after.svid(BILLING)
    assert (call(ringwork, old), call(ringwork, new)) == (200, 401)
    replace(bundle, mesh.pem + after.pem)
    eventually(lambda: call(ringwork, new) == 200)
    assert call(ringwork, old) == 200
    replace(bundle, after.pem)
    eventually(lambda: call(ringwork, old) == 401)
    assert call(ringwork, new) == 200
    ringwork.json("identity", "issue", "billing", "--out", str(tmp_path / "own"))
    assert get_with_embedded(ringwork, certificates=tmp_path / "own") == 200, (
        "the embedded CA is trusted beside it"
    )


def test_a_file_that_cannot_be_used_changes_nothing_and_is_said(
    ringwork: Ringwork, bundle: Path, estate: Path, mesh: TestAuthority
) -> None:
    svid = mesh.svid(BILLING)
    replace(bundle, b"-----BEGIN CERT")
    eventually(lambda: "trust-bundle-unusable" in ringwork.output())
    assert call(ringwork, svid) == 200
    assert ringwork.run("apply", str(estate)).returncode == 2
    ringwork.json("ca", "rotate", "internal", "--at-once")
    eventually(lambda: answers(ringwork, svid))
    replace(bundle, mesh.pem)
    assert ringwork.json("apply", str(estate))["outcome"] in ("live", "unchanged")


def answers(ringwork: Ringwork, svid: CertificateFiles) -> bool:
    """A listener shows its reissued certificate within a second."""
    try:
        return call(ringwork, svid) == 200
    except httpx.ConnectError:
        return False


def test_going_back_does_not_bring_back_what_the_file_lost(
    ringwork: Ringwork, bundle: Path, mesh: TestAuthority, tmp_path: Path
) -> None:
    old = mesh.svid(BILLING)
    assert call(ringwork, old) == 200
    replace(bundle, TestAuthority("next", tmp_path).pem)
    eventually(lambda: call(ringwork, old) == 401)
    assert ringwork.json("rollback", "1")["outcome"] == "live"
    assert call(ringwork, old) == 401
