"""What a node is told: once each, also one of the release before, and a control plane restored from a backup."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from rich.console import Console

from ringwork.api.gateways import Gateway
from ringwork.bundle.publish import Publication
from ringwork.cli.runtime_commands.status import show_node
from ringwork.control.authority import NODES
from ringwork.control.authority_files import AuthorityFiles, Trusted
from ringwork.control.control import Control
from ringwork.control.model import Credential, MintedKey
from ringwork.control.node_records import Place, RemoteNode
from ringwork.control.store.credentials import SqlCredentials
from ringwork.control.store.place import open_store
from ringwork.fleet.ca_rotation import CaRotation, ca_view, waited_for
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.remote import protocol
from ringwork.fleet.remote.distribution import Distribution
from ringwork.fleet.remote.views import newest_revision, node_problems, node_view
from ringwork.fleet.rollout import Rollout
from ringwork.kernel.refusal import Refused
from tests.rooms.control.world import NOW, DictionaryNode
from tests.support.intents import estate, kept

DAY = timedelta(days=1)


class Site:
    """A control plane with one enrolled node."""

    def __init__(self, root: Path, store: str | None) -> None:
        self.now = NOW
        self.node = NodeDirectory(root / "node")
        self.control = Control(
            root / "control",
            DictionaryNode(),
            mint=lambda _: MintedKey("", ""),
            clock=lambda: self.now,
            store=store,
        )
        self.rollout = Rollout(self.control, self.node)
        self.distribution = Distribution(
            self.control,
            Publication(self.node.published),
            part_for_node=self.rollout.part_for_node,
            trusted=self.rollout.trusted,
            issuer_keys=self.node.issuer_keys,
        )
        place = Place("edge", ("internal", "public"), {})
        invited = self.control.nodes.invite(place, DAY)
        self.key = ec.generate_private_key(ec.SECP256R1()).public_key()
        self.enrolled, certified = self.control.nodes.enrol(invited.token.secret, self.key)
        self.certificate = x509.load_pem_x509_certificate(certified.certificate_pem)

    def publish(self) -> int:
        intent = estate()
        return self.rollout.publish(intent, note="test", **kept(intent)).revision

    def asked(self, **known: Any) -> tuple[protocol.SyncAnswer, bool]:
        """As a request arrives: members it does not have are those of an older release."""
        request = protocol.SyncRequest.model_validate({"protocols": [1], **known})
        return self.distribution.sync(self.distribution.recognised(self.certificate), request)

    def told(self, **said: Any) -> None:
        """The node reports, as it arrives."""
        said = {"version": "0", "protocols": [1], "seq": 0, "gateway": {"running": True}} | said
        self.distribution.hear(self.enrolled, protocol.Report.model_validate(said))

    def found(self) -> RemoteNode:
        (node,) = self.control.nodes.list()
        return node


@pytest.fixture
def site(tmp_path: Path, store: str | None) -> Iterator[Site]:
    opened = Site(tmp_path, store)
    opened.publish()
    yield opened
    opened.control.close()


def everything(answer: protocol.SyncAnswer) -> dict[str, Any]:
    """What a node that took this answer says it has; of the release before: nothing it did not know."""
    assert answer.current is not None
    identity = {"epoch": answer.identity.epoch, "seq": answer.identity.seq}
    return {"manifest": answer.current.manifest, "identity": identity, "trust": answer.trust}


def test_a_node_of_the_release_before_is_told_everything_once(site: Site) -> None:
    answer, news = site.asked()
    assert news and answer.current is not None and answer.current.revision == 1
    again, news = site.asked(**everything(answer))
    assert not news, again
    site.told()
    assert node_problems(site.found(), site.now) == []


def test_a_node_that_begins_anew_is_told_what_holds_for_its_rings(site: Site) -> None:
    database = open_store(site.control.directory)
    stored = SqlCredentials(database)
    for number, ring in enumerate(("public", "partner", "internal", "public")):
        stored.add(Credential(f"{number}", f"{number:064x}", "test", ring, "dev", "app", NOW))
    stored.revoke("3", NOW, lambda _: None)
    database.close()
    with site.distribution.standing(site.enrolled) as lines:
        head, *changes = map(json.loads, lines)
    assert [change["id"] for change in changes] == ["0", "2"]
    answer, _ = site.asked(identity=head)
    assert not answer.identity.reset and not answer.identity.changes


def test_members_a_newer_node_adds_are_ignored(site: Site) -> None:
    answer, _ = site.asked(protocols=[1, 2, 3], of_tomorrow={"a": 1})
    assert answer.protocol == 1
    site.told(of_tomorrow=True)


def test_another_authority_is_news_to_a_node_that_says_which_it_has(site: Site) -> None:
    answer, _ = site.asked()
    known = everything(answer) | {"authorities": protocol.fingerprints(answer.authorities)}
    assert site.asked(**known)[1] is False
    site.control.authority_files("outer").replace()
    answer, news = site.asked(**known)
    assert news
    assert site.asked(**known | {"authorities": protocol.fingerprints(answer.authorities)})[1] is False


def test_a_prepared_ca_waits_for_the_node_to_serve_its_revision(site: Site) -> None:
    rotation = CaRotation(site.control, site.rollout, site.node)
    site.told(gateway={"running": True, "revision": 1})
    published = rotation.begin("internal", lead=DAY, overlap=DAY)
    assert published is not None and published.revision == 2
    site.now += 2 * DAY
    rotation.go_on()
    assert waited_for(site.control, site.node, "internal") == ["edge"]
    assert site.control.authority_files("internal").is_prepared()
    site.told(gateway={"running": True, "revision": 2})
    rotation.go_on()
    assert not site.control.authority_files("internal").is_prepared()
    site.now += DAY
    rotation.go_on()
    assert len(site.control.authority_files("internal").trusted()) == 1


@pytest.mark.parametrize("looks", [0, 1])
def test_who_looks_while_the_prepared_ca_begins_to_issue_is_told_one_or_the_other(
    site: Site, monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    """`ringwork ca list` is another process than the one that lets it."""
    rotation = CaRotation(site.control, site.rollout, site.node)
    rotation.begin(NODES, lead=DAY, overlap=DAY)
    real, looked = AuthorityFiles.trusted, 0

    def trusted(files: AuthorityFiles) -> list[Trusted]:
        nonlocal looked
        if looked == looks:
            site.control.authority_files(NODES).switch()
        looked += 1
        return real(files)

    monkeypatch.setattr(AuthorityFiles, "trusted", trusted)
    parts = [each["part"] for each in ca_view(site.control, site.node, NODES)]
    assert parts == (["issuing", "prepared"] if looks else ["issuing", "previous"])
    assert [each["part"] for each in ca_view(site.control, site.node, NODES)] == ["issuing", "previous"]


def test_a_revoked_node_is_not_waited_for(site: Site) -> None:
    rotation = CaRotation(site.control, site.rollout, site.node)
    rotation.begin("internal", lead=DAY, overlap=DAY)
    assert waited_for(site.control, site.node, "internal") == ["edge"]
    site.control.nodes.revoke("edge")
    assert waited_for(site.control, site.node, "internal") == []


def test_numbers_go_on_above_what_a_node_had(site: Site) -> None:
    assert site.rollout.catch_up() is None
    site.told(newest=41)
    published = site.rollout.catch_up()
    assert published is not None and published.revision == 42
    assert site.rollout.catch_up() is None
    site.told(newest=None, gateway={"running": True, "revision": 50})
    published = site.rollout.catch_up()
    assert published is not None and published.revision == 51, "a release that says only what it serves"


def test_a_node_that_claims_a_number_out_of_reach_is_not_believed(site: Site) -> None:
    site.told(newest=2**53 - 1)
    assert site.rollout.catch_up() is None
    site.control.nodes.revoke("edge")
    site.told(newest=41)
    assert site.rollout.catch_up() is None, "nor is one that was revoked"


def test_a_node_whose_limits_are_not_shared_is_said_and_one_that_says_anything_is_not_believed(
    site: Site,
) -> None:
    shared = {"available": False, "problem": "away", "since": "2026-01-02T03:04:05Z"}
    shared |= {"gateways": 3, "gateways_seen": 2}
    served = {"running": True, "revision": 1}
    for said, told in (
        (
            shared,
            [
                "limits are not shared since 2026-01-02T03:04:05Z (away): this gateway goes on with 1/3 of each"
            ],
        ),
        (shared | {"available": True}, []),
        (shared | {"available": True, "gateways_seen": 4}, ["4 gateways share limits, the estate says 3"]),
        (shared | {"gateways_seen": "many"}, []),
        ({"available": False}, []),
        (["shared"], []),
    ):
        site.told(gateway=served | {"shared_limits": said})
        assert node_problems(site.found(), site.now) == told
    site.told(gateway={"running": False, "revision": 1, "shared_limits": shared})
    assert node_problems(site.found(), site.now) == ["its gateway does not run"]


ANYTHING: list[Any] = [
    7,
    -1,
    2**60,
    1.5,
    "text",
    True,
    [],
    ["a"],
    {},
    {"a": {}},
    {"revision": 1},
    {"public": 7},
    None,
]
MEMBERS = ("running", "revision", "refused", "upstreams", "shared_limits", "telemetry")


@pytest.mark.parametrize("member", MEMBERS)
def test_a_node_may_say_anything_and_the_others_are_told_of_still(site: Site, member: str) -> None:
    for said in ANYTHING:
        site.told(gateway={"running": True, "revision": 1} | {member: said})
        problems = node_problems(site.found(), site.now)
        assert all(isinstance(each, str) for each in problems)
        show_node(Console(file=io.StringIO()), node_view(site.found()))
        Gateway.of(site.found())
        assert newest_revision(site.found()) in (0, 1, 7)


def test_what_a_node_says_does_not_speak_to_the_terminal(site: Site) -> None:
    red = "\x1b[31mred\x07"
    refused = {"revision": 2, "code": red, "message": red, "api": None}
    lack = {"endpoints": 1, "left_out": 1, "addresses": {red: red}}
    site.told(
        gateway={"running": True, "revision": 1, "refused": refused, "upstreams": {red: lack}}, problem=red
    )
    shown = json.dumps(node_view(site.found())) + "".join(node_problems(site.found(), site.now))
    assert "red" in shown and "\\u001b" not in shown and "\\u0007" not in shown and "\x1b" not in shown


def test_a_node_that_was_silent_since_the_time_was_turned_back_is_said(site: Site) -> None:
    site.told(gateway={"running": True, "revision": 1})
    found = site.found()
    assert node_problems(found, site.now) == []
    assert found.last_contact is not None
    ahead = replace(found, last_contact=found.last_contact + timedelta(hours=5))
    assert any("not heard of" in problem for problem in node_problems(ahead, site.now))


def test_who_another_ca_at_once_ended_is_told_and_given_nothing_of_it(site: Site) -> None:
    known = site.distribution.recognised(site.certificate)
    before = site.distribution.ca_pem
    site.control.authority_files(NODES).replace()
    with pytest.raises(Refused, match="no CA that is trusted now"):
        site.distribution.recognised(site.certificate)
    # One that was recognised a moment before: what is done for it still is the ended CA's, worth nothing any more.
    answer, _ = site.distribution.sync(known, protocol.SyncRequest(protocols=[1]))
    assert answer.ca_pem == before
    renewed = site.control.nodes.renew(known, site.key)
    with pytest.raises(Refused, match="no CA that is trusted now"):
        site.distribution.recognised(x509.load_pem_x509_certificate(renewed.certificate_pem))


def test_a_certificate_of_the_node_ca_that_is_for_no_node_is_nobodys(site: Site) -> None:
    certified = site.control.authority(NODES).certify_client("urn:ringwork:other:edge", site.key, DAY)
    with pytest.raises(Refused, match="no CA that is trusted now"):
        site.distribution.recognised(x509.load_pem_x509_certificate(certified.certificate_pem))
