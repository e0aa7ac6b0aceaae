"""The Top 10 asked of an estate: by what its gateways do, on each ring, with waivers; and the reports of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ringwork.audience import RINGS, Audience
from ringwork.cli.main import main
from ringwork.governance.assess import Memory, assess
from ringwork.governance.audit import RULES, Audit, Level, audit
from ringwork.governance.audit.model import CATEGORIES, Rule
from ringwork.governance.audit.report import html, markdown
from ringwork.governance.audit.rules import credential, details, limit
from tests.rooms.manifest.estates import API, ORGANIZATION, write_estate

INTERNAL, PARTNER, PUBLIC = RINGS
TODAY = date(2026, 6, 1)
ACME = Path(__file__).resolve().parents[3] / "examples/acme/estate"

DOCUMENT = """\
openapi: 3.0.3
info: {title: Orders, version: 1.0.0}
paths:
  /orders:
    x-audience: public
    parameters: [{name: limit, in: query, schema: {type: integer, maximum: 100}}]
    get:
      operationId: listOrders
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
"""


def document(*operations: str) -> dict[str, str | bytes | None]:
    """The document with more path items, each a line of YAML."""
    return {"apis/orders/openapi.yaml": DOCUMENT + "".join(f"  {one}\n" for one in operations)}


def item(path: str, method: str, more: str = "", responses: str = '{"200": {description: ok}}') -> str:
    inside = f"{more}, " if more else ""
    return f"{path}: {{x-audience: public, {method}: {{operationId: x, {inside}responses: {responses}}}}}"


def versions(*said: str) -> dict[str, str | bytes | None]:
    """Versions of one contract; each a name, and what else is said of it."""
    lines = "".join(f"  - {{name: {one}, document: openapi.yaml}}\n" for one in said)
    return {"apis/orders/api.yaml": API[: API.index("  - {name")] + lines}


def audited(
    root: Path, changes: Mapping[str, str | bytes | None] | None = None, ring: Audience | None = None
) -> Audit:
    memory = Memory()
    estate = write_estate(root, {**document(), **(changes or {})})
    assessment = assess(estate, memory=memory)
    assert not [one for one in assessment.findings if one.severity.label == "error"], assessment.findings
    return audit(root, assessment, memory, TODAY, ring=ring)


def found(result: Audit, code: str) -> dict[str, Level]:
    return {one.ring.label: one.level for one in result.findings if one.code == code}


def test_a_plain_estate_has_nothing_that_counts(tmp_path: Path) -> None:
    assert audited(tmp_path).worst() is Level.INFO


SENSITIVE = (
    '{"200": {description: ok, content: {application/json: {schema: '
    "{type: object, properties: {card: {type: string, x-sensitive: payment}}}}}}}"
)
ID = "parameters: [{name: userId, in: path, required: true, schema: {type: integer}}]"
CASES: dict[str, dict[str, str | bytes | None]] = {
    "audit-object-owner": document(item("/users/{userId}", "get", ID)),
    "audit-countable-id": document(item("/users/{userId}", "get", ID)),
    "audit-secret-in-address": document(
        item("/in", "get", "parameters: [{name: api_key, in: query, schema: {type: string}}]")
    ),
    "audit-sensitive-read": document(item("/cards", "get", responses=SENSITIVE)),
    "audit-page-size": document(
        item("/more", "get", "parameters: [{name: page_size, in: query, schema: {type: integer}}]")
    ),
    "audit-administration": document(item("/admin/users", "get")),
    "audit-write-without-scope": document(item("/rates", "post")),
    "audit-address-taken": document(
        item(
            "/hooks",
            "post",
            "requestBody: {content: {application/json: {schema: {type: object, properties: "
            "{target: {type: object, properties: {webhookUrl: {type: string}}}}}}}}",
        )
    ),
    "audit-address-taken in a list": document(
        item(
            "/hooks",
            "get",
            "parameters: [{name: callbackUrls, in: query, schema: {type: array, items: {type: string}}}]",
        )
    ),
    "audit-page-size of several types": {
        "apis/orders/openapi.yaml": DOCUMENT.replace("3.0.3", "3.1.0").replace(
            "{type: integer, maximum: 100}", "{type: [integer, 'null']}"
        )
    },
    "audit-plain-upstream": {
        "apis/orders/api.yaml": API.replace("http://127.0.0.1:9001", "http://orders.test:80")
    },
    "audit-unread-body": document(item("/files", "get", "x-opaque: true")),
    "audit-deprecated": document(item("/old", "get", "deprecated: true")),
    "audit-unexamined-answer": document(
        item("/raw", "get", responses='{"200": {description: ok, content: {application/json: {}}}}')
    ),
    "audit-flow": {
        **document(item("/payments", "post")),
        "plans/free.yaml": "title: Free\nlimits: {per_minute: 600}\n",
    },
    "audit-cors": {"apis/orders/api.yaml": API + 'cors: {origins: ["*"]}\n'},
    "audit-guessing": {
        "ringwork.yaml": ORGANIZATION.replace(
            '8443"]}', '8443"], bounds: {failed_authentications_per_minute: 100}}'
        )
    },
    "audit-shared-answers": {
        **document(item("/cards", "get", responses=SENSITIVE)),
        "apis/orders/api.yaml": API + "cache: {ttl: 10s, shared: true}\n",
    },
    "audit-versions": versions("v1", "v2", "v3"),
    "audit-prototype": {"apis/orders/api.yaml": API.replace("http://127.0.0.1:9001", '"mock:"')},
    "audit-body-size": {
        **document(item("/in", "post", "requestBody: {content: {text/plain: {}}}")),
        "apis/orders/api.yaml": API + "policies: {public: {max_body_bytes: 8388608}}\n",
    },
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_open_is_found_outside_and_a_sound_estate_is_not(tmp_path: Path, case: str) -> None:
    sound, opened = audited(tmp_path / "sound"), audited(tmp_path / "open", CASES[case])
    code = case.partition(" ")[0]
    assert "public" not in found(sound, code)
    assert "public" in found(opened, code), [one.code for one in opened.findings]
    for one in opened.findings:
        assert one.location.file.startswith(("apis/", "ringwork.yaml")) and one.message and one.fix


BREAKER = "{url: http://127.0.0.1:9001, breaker: {max_requests: 100}}"
CLOSED: dict[str, tuple[Audience, dict[str, str | bytes | None], dict[str, str | bytes | None]]] = {
    "audit-no-breaker": (
        PUBLIC,
        {},
        {"apis/orders/api.yaml": API.replace("http://127.0.0.1:9001", BREAKER)},
    ),
    "audit-any-service": (INTERNAL, {}, {"apis/orders/api.yaml": API + "callers: {services: [billing]}\n"}),
    "audit-internal-networks": (
        INTERNAL,
        {"ringwork.yaml": ORGANIZATION.replace('8441"]}', '8441"], networks: [10.0.0.0/8, 0.0.0.0/0]}')},
        {},
    ),
}


@pytest.mark.parametrize("code", CLOSED)
def test_what_is_open_by_default_or_inside_is_found_until_it_is_closed(tmp_path: Path, code: str) -> None:
    ring, opened, closed = CLOSED[code]
    assert ring.label in found(audited(tmp_path / "open", opened), code)
    assert ring.label not in found(audited(tmp_path / "closed", closed), code)


UNREACHABLE: list[tuple[Rule, dict[str, Any]]] = [
    (limit.RULE, {"default_limit": None}),
    (details.RULE, {"errors": "detailed"}),
    (credential.RULE, {"api_key": False, "issuers": ()}),
]


@pytest.mark.parametrize(("rule", "differs"), UNREACHABLE)
def test_what_no_estate_can_say_would_be_found(tmp_path: Path, rule: Rule, differs: dict[str, Any]) -> None:
    """A ring has a limit and a credential, and outer rings sanitise: the audit knows if that ever changes."""
    memory = Memory()
    assessment = assess(write_estate(tmp_path, document()), memory=memory)
    assert assessment.intent is not None
    assert not found(audit(tmp_path, assessment, memory, TODAY), rule.code)
    rings = tuple(replace(ring, **differs) for ring in assessment.intent.rings)
    changed = replace(assessment, intent=replace(assessment.intent, rings=rings))
    assert found(audit(tmp_path, changed, memory, TODAY), rule.code)["public"] is Level.ERROR


def test_every_question_has_an_estate_where_it_is_answered_badly() -> None:
    asked = {case.partition(" ")[0] for case in CASES} | CLOSED.keys() | {"audit-observing"}
    assert {rule.code for rule in RULES} - asked == {rule.code for rule, _ in UNREACHABLE}


# No partner has to agree.
ALONE: dict[str, str | bytes | None] = {"partners/globex.yaml": None}
OLD = ", deprecated: 2025-01-01"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("v1", "v2"), None),
        (("v1", "v2", "v3"), "3 versions live at once, and none of them ends: v1, v2, v3"),
        ((f"v1{OLD}", "v2", "v3"), "3 versions"),
        ((f"v1{OLD}, sunset: 2026-09-01", "v2", "v3"), None),
        ((f"v1{OLD}, sunset: 2026-06-01", "v2", "v3", "v4"), "none of them ends: v2, v3, v4"),
        ((f"v1{OLD}, rings: {{internal: {{sunset: 2026-09-01}}}}", "v2", "v3"), "3 versions"),
    ],
)
def test_a_version_whose_end_is_decided_is_none_too_many(
    tmp_path: Path, said: tuple[str, ...], told: str | None
) -> None:
    result = audited(tmp_path, {**versions(*said), **ALONE}, PUBLIC)
    messages = [one.message for one in result.findings if one.code == "audit-versions"]
    assert len(messages) == bool(told) and all(told in message for message in messages if told)


def test_nothing_is_asked_of_a_version_that_ended_but_for_whom_it_goes_on(tmp_path: Path) -> None:
    over = versions(f"v1{OLD}, sunset: 2026-06-01, migration_guide: 'https://a.example'", "v2")
    agreed = "sunsets: [{api: orders, version: v1, sunset: %s, acknowledged: {by: Hank, on: 2025-02-01}}]\n"
    for day, partners in (("2026-06-01", {"v2"}), ("2026-06-02", {"v1", "v2"})):
        partner = f"title: Globex\nlimits: {{per_minute: 600}}\n{agreed % day}"
        result = audited(tmp_path / day, {**over, "partners/globex.yaml": partner})
        asked = {(ring, version) for _, version, ring, _ in result.looked_at}
        assert {version for ring, version in asked if ring is PUBLIC} == {"v2"}
        assert {version for ring, version in asked if ring is PARTNER} == partners


@pytest.mark.parametrize(
    ("version", "operation", "places"),
    [
        ("v1", "deprecated: true", ["GET /old"]),
        ("v1", "deprecated: true, x-deprecated-at: 2025-01-01, x-sunset: 2026-09-01", []),
        (f"v1{OLD}, sunset: 2026-09-01", "deprecated: true", []),
        (f"v1{OLD}", "tags: []", [None]),
        (f"v1{OLD}", "deprecated: true", [None, "GET /old"]),
        ("v1, deprecated: 2027-01-01", "tags: []", []),
        ("v1", "deprecated: true, x-deprecated-at: 2025-01-01, x-sunset: 2026-06-01", []),
    ],
)
def test_what_is_deprecated_ends_on_a_day(
    tmp_path: Path, version: str, operation: str, places: list[str | None]
) -> None:
    result = audited(
        tmp_path, {**versions(version), **document(item("/old", "get", operation)), **ALONE}, PUBLIC
    )
    assert [one.operation for one in result.findings if one.code == "audit-deprecated"] == places


def test_nothing_is_asked_of_an_operation_that_ended(tmp_path: Path) -> None:
    ended = "deprecated: true, x-deprecated-at: 2025-01-01, x-sunset: 2026-06-01"
    result = audited(tmp_path, document(item("/admin/old", "get", ended)))
    assert not found(result, "audit-administration")


def test_a_limit_of_the_document_counts_only_where_the_gateway_holds_it(tmp_path: Path) -> None:
    observe = "document: openapi.yaml, observe: {until: 2027-12-31, reason: we look}"
    assert "audit-page-size" not in {one.code for one in audited(tmp_path / "held").findings}
    observed = audited(
        tmp_path / "observed", {"apis/orders/api.yaml": API.replace("document: openapi.yaml", observe)}
    )
    assert {"audit-page-size", "audit-observing"} <= {one.code for one in observed.findings}


def test_what_a_ring_does_not_see_is_not_asked_there(tmp_path: Path) -> None:
    hidden = document("/admin: {get: {operationId: x, responses: {'200': {description: ok}}}}")
    assert not found(audited(tmp_path, hidden), "audit-administration")


def test_one_ring_and_one_api(tmp_path: Path) -> None:
    result = audited(tmp_path, CASES["audit-object-owner"], PARTNER)
    assert {one.ring for one in result.findings} == {PARTNER} == {ring for _, _, ring, _ in result.looked_at}


def test_a_waiver_holds_until_its_day_and_where_it_says(tmp_path: Path) -> None:
    def waived(until: str, more: str = "") -> dict[str, str | bytes | None]:
        line = f"{{rule: audit-object-owner, api: orders, until: {until}, reason: the service checks{more}}}"
        return {**CASES["audit-object-owner"], "styles/policy.yaml": f"waivers: [{line}]\n"}

    held = audited(tmp_path / "held", waived("2026-06-01"))
    assert all(one.waived for one in held.findings if one.code == "audit-object-owner") and not held.about
    ended = audited(tmp_path / "ended", waived("2026-05-31"))
    assert not any(one.waived for one in ended.findings)
    assert [one.code for one in ended.about] == ["style-waiver-ended"]
    one_ring = audited(tmp_path / "ring", waived("2027-01-01", ", ring: partner"))
    about = {one.ring: one.waived for one in one_ring.findings if one.code == "audit-object-owner"}
    assert about[PARTNER] and not about[PUBLIC]


@pytest.mark.parametrize("rule", ["audit-flow", "audit-nothing"])
def test_a_waiver_that_is_not_needed_or_names_no_rule_is_told_of(tmp_path: Path, rule: str) -> None:
    line = f"waivers: [{{rule: {rule}, api: orders, until: 2027-01-01, reason: why}}]\n"
    [told] = audited(tmp_path, {"styles/policy.yaml": line}).about
    assert told.code == ("style-waiver-unused" if rule == "audit-flow" else "style-waiver-unknown")
    assert told.location.file == "styles/policy.yaml"


def test_reports_say_what_was_asked_and_nothing_of_the_estate_is_markup(tmp_path: Path) -> None:
    result = audited(tmp_path, document(item('"/admin/<script>"', "get"), item("/users/{userId}", "get", ID)))
    text, page = markdown(result, "orders", TODAY), html(result, "orders", TODAY)
    for category, title in CATEGORIES.items():
        assert f"## {category}:2023 {title}" in text and f"<h2>{category}:2023 {title}</h2>" in page
    assert "userId may be anyone's" in text and "Nothing found. Asked:" in text
    assert "<script" not in page


def test_every_category_is_asked_about_and_every_rule_has_a_page() -> None:
    assert {rule.category for rule in RULES} == set(CATEGORIES)
    assert len({rule.code for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.code.startswith("audit-") and rule.what and rule.why and rule.fix and rule.levels


def test_acme_is_clean_or_says_why_not(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["audit", "--estate", str(ACME), "--fail-on", "warn", "--format", "json"]
    assert main(command) == 0
    assert {one["category"] for one in json.loads(capsys.readouterr().out)} <= {
        f"{one}:2023" for one in CATEGORIES
    }


@pytest.mark.parametrize("format", ["text", "json", "sarif", "github", "markdown", "html"])
def test_the_command_prints_and_fails_from_a_severity_on(
    tmp_path: Path, format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_estate(tmp_path, CASES["audit-administration"])
    command = ["audit", "orders", "--estate", str(tmp_path), "--format", format]
    assert main([*command, "--ring", "public"]) == 1
    assert "audit-administration" in capsys.readouterr().out
    assert main([*command, "--fail-on", "never"]) == 0


def test_reports_lie_in_a_folder_by_the_names_of_apis(tmp_path: Path) -> None:
    command = ["audit", "--estate", str(ACME), "--format", "html", "--out", str(tmp_path / "reports")]
    assert main(command) == 0
    assert {one.name for one in (tmp_path / "reports").iterdir()} >= {"orders.html", "billing.html"}


def test_an_api_that_is_not_there_is_named_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_estate(tmp_path)
    assert main(["audit", "order", "--estate", str(tmp_path)]) == 2
    assert 'no API "order"' in " ".join(capsys.readouterr().err.split())
