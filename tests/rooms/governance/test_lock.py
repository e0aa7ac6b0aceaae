"""`exposure.lock`: what it says, what it keeps back, and what it lets pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.audience import Audience
from ringwork.governance.assess import Assessment, assess
from ringwork.governance.exposed.lock import LOCK_FILE, lock_text, parse_lock, read_lock
from ringwork.governance.exposed.writing import locked
from ringwork.governance.plan import plan
from ringwork.kernel.findings import Finding
from tests.rooms.manifest.estates import api, write_estate
from tests.support.locking import lock_exposure

DOCUMENT = """\
openapi: 3.1.0
info: {title: Orders, version: 1.0.0}
paths:
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getOrder
      x-audience: public
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
components:
  schemas:
    Order:
      type: object
      properties:
        id: {type: string}
        card: {type: string, x-sensitive: {class: payment, mask: {public: last4}}}
"""
FILE = "apis/orders/openapi.yaml"
BILLING = {
    "apis/billing/api.yaml": api("http://127.0.0.1:9002", title="Billing"),
    "apis/billing/openapi.yaml": DOCUMENT,
}


def estate(root: Path, document: str = DOCUMENT) -> Path:
    return lock_exposure(write_estate(root, {FILE: document}))


def held(root: Path) -> Assessment:
    return assess(root, locked=True)


def change(root: Path, old: str, new: str) -> None:
    file = root / FILE
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def with_code(assessment: Assessment, code: str) -> list[Finding]:
    return [finding for finding in assessment.findings if finding.code == code]


def test_the_lock_has_a_line_for_everything_outer_rings_can_send_and_read(tmp_path: Path) -> None:
    text = (estate(tmp_path) / LOCK_FILE).read_text()
    assert text.split("\n\n", 1)[1] == (
        "orders v1\n"
        "  sensitive public read #/components/schemas/Order/properties/card payment last4\n"
        "  sensitive partner read #/components/schemas/Order/properties/card payment\n"
        "  public write /orders/{id} parameters/path.id\n"
        "  public call GET /orders/{id}\n"
        "  public read GET /orders/{id} responses/200\n"
        "  public read GET /orders/{id} responses/200/content/application~1json -> #/components/schemas/Order\n"
        "  public read #/components/schemas/Order/properties/card\n"
        "  public read #/components/schemas/Order/properties/id\n"
    )


def test_what_is_locked_goes_live(tmp_path: Path) -> None:
    assert held(estate(tmp_path)).dropped == ()


def test_a_new_field_of_a_shared_component_is_held_back_where_it_is_written(tmp_path: Path) -> None:
    root = estate(tmp_path)
    change(root, "        id: {", "        margin: {type: number}\n        id: {")
    found = held(root)
    [finding] = with_code(found, "exposure-unlocked")
    assert (str(finding.location), finding.api, found.dropped) == (f"{FILE}:18:9", "orders", ("orders",))
    assert "public can read #/components/schemas/Order/properties/margin" in finding.message
    assert "ringwork exposure --write" in finding.help


def test_a_label_that_widens_an_operation_is_where_the_widening_is_told(tmp_path: Path) -> None:
    root = estate(tmp_path, DOCUMENT.replace("x-audience: public", "x-audience: partner"))
    change(root, "x-audience: partner", "x-audience: public")
    found = held(root)
    [finding] = with_code(found, "exposure-unlocked")
    assert (
        str(finding.location) == f"{FILE}:8:19" and "call GET /orders/{id} (and 5 more" not in finding.message
    )
    assert with_code(found, "sensitive-unlocked")


SCOPED = DOCUMENT.replace(
    "      x-audience: public\n",
    "      x-audience: public\n      x-scopes: [[orders:read, profile], [orders:admin]]\n",
)
CALL = "  public call GET /orders/{id}"


def test_what_a_call_demands_is_locked_with_it(tmp_path: Path) -> None:
    text = (estate(tmp_path, SCOPED) / LOCK_FILE).read_text()
    assert f"{CALL} -> orders:admin | orders:read profile\n" in text
    assert held(tmp_path).findings == ()


@pytest.mark.parametrize(
    "weaker",
    [
        "",
        "x-scopes: [[orders:read], [orders:admin]]",
        "x-scopes: [[orders:read, profile], [orders:admin], [x]]",
    ],
)
def test_a_demand_that_goes_is_held_back(tmp_path: Path, weaker: str) -> None:
    root = estate(tmp_path, SCOPED)
    change(root, "x-scopes: [[orders:read, profile], [orders:admin]]", weaker)
    (finding,) = with_code(held(root), "exposure-unlocked")
    assert "(locked: only with orders:admin | orders:read profile)" in finding.message


@pytest.mark.parametrize("stronger", ["x-scopes: [orders:admin]", "x-scopes: [orders:read, profile, more]"])
def test_a_demand_that_comes_needs_no_lock(tmp_path: Path, stronger: str) -> None:
    root = estate(tmp_path, SCOPED)
    change(root, "x-scopes: [[orders:read, profile], [orders:admin]]", stronger)
    found = held(root)
    assert found.dropped == ()
    assert [finding.code for finding in found.findings] == ["exposure-lock-stale"]


def test_a_lock_from_before_scopes_lets_calls_that_demand_some_pass(tmp_path: Path) -> None:
    root = estate(tmp_path)
    (root / FILE).write_text(SCOPED)
    assert held(root).dropped == ()


BOUND = SCOPED.replace(
    "      x-audience: public\n",
    "      x-audience: public\n      x-authorize: {path.id: [claim.sub, caller.consumer]}\n",
)


def test_what_is_bound_is_locked_with_the_call(tmp_path: Path) -> None:
    root = estate(tmp_path, BOUND)
    line = f"{CALL} -> orders:admin | orders:read profile where path.id=claim.sub,caller.consumer\n"
    assert line in (root / LOCK_FILE).read_text()
    assert held(root).findings == ()
    change(root, "[claim.sub, caller.consumer]", "claim.sub")
    assert held(root).dropped == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x-authorize: {path.id: [claim.sub, caller.consumer]}", "x-team: orders"),
        ("[claim.sub, caller.consumer]", "[claim.sub, caller.consumer, claim.nickname]"),
        ("[claim.sub, caller.consumer]", "claim.nickname"),
    ],
)
def test_a_binding_that_goes_or_loosens_is_held_back(tmp_path: Path, old: str, new: str) -> None:
    root = estate(tmp_path, BOUND)
    change(root, old, new)
    assert with_code(held(root), "exposure-unlocked")


def test_plan_shows_both(tmp_path: Path) -> None:
    root = estate(tmp_path, SCOPED)
    before = held(root).snapshot
    change(root, "[orders:read, profile]", "[orders:read]")
    after = assess(root).snapshot
    widened, narrowed = plan(before, after).exposure, plan(after, before).exposure
    assert [(one.appears, one.what) for one in widened if one.ring is Audience.PUBLIC] == [
        (True, "call GET /orders/{id} -> orders:admin | orders:read")
    ]
    assert [(one.appears, one.what) for one in narrowed if one.ring is Audience.PUBLIC] == [
        (False, "call GET /orders/{id} -> orders:admin | orders:read")
    ]
    assert all(one.because.startswith(FILE) for one in (*widened, *narrowed))


def test_another_api_goes_live_all_the_same(tmp_path: Path) -> None:
    root = lock_exposure(write_estate(tmp_path, {FILE: DOCUMENT, **BILLING}))
    change(root, "        id: {", "        margin: {type: number}\n        id: {")
    found = held(root)
    assert found.dropped == ("orders",)
    assert found.intent is not None and [api.name for api in found.intent.apis] == ["billing"]


def test_what_is_held_back_stays_as_it_is_live(tmp_path: Path) -> None:
    root = estate(tmp_path)
    live = held(root).intent
    change(root, "        id: {", "        margin: {type: number}\n        id: {")
    assert live is not None
    after = assess(root, live, locked=True).intent
    assert after is not None and after.apis == live.apis


def test_a_narrowing_goes_live_without_the_lock_and_is_told(tmp_path: Path) -> None:
    root = estate(tmp_path)
    change(root, "x-audience: public", "x-audience: partner")
    found = held(root)
    [stale] = with_code(found, "exposure-lock-stale")
    assert (
        found.dropped == () and stale.location.file == LOCK_FILE and "sensitive public read" in stale.message
    )


def test_without_a_lock_nothing_is_exposed(tmp_path: Path) -> None:
    root = write_estate(tmp_path, {FILE: DOCUMENT})
    found = held(root)
    assert found.dropped == ("orders",)
    assert "there is no exposure.lock" in with_code(found, "exposure-unlocked")[0].message


def test_an_estate_that_exposes_nothing_needs_no_lock(tmp_path: Path) -> None:
    root = write_estate(tmp_path, {FILE: DOCUMENT.replace("x-audience: public", "x-audience: internal")})
    assert held(root).dropped == ()


def test_a_sensitive_value_needs_a_line_of_its_own(tmp_path: Path) -> None:
    root = estate(tmp_path)
    change(root, "        id: {type: string}", "        id: {type: string, x-sensitive: personal}")
    assert [str(one.location) for one in with_code(held(root), "sensitive-unlocked")] == [f"{FILE}:18:9"]
    found = assess(root)
    plain = locked(read_lock(root), found.estate, found.exposures, keep=())
    line = "sensitive public read #/components/schemas/Order/properties/id personal"
    assert plain.left_out == (f"orders v1 {line}",) and plain.added == ()
    approved = locked(read_lock(root), found.estate, found.exposures, keep=(), sensitive=True)
    assert approved.added == (f"orders v1 {line}",)
    (root / LOCK_FILE).write_text(approved.text)
    assert held(root).dropped == ()


def test_a_mask_that_is_lost_is_a_widening_and_a_stricter_one_is_none(tmp_path: Path) -> None:
    root = estate(tmp_path)
    change(root, "public: last4", "public: hash")
    assert held(root).dropped == ()
    change(root, ", mask: {public: hash}", "")
    assert with_code(held(root), "sensitive-unlocked")


def test_a_lock_that_cannot_be_read_lets_nothing_pass_and_says_where(tmp_path: Path) -> None:
    root = estate(tmp_path)
    lock = root / LOCK_FILE
    lock.write_text(lock.read_text().replace("  public call", "<<<<<<< HEAD\n  public call"))
    found = held(root)
    assert [str(one.location) for one in with_code(found, "exposure-lock-unreadable")] == [f"{LOCK_FILE}:8:1"]
    lock.write_bytes(b"\xff\xfe")
    assert held(root).dropped == ("orders",)


def test_lines_of_an_api_that_is_gone_are_told(tmp_path: Path) -> None:
    root = estate(tmp_path)
    lock = root / LOCK_FILE
    lock.write_text(lock.read_text() + "\npayroll v1\n  public call GET /salaries\n")
    [stale] = with_code(held(root), "exposure-lock-stale")
    assert "payroll v1" in stale.message and stale.location.line == 14


def test_writing_again_changes_nothing_and_keeps_what_cannot_be_judged(tmp_path: Path) -> None:
    root = estate(tmp_path)
    before = (root / LOCK_FILE).read_text()
    lock_exposure(root)
    assert (root / LOCK_FILE).read_text() == before
    change(root, "x-audience: public", "x-audience: pubic")
    lock_exposure(root)
    assert (root / LOCK_FILE).read_text() == before


def test_what_is_written_is_what_is_read() -> None:
    sections = {("orders", "v1"): ["public call GET /a", 'public read #/x = "a b"']}
    again = parse_lock(lock_text(sections).encode())
    assert {version: section.lines for version, section in again.sections.items()} == sections
    assert again.findings == ()
