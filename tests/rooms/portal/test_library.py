"""A library has what its ring may read, of the live revision, and makes nothing twice."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringwork.audience import RINGS, Audience
from ringwork.bundle.publish import Publication
from ringwork.control.contracts import Contracts
from ringwork.control.control import Control
from ringwork.control.model import MintedKey
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.proving import Broken
from ringwork.fleet.rollout import Rollout
from ringwork.governance.assess import Memory, assess
from ringwork.governance.documented import documented
from ringwork.kernel.cache import FileCache
from ringwork.kernel.refusal import Refused
from ringwork.openapi import RingView, project_document
from ringwork.portal.library import RingLibrary, Unavailable
from ringwork.portal.live import LiveRevision
from tests.rooms.control.world import NOW, DictionaryNode
from tests.rooms.manifest.estates import DOCUMENT, ORGANIZATION, write_estate

DOCUMENTED = ORGANIZATION
for _ring, _port in (("internal", 8451), ("partner", 8452), ("public", 8453)):
    DOCUMENTED = DOCUMENTED.replace(
        f"{_ring}: {{", f'{_ring}: {{documentation: {{listen: "127.0.0.1:{_port}"}}, '
    )


class Site:
    """A control plane without a gateway, and its readers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.estate = write_estate(root / "estate", {"ringwork.yaml": DOCUMENTED})
        node = NodeDirectory(root / "node")
        self.control = Control(
            root / "control", DictionaryNode(), mint=lambda _: MintedKey("", ""), clock=lambda: NOW
        )
        self.rollout = Rollout(self.control, node)
        self.live = LiveRevision(Publication(node.published), self.control.sources, lambda address: address)

    def apply(self, memory: Memory | None = None) -> None:
        memory = memory or Memory()
        found = assess(self.estate, memory=memory)
        assert found.intent is not None and found.snapshot is not None
        contracts = Contracts(*documented(self.estate, found, memory))
        self.rollout.publish(
            found.intent,
            prove=self.rollout.proving(self.estate, found.intent.environment, Broken(), {}),
            note="test",
            snapshot=found.snapshot.as_dict(),
            parts=found.snapshot.parts,
            contracts=contracts,
        )

    def library(self, ring: Audience) -> RingLibrary:
        """As after a restart: what was made is on disk."""
        return RingLibrary(ring, self.live, FileCache(self.root / "kept" / ring.label))

    def document(self, ring: Audience) -> dict[str, object]:
        found = self.library(ring).document("orders", "v1", "json")
        assert found is not None
        return dict(json.loads(gzip.decompress(found.packed)))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = Site(tmp_path)
    opened.apply()
    yield opened
    opened.control.close()


@pytest.fixture
def projected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Rings whose documents were made, in order."""
    names: list[str] = []
    real = project_document

    def project(root: Path, document: str, overlays: object, view: RingView, *rest: object) -> object:
        names.append(view.ring.label)
        return real(root, document, overlays, view, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("ringwork.portal.library.project_document", project)
    return names


def test_each_ring_reads_its_own_operations(site: Site) -> None:
    paths = {ring: json.dumps(site.document(ring)["paths"]) for ring in RINGS}
    assert "deleteOrders" in paths[Audience.INTERNAL] and "getOrder" in paths[Audience.PARTNER]
    assert "deleteOrders" not in paths[Audience.PARTNER] and "getOrder" not in paths[Audience.PUBLIC]


def test_a_document_is_made_once_for_as_long_as_nothing_of_it_changes(
    site: Site, projected: list[str]
) -> None:
    first = site.library(Audience.PUBLIC).document("orders", "v1", "json")
    assert site.library(Audience.PUBLIC).document("orders", "v1", "json") == first
    write_estate(
        site.estate, {"ringwork.yaml": DOCUMENTED, "plans/pro.yaml": "title: Pro\nlimits: {per_minute: 9}\n"}
    )
    site.apply()
    assert site.library(Audience.PUBLIC).document("orders", "v1", "json") == first
    assert projected == ["public"]


def test_a_document_is_made_anew_when_the_contract_or_the_ring_changed(
    site: Site, projected: list[str]
) -> None:
    site.document(Audience.PUBLIC)
    (site.estate / "apis/orders/openapi.yaml").write_text(DOCUMENT.replace("listOrders", "findOrders"))
    site.apply()
    assert "findOrders" in json.dumps(site.document(Audience.PUBLIC))
    (site.estate / "ringwork.yaml").write_text(DOCUMENTED.replace("8443", "8444"))
    site.apply()
    assert site.document(Audience.PUBLIC)["servers"] == [
        {"url": "https://public.acme.localhost:8444/orders/v1"}
    ]
    assert projected == ["public"] * 3


def test_what_is_published_to_nobody_outside_is_not_listed_there(site: Site) -> None:
    (site.estate / "apis/orders/openapi.yaml").write_text(
        DOCUMENT.replace("x-audience: public", "x-audience: partner")
    )
    site.apply()
    library = site.library(Audience.PUBLIC)
    assert library.apis() == [] and library.api("orders") is None
    assert library.document("orders", "v1", "json") is None
    assert [api.name for api in site.library(Audience.PARTNER).apis()] == ["orders"]


def test_titles_of_outer_rings_are_the_contracts_own(site: Site) -> None:
    text = (site.estate / "apis/orders/api.yaml").read_text()
    (site.estate / "apis/orders/api.yaml").write_text(
        text.replace("title: Orders", "title: Orders on the old ERP")
    )
    site.apply()
    titles = {ring: site.library(ring).apis()[0].title for ring in RINGS}
    assert titles == {
        Audience.INTERNAL: "Orders on the old ERP",
        Audience.PARTNER: "Orders",
        Audience.PUBLIC: "Orders",
    }


def test_a_contract_of_several_files_is_kept_whole(site: Site) -> None:
    here, there = (
        '{"200": {description: ok, content: {text/csv: {}}}}',
        "{'200': {$ref: '../common/ok.yaml'}}",
    )
    elsewhere = DOCUMENT.replace(here, there, 1)
    write_estate(
        site.estate,
        {
            "ringwork.yaml": DOCUMENTED,
            "apis/orders/openapi.yaml": elsewhere,
            "apis/common/ok.yaml": "description: from elsewhere\n",
        },
    )
    site.apply()
    (site.estate / "apis/common/ok.yaml").write_text("description: not live\n")
    assert "from elsewhere" in json.dumps(site.document(Audience.PUBLIC))


def test_a_lost_contract_is_no_document_until_it_is_kept_again(site: Site) -> None:
    for kept in (site.root / "control/revisions/contracts").iterdir():
        kept.unlink()
    with pytest.raises(Unavailable):
        site.document(Audience.PUBLIC)
    site.apply()
    assert site.document(Audience.PUBLIC)


def test_what_was_judged_is_what_is_kept(site: Site) -> None:
    """A file that is replaced between both is no part of the revision."""
    memory = Memory()
    (site.estate / "apis/orders/openapi.yaml").write_text(DOCUMENT.replace("listOrders", "findOrders"))
    found = assess(site.estate, memory=memory)
    given = documented(site.estate, found, memory)
    (site.estate / "apis/orders/openapi.yaml").write_text(DOCUMENT.replace("listOrders", "seekOrders"))
    assert given is not None
    with pytest.raises(Refused) as refused:
        dict(given[1])
    assert refused.value.code == "estate-moved"
