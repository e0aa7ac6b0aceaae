"""Publishing to a node: in an order that leaves nothing half done, with numbers that never fall."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from ringwork.bundle.publish import Pointer, Publication
from ringwork.control.control import Control
from ringwork.control.model import MintedKey
from ringwork.control.store import open_store
from ringwork.control.store.tables import revisions
from ringwork.fleet.binary import find_gateway
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.rollout import Rollout
from ringwork.governance.snapshot import read_snapshot
from ringwork.kernel.refusal import Refused
from tests.rooms.control.world import NOW, DictionaryNode
from tests.support.intents import api, estate, kept, operation, orders, version


class Site:
    """A control plane and a node directory, opened as after a restart."""

    def __init__(self, root: Path, store: str | None = None) -> None:
        self.node = NodeDirectory(root / "node")
        self.control = Control(
            root / "control",
            DictionaryNode(),
            mint=lambda _: MintedKey("", ""),
            clock=lambda: NOW,
            store=store,
        )
        self.rollout = Rollout(self.control, self.node)
        self.publication = Publication(self.node.published)

    def publish(self, *apis: object, **changes: object) -> int:
        intent = estate(*apis, **changes)  # type: ignore[arg-type]
        return self.rollout.publish(intent, note="test", **kept(intent)).revision


@pytest.fixture
def site(tmp_path: Path, store: str | None) -> Iterator[Site]:
    opened = Site(tmp_path, store)
    yield opened
    opened.control.close()


def checked(node: NodeDirectory) -> str:
    done = subprocess.run(
        [str(find_gateway()), "--check", str(node.root)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_published_is_what_the_gateway_accepts(site: Site) -> None:
    site.publish()
    assert "ok: revision 1" in checked(site.node)


def test_the_same_estate_is_the_same_revision(site: Site) -> None:
    assert [site.publish(), site.publish(), site.publish(environment="test")] == [1, 1, 2]


def test_numbers_do_not_fall_when_the_record_was_lost(site: Site, tmp_path: Path) -> None:
    site.publish()
    site.publish(environment="test")
    site.control.close()
    with open_store(site.control.directory).writing() as connection:
        connection.execute(delete(revisions))
    reopened = Site(tmp_path)
    assert reopened.publish() == 3
    reopened.control.close()


def test_numbers_stay_above_what_a_gateway_served(site: Site) -> None:
    site.node.accepted.write_bytes(Pointer(41, "0" * 64).as_bytes())
    assert site.publish() == 42


def test_a_crash_before_the_record_publishes_nothing(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.publish()
    monkeypatch.setattr(site.control.revisions, "add", _killed)
    with pytest.raises(KeyboardInterrupt):
        site.publish(environment="test")
    reopened = Site(tmp_path)
    reopened.rollout.recover()
    current = reopened.publication.current()
    assert current is not None and current.revision == 1
    assert reopened.publish(environment="test") == 2
    checked(reopened.node)
    reopened.control.close()


def test_a_crash_after_the_record_is_finished_at_the_next_start(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.publish()
    monkeypatch.setattr(Publication, "point_to", _killed)
    with pytest.raises(KeyboardInterrupt):
        site.publish(environment="test")
    monkeypatch.undo()
    reopened = Site(tmp_path)
    reopened.rollout.recover()
    current = reopened.publication.current()
    assert current is not None and current.revision == 2
    checked(reopened.node)
    reopened.control.close()


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_rollback_is_a_new_revision_with_the_old_content(site: Site) -> None:
    site.publish()
    site.publish(api("stock", "/stock", version("v1", [operation("GET", "/items")])))
    assert site.rollout.roll_back(1).revision == 3
    manifest = site.rollout.current_manifest()
    assert manifest is not None and manifest["revision"] == 3
    assert [route["prefix"] for route in manifest["rings"]["internal"]["routes"]] == ["/orders"]
    assert b"openapi.yaml" in (site.control.sources.api(3, "orders") or b"")
    checked(site.node)


@pytest.mark.parametrize("number", [0, 7])
def test_one_cannot_go_back_to_what_is_not_kept(site: Site, number: int) -> None:
    site.publish()
    with pytest.raises(Refused) as refused:
        site.rollout.roll_back(number)
    assert refused.value.code == "revision-unknown"


def test_pruning_keeps_what_the_gateway_serves_whatever_its_age(site: Site) -> None:
    site.publish()
    first = site.publication.current()
    assert first is not None
    site.node.accepted.write_bytes(first.as_bytes())
    for count in range(25):
        site.publish(environment=f"e{count}")
    site.rollout.prune()
    assert site.publication.manifest(first.manifest)
    second = site.control.revisions.find(2)
    assert second is not None
    with pytest.raises(FileNotFoundError):
        site.publication.manifest(second.manifest)
    assert not site.control.sources.api(2, "orders") and site.control.sources.api(26, "orders")


def test_a_new_revision_of_one_api_writes_nothing_for_the_others(site: Site) -> None:
    stock = api("stock", "/stock", version("v1", [operation("GET", "/items")]))
    site.publish(orders(), stock)
    before = set(os.listdir(site.node.published / "objects"))
    moved = api("stock", "/stock", version("v1", [operation("GET", "/items")], port=9009))
    site.publish(orders(), moved)
    new = set(os.listdir(site.node.published / "objects")) - before
    assert len(new) == 1


def test_certificates_are_there_before_the_pointer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Publication, "point_to", _killed)
    with pytest.raises(KeyboardInterrupt):
        site.publish()
    for ring in ("internal", "partner", "public"):
        assert (site.node.tls(ring) / "cert.pem").exists() and (site.node.tls(ring) / "key.pem").exists()


def test_the_manifest_holds_no_private_key(site: Site) -> None:
    site.publish()
    text = str(site.rollout.current_manifest())
    assert "PRIVATE" not in text and "'d'" not in text


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "tampered": lambda path: path.write_bytes(path.read_bytes().replace(b"GET", b"PUT")),
    "half": lambda path: path.write_bytes(path.read_bytes()[:100]),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("restarted", [False, True])
def test_publishing_an_unchanged_estate_heals_every_object_and_has_the_gateway_look_again(
    site: Site, tmp_path: Path, damage: Callable[[Path], object], restarted: bool
) -> None:
    site.publish()
    for path in (site.node.published / "objects").iterdir():
        damage(path)
    again = Site(tmp_path) if restarted else site
    assert [again.publish(), again.publish()] == [2, 2]
    assert "ok: revision 2" in checked(again.node)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_manifest_that_is_lost_is_replaced_by_a_new_revision(
    site: Site, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    site.publish()
    [manifest] = (site.node.published / "manifests").iterdir()
    damage(manifest) if damage is not DAMAGES["tampered"] else manifest.write_bytes(b"e30.e30.e30")
    again = Site(tmp_path)
    again.rollout.renew_certificates()
    assert again.publish() == 2
    assert "ok: revision 2" in checked(again.node)


def test_what_is_kept_of_a_revision_is_healed_too(site: Site, tmp_path: Path) -> None:
    site.publish()
    for path in (tmp_path / "control" / "revisions" / "objects").iterdir():
        path.write_bytes(b"{}")
    (tmp_path / "control" / "exposure.json").write_text("{")
    again = Site(tmp_path)
    assert again.publish() == 1
    assert b"openapi.yaml" in (again.control.sources.api(1, "orders") or b"")
    exposed = read_snapshot(again.control.directory.exposure, again.control.directory.parts)
    assert exposed is not None and exposed.intent.apis == estate().apis
