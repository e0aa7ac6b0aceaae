"""What is on disk after publishing, and after a publication that was cut short."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ringwork.bundle.compile import compile_intent
from ringwork.bundle.publish import Pointer, Publication, read_pointer
from ringwork.bundle.signing import manifest_payload
from ringwork.intent.model import Intent
from ringwork.kernel.canonical import content_hash
from tests.support.intents import MATERIAL, api, estate, operation, orders, version
from tests.support.sealed import signed_manifest

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def publish(publication: Publication, intent: Intent, revision: int) -> str:
    compiled = compile_intent(intent, revision=revision, created_at=NOW, material=MATERIAL)
    manifest = publication.write(compiled.objects, signed_manifest(compiled.manifest, KEY))
    publication.point_to(Pointer(revision, manifest))
    return manifest


def test_everything_the_pointer_leads_to_is_there_under_its_hash(tmp_path: Path) -> None:
    publication = Publication(tmp_path)
    publish(publication, estate(), 1)
    current = publication.current()
    assert current is not None and current.revision == 1
    assert content_hash(publication.manifest(current.manifest)) == current.manifest
    for path in (tmp_path / "objects").iterdir():
        assert content_hash(path.read_bytes()) == path.stem


def test_the_signature_verifies_and_names_its_purpose() -> None:
    header, payload, signature = signed_manifest(b'{"format":1}', KEY).split(b".")
    raw = base64.urlsafe_b64decode(signature + b"==")
    KEY.public_key().verify(raw, header + b"." + payload)
    assert json.loads(base64.urlsafe_b64decode(header + b"==")) == {
        "alg": "EdDSA",
        "typ": "ringwork-manifest",
    }
    assert manifest_payload(b".".join([header, payload, signature])) == {"format": 1}


@pytest.mark.parametrize("broken", [b"", b"a.b", b"e30.W10.e30", b"a.!!.c"])
def test_what_is_no_manifest_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError):
        manifest_payload(broken)


def test_an_object_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    publication = Publication(tmp_path)
    publish(publication, estate(), 1)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "objects").iterdir()}
    publish(publication, estate(orders(), api("stock", "/stock", version("v1", [operation("GET", "/i")]))), 2)
    assert all(path.stat().st_mtime_ns == written for path, written in before.items())


def test_a_publication_cut_short_before_the_pointer_changes_nothing_a_gateway_reads(tmp_path: Path) -> None:
    publication = Publication(tmp_path)
    publish(publication, estate(), 1)
    before = (tmp_path / "current").read_bytes()
    compiled = compile_intent(estate(environment="prod"), revision=2, created_at=NOW, material=MATERIAL)
    publication.write(compiled.objects, signed_manifest(compiled.manifest, KEY))
    assert (tmp_path / "current").read_bytes() == before


def test_pruning_keeps_all_that_kept_revisions_name_and_nothing_else(tmp_path: Path) -> None:
    publication = Publication(tmp_path)
    old = publish(publication, estate(), 1)
    stock = api("stock", "/stock", version("v1", [operation("GET", "/i")]))
    kept = publish(publication, estate(stock), 2)
    assert publication.prune([kept]) > 0
    rings = manifest_payload(publication.manifest(kept))["rings"]
    for route in (route for ring in rings.values() for route in ring["routes"]):
        for name in route["api"]["versions"].values():
            publication.object(name)
    with pytest.raises(FileNotFoundError):
        publication.manifest(old)
    assert publication.prune([kept]) == 0


def test_a_pointer_that_was_never_written_is_none(tmp_path: Path) -> None:
    assert read_pointer(tmp_path / "current") is None


@pytest.mark.parametrize(
    "text", ["", '{"manifest":"fc04', "[]", "\x00\xff", '{"revision":"x","manifest":1}', "{}"]
)
def test_a_pointer_half_written_is_none_and_never_a_traceback(tmp_path: Path, text: str) -> None:
    (tmp_path / "current").write_bytes(text.encode("latin-1"))
    assert read_pointer(tmp_path / "current") is None
