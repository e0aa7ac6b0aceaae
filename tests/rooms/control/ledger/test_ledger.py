"""Every change is one entry, in its own transaction; what was signed stays as it was signed, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import delete, update

from ringwork.control.control import Control
from ringwork.control.keys import KeyRequest
from ringwork.control.ledger.checkpoint import read_checkpoint
from ringwork.control.ledger.deeds import Actor, acting
from ringwork.control.ledger.verify import Verdict, verify
from ringwork.control.model import MintedKey, Revision
from ringwork.control.node_records import Place
from ringwork.control.store import open_store
from ringwork.control.store.tables import ledger, ledger_head
from ringwork.kernel.refusal import Refused
from tests.rooms.control.world import AGREED, NOW, DictionaryNode

REQUEST = KeyRequest(ring="public", consumer="dev", application="shop", plan="free")
ALICE = Actor("user:alice", "command")


class Site:
    """A control room on a real store, opened as by each command anew."""

    def __init__(self, root: Path, store: str | None) -> None:
        self.root = root
        self._store = store
        self._numbers = iter(range(10_000))
        self.control = self.opened()
        self.control.revisions.add(Revision(1, NOW, "cc", "mm", "estate", AGREED))

    def opened(self) -> Control:
        return Control(
            self.root / "control", DictionaryNode(), mint=self._mint, clock=lambda: NOW, store=self._store
        )

    def _mint(self, environment: str) -> MintedKey:
        key_id = f"k{next(self._numbers):011d}"
        return MintedKey(key_id, f"rw_{environment}_{key_id}_{'S' * 38}")

    def export(self) -> list[bytes]:
        with self.control.ledger.export() as lines:
            return list(lines)

    def entries(self) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.export()]
        return [each for each in found if "checkpoint" not in each]

    def verdict(self, *seen: str) -> Verdict:
        verifier = self.control.ledger.verifier()
        return verify(self.export(), "export", verifier, [read_checkpoint(each, verifier) for each in seen])

    def tamper(self, statement: Any) -> None:
        """As somebody with the database's password."""
        with open_store(self.control.directory).writing() as connection:
            connection.execute(statement)


@pytest.fixture
def site(tmp_path: Path, store: str | None) -> Iterator[Site]:
    opened = Site(tmp_path, store)
    yield opened
    opened.control.close()


def keys_made(site: Site, number: int) -> None:
    for _ in range(number):
        site.control.keys.create(REQUEST)


def test_every_change_is_one_entry(site: Site) -> None:
    control = site.control
    created = control.keys.create(REQUEST).credential
    control.keys.revoke(created.id)
    control.keys.revoke(created.id)  # changes nothing any more
    control.secrets.set("orders", "s3cr3t")
    control.secrets.remove("orders")
    issued = control.identities.issue_certificate("orders").record
    control.identities.revoke(issued.handle)
    invited = control.nodes.invite(Place("edge", ("public",), {}), timedelta(hours=1))
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    node, certified = control.nodes.enrol(invited.token.secret, key)
    control.nodes.hear(node, {"said": "much"})  # no deed
    control.nodes.renew(
        control.nodes.recognised(x509.load_pem_x509_certificate(certified.certificate_pem)), key
    )
    control.nodes.revoke("edge")
    assert [(each["action"], each["subject"]) for each in site.entries()] == [
        ("revision.publish", "revision:1"),
        ("key.create", f"key:{created.id}"),
        ("key.revoke", f"key:{created.id}"),
        ("secret.set", "secret:orders"),
        ("secret.remove", "secret:orders"),
        ("identity.issue", f"certificate:{issued.handle}"),
        ("identity.revoke", f"certificate:{issued.handle}"),
        ("gateway.invite", "gateway:edge"),
        ("gateway.enrol", "gateway:edge"),
        ("gateway.certify", "gateway:edge"),
        ("gateway.revoke", "gateway:edge"),
    ]
    assert site.verdict().findings == []


