"""What is broken is left out of the change: it stays as it is live, and nobody may take its place meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ringwork.governance.assess import Assessment, assess
from ringwork.governance.plan import plan
from ringwork.intent.model import Intent
from ringwork.intent.serial import intent_as_dict, intent_from_dict
from tests.rooms.manifest.estates import API, DOCUMENT, api, write_estate

BROKEN = "title: ["
BILLING = {
    "apis/billing/api.yaml": api("http://127.0.0.1:9002"),
    "apis/billing/openapi.yaml": DOCUMENT.replace("Order", "Bill").replace("/orders", "/bills"),
}


def changed(tmp_path: Path, changes: Mapping[str, str | bytes | None]) -> tuple[Intent, Assessment]:
    """What was live, and what comes of changing the estate's files."""
    live = assess(write_estate(tmp_path / "before")).intent
    assert live is not None
    return live, assess(write_estate(tmp_path / "after", changes), live)


def test_api_that_breaks_stays_as_it_is_live_and_the_rest_goes_on(tmp_path: Path) -> None:
    live, after = changed(tmp_path, {"apis/orders/api.yaml": BROKEN, **BILLING})
    assert after.dropped == ("orders",)
    assert after.intent is not None
    assert [found.name for found in after.intent.apis] == ["billing", "orders"]
    assert after.intent.apis[1] == live.apis[0]
    assert plan(None, after.snapshot, after.findings, after.dropped).exit_code == 2


def test_api_whose_document_breaks_stays_too(tmp_path: Path) -> None:
    live, after = changed(tmp_path, {"apis/orders/openapi.yaml": "openapi: 3.0.3\npaths: ["})
    assert after.intent is not None
    assert after.intent.apis == live.apis


def test_api_that_is_removed_goes(tmp_path: Path) -> None:
    _, after = changed(tmp_path, {"apis/orders/api.yaml": None, "apis/orders/openapi.yaml": None})
    assert after.intent is not None
    assert after.intent.apis == ()


def test_partner_and_plan_that_break_keep_their_agreement(tmp_path: Path) -> None:
    live, after = changed(tmp_path, {"partners/globex.yaml": "limits: 3", "plans/free.yaml": BROKEN})
    assert after.intent is not None
    assert after.intent.partners == live.partners
    assert after.intent.plans == live.plans


def test_nobody_takes_the_prefix_of_an_api_that_is_broken(tmp_path: Path) -> None:
    thief = api("http://127.0.0.1:9002", prefix="/orders")
    live, after = changed(
        tmp_path, {"apis/orders/api.yaml": BROKEN, **BILLING, "apis/billing/api.yaml": thief}
    )
    assert after.dropped == ("billing", "orders")
    [error] = [finding for finding in after.findings if finding.code == "prefix-owned-twice"]
    assert (error.api, error.location.file) == ("billing", "apis/billing/api.yaml")
    assert after.intent is not None
    assert after.intent.apis == live.apis


def test_two_claimants_of_one_prefix_leave_the_one_that_is_live_in_place(tmp_path: Path) -> None:
    thief = api("http://127.0.0.1:9002", prefix="/orders")
    live, after = changed(tmp_path, {**BILLING, "apis/billing/api.yaml": thief})
    assert after.dropped == ("billing", "orders")
    assert after.intent is not None
    assert after.intent.apis == live.apis


def test_broken_api_that_was_never_live_is_not_there(tmp_path: Path) -> None:
    _, after = changed(tmp_path, {"apis/billing/api.yaml": BROKEN})
    assert after.intent is not None
    assert [found.name for found in after.intent.apis] == ["orders"]


def test_intent_reads_back_as_it_was_written(tmp_path: Path) -> None:
    text = API.replace("document: openapi.yaml", "document: openapi.yaml, audience: partner")
    intent = assess(write_estate(tmp_path, {"apis/orders/api.yaml": text, **BILLING})).intent
    assert intent is not None
    assert intent_from_dict(intent_as_dict(intent)) == intent