def test_an_entry_says_who_when_and_what_it_was_before_and_after(site: Site) -> None:
    with acting(ALICE):
        created = site.control.keys.create(REQUEST).credential
    site.control.keys.revoke(created.id)
    _, made, ended = site.entries()
    assert (made["actor"], made["through"], made["at"]) == ("user:alice", "command", "2026-11-21T09:00:00Z")
    assert ended["actor"] == "ringwork"
    assert made["before"] is None and made["after"] == ended["before"] != ended["after"]


def test_no_entry_holds_what_is_sensitive(site: Site) -> None:
    created = site.control.keys.create(REQUEST)
    site.control.secrets.set("orders", "s3cr3t-of-orders")
    told = b"".join(site.export()).decode()
    for hidden in ("s3cr3t-of-orders", created.minted.secret, created.credential.sha256, "dev"):
        assert hidden not in told


def test_what_failed_half_way_is_no_entry(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ringwork.control.store.credentials.log_change", fails)
    with pytest.raises(ZeroDivisionError):
        site.control.keys.create(REQUEST)
    assert [each["action"] for each in site.entries()] == ["revision.publish"]
    assert site.control.keys.list() == []


def test_entries_of_several_at_once_are_numbered_without_a_hole(site: Site) -> None:
    def create(_: int) -> None:
        with acting(ALICE):
            keys_made(site, 5)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(create, range(4)))
    assert [each["seq"] for each in site.entries()] == list(range(21))
    assert site.verdict() == Verdict(21, 21, [])


def test_each_seal_goes_on_from_the_one_before_in_any_command(site: Site) -> None:
    notes = []
    for _ in range(4):
        keys_made(site, 3)
        beside = site.opened()
        notes.append(beside.ledger.seal() or "")
        beside.close()
    assert notes[-1] == site.control.ledger.seal()
    assert site.verdict(*notes) == Verdict(13, 13, [])


def test_without_a_deed_there_is_nothing_to_sign(tmp_path: Path, store: str | None) -> None:
    control = Control(
        tmp_path / "control",
        DictionaryNode(),
        mint=lambda _: MintedKey("", ""),
        clock=lambda: NOW,
        store=store,
    )
    assert control.ledger.seal() is None
    control.close()


def with_another_actor(site: Site, seq: int) -> str:
    return json.dumps(site.entries()[seq] | {"actor": "user:mallory"}, separators=(",", ":"), sort_keys=True)


def test_a_change_in_the_database_is_found_between_two_checkpoints(site: Site) -> None:
    keys_made(site, 3)
    site.control.ledger.seal()
    keys_made(site, 3)
    site.control.ledger.seal()
    site.tamper(update(ledger).where(ledger.c.seq == 5).values(entry=with_another_actor(site, 5)))
    (finding,) = site.verdict().findings
    assert finding.code == "ledger-changed" and "entries 4 to 6" in finding.message


def test_what_was_removed_from_the_database_is_not_signed_again(site: Site) -> None:
    keys_made(site, 4)
    site.control.ledger.seal()
    site.tamper(delete(ledger).where(ledger.c.seq == 2))
    keys_made(site, 1)
    (finding,) = site.verdict().findings
    assert finding.code == "ledger-missing" and "entry 2 is missing" in finding.message


def test_what_was_removed_before_it_was_signed_is_said_and_nothing_is_signed(site: Site) -> None:
    site.control.ledger.seal()
    keys_made(site, 3)
    site.tamper(delete(ledger).where(ledger.c.seq == 2))
    with pytest.raises(Refused, match="number 1 or one soon after") as refused:
        site.control.ledger.seal()
    assert refused.value.code == "ledger-incomplete"


def test_a_ledger_that_was_cut_off_is_not_signed_any_more(site: Site) -> None:
    keys_made(site, 4)
    site.control.ledger.seal()
    site.tamper(delete(ledger).where(ledger.c.seq >= 3))
    site.tamper(update(ledger_head).values(size=3))
    with pytest.raises(Refused) as refused:
        site.control.ledger.seal()
    assert refused.value.code == "ledger-truncated"
