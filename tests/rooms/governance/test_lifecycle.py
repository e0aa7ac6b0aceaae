"""Ends of versions: dates in order, developers given twelve months, partners asked, all of it located."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from ringwork.audience import Audience
from ringwork.bundle.compile import compile_intent
from ringwork.governance.assess import Assessment, assess
from ringwork.governance.ending import state_at
from ringwork.governance.export import export_openapi
from ringwork.governance.lifecycle import months_after
from ringwork.kernel.findings import Finding
from ringwork.kernel.refusal import Refused
from tests.support.estates import ORDERS, api, write, write_estate
from tests.support.intents import MATERIAL

GUIDE = "https://docs.acme.test/v1-to-v2"
ENDING = f"deprecated: 2026-01-15, sunset: 2027-01-15, successor: v2, migration_guide: '{GUIDE}'"
AGREED = (
    "sunsets: [{ api: orders, version: v1, sunset: 2027-03-01, acknowledged: { by: Hank, on: 2026-01-20 } }]"
)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def estate(root: Path, v1: str = ENDING, partner: str = AGREED, policy: str | None = None) -> Path:
    write_estate(root, 9)
    versions = (
        f"versions:\n  - {{ name: v1, document: v1.yaml, {v1} }}\n  - {{ name: v2, document: v2.yaml }}\n"
    )
    write(
        root / "apis/orders/api.yaml",
        api("Orders", "http://127.0.0.1:9/orders") + "prefix: /shop\n" + versions,
    )
    write(root / "apis/orders/v2.yaml", ORDERS)
    agreed = f"title: Globex\nlimits: {{ per_minute: 600 }}\n{partner}\n"
    write(root / "partners/globex.yaml", agreed)
    if policy is not None:
        write(root / "styles/policy.yaml", dedent(policy))
    return root


def found(assessment: Assessment, code: str) -> Finding:
    [finding] = [one for one in assessment.findings if one.code == code]
    return finding


def codes(assessment: Assessment) -> set[str]:
    return {finding.code for finding in assessment.findings if finding.severity.name != "INFO"}


def test_an_end_that_keeps_all_promises_is_no_finding(tmp_path: Path) -> None:
    assert codes(assess(estate(tmp_path))) == set()


@pytest.mark.parametrize(
    ("v1", "code"),
    [
        ("sunset: 2027-01-15", "sunset-unannounced"),
        ("deprecated: 2027-01-15, sunset: 2027-01-15", "sunset-before-deprecation"),
        ("rings: { public: { sunset: 2027-01-15 } }", "sunset-unannounced"),
        (f"{ENDING}, successor: v3", "successor-unknown"),
        (f"{ENDING}, successor: v1", "successor-unknown"),
        ("state: deprecated", "version-state-undated"),
        (f"state: supported, {ENDING}", "version-state-contradicts"),
        (
            "deprecated: 2026-01-15, sunset: 2027-01-14, migration_guide: 'https://a.test/b'",
            "sunset-too-soon",
        ),
        (
            f"{ENDING}, brownouts: [{{ begins: 2027-01-14T00:00:00Z, ends: 2027-01-15T00:00:01Z }}]",
            "brownout-unfit",
        ),
        (
            f"{ENDING}, brownouts: [{{ begins: 2026-05-01T00:00:00Z, ends: 2026-05-01T00:00:00Z }}]",
            "brownout-unfit",
        ),
        (
            "deprecated: 2026-01-15, brownouts: [{ begins: 2026-05-01T00:00:00Z, ends: 2026-05-01T01:00:00Z }]",
            "brownout-unfit",
        ),
        ("deprecated: 2026-01-15, sunset: 2027-01-15", "migration-guide-missing"),
    ],
)
def test_each_mistake_is_told_at_its_line(tmp_path: Path, v1: str, code: str) -> None:
    v1 = v1.replace("successor: v2, ", "", v1.count("successor") - 1)
    finding = found(assess(estate(tmp_path, v1)), code)
    assert (finding.location.file, finding.location.line) == ("apis/orders/api.yaml", 7)
    assert finding.help and finding.api == "orders"


def test_a_waiver_on_record_shortens_the_twelve_months(tmp_path: Path) -> None:
    short = ENDING.replace("2027-01-15", "2026-07-15")
    policy = """\
    waivers:
      - { rule: sunset-too-soon, api: orders, version: v1, until: 2026-07-15, reason: Asked all five of them. }
    """
    judged = assess(estate(tmp_path, short, policy=policy))
    assert codes(judged) == {"sunset-waived"}
    assert "Asked all five" in (found(judged, "sunset-waived").help or "")
    write(tmp_path / "styles/policy.yaml", dedent(policy).replace("until: 2026-07-15", "until: 2026-07-14"))
    assert "before it" in found(assess(tmp_path), "sunset-too-soon").message
    assert assess(tmp_path).dropped == ("orders",)


def test_a_waiver_that_waives_nothing_is_told(tmp_path: Path) -> None:
    policy = "waivers: [{ rule: sunset-too-soon, api: orders, until: 2027-07-15, reason: None. }]"
    assert found(assess(estate(tmp_path, policy=policy)), "sunset-waiver-unused").location.file == (
        "styles/policy.yaml"
    )


def test_no_version_ends_for_a_partner_who_did_not_say_yes(tmp_path: Path) -> None:
    judged = assess(estate(tmp_path, partner=""))
    finding = found(judged, "sunset-not-acknowledged")
    assert "globex" in finding.message and "partners/globex.yaml" in (finding.help or "")
    assert judged.dropped == ("orders",)


def test_a_partner_who_may_not_use_the_version_is_not_asked(tmp_path: Path) -> None:
    assert codes(assess(estate(tmp_path, partner="versions: { orders: [v2] }"))) == set()


@pytest.mark.parametrize(
    ("partner", "code"),
    [
        (AGREED.replace("orders", "order"), "unknown-api"),
        (AGREED.replace("v1", "v9"), "unknown-version"),
        (AGREED[:-1] + ", " + AGREED.removeprefix("sunsets: ["), "sunset-agreed-twice"),
    ],
)
def test_what_partners_agreed_to_is_there_and_there_once(tmp_path: Path, partner: str, code: str) -> None:
    assert found(assess(estate(tmp_path, partner=partner)), code).location.file == "partners/globex.yaml"


def test_rings_end_on_days_of_their_own(tmp_path: Path) -> None:
    v1 = f"{ENDING}, rings: {{ internal: {{ sunset: 2026-02-01 }} }}"
    intent = assess(estate(tmp_path, v1)).intent
    assert intent is not None
    version = next(api for api in intent.apis if api.name == "orders").versions[0]
    states = {ring: state_at(version, ring, NOW) for ring in Audience}
    assert states == {
        Audience.INTERNAL: "sunset",
        Audience.PARTNER: "deprecated",
        Audience.PUBLIC: "deprecated",
    }


def test_a_ring_is_told_of_no_successor_it_must_not_know(tmp_path: Path) -> None:
    root = estate(tmp_path)
    write(root / "apis/orders/v2.yaml", ORDERS.replace("x-audience: public", "x-audience: partner"))
    intent = assess(root).intent
    assert intent is not None
    compiled = compile_intent(intent, revision=1, created_at=NOW, material=MATERIAL)
    ending = [data for data in compiled.objects.values() if b'"lifecycle":' in data]
    named = {b'"ring":"public"' in data: b'"successor":"v2"' in data for data in ending}
    assert named == {True: False, False: True}


def test_the_published_document_says_that_it_ends_and_leaves_when_it_did(tmp_path: Path) -> None:
    root = estate(tmp_path)
    judged = assess(root)

    def exported(now: datetime, version: str | None = "v1") -> str:
        text, findings = export_openapi(
            root, judged, api="orders", version=version, ring=Audience.PUBLIC, format="json", now=now
        )
        assert text is not None and findings == []
        return text

    deprecated = exported(NOW)
    assert '"deprecated":true' in deprecated.replace(" ", "")
    assert GUIDE in deprecated and "2027-01-15" in deprecated
    assert '"deprecated":true' not in exported(datetime(2025, 6, 1, tzinfo=UTC)).replace(" ", "")
    assert '"deprecated":true' not in exported(NOW, "v2").replace(" ", "")
    with pytest.raises(Refused) as gone:
        exported(datetime(2027, 1, 15, tzinfo=UTC))
    assert gone.value.code == "version-gone"


def test_a_year_after_the_last_of_february_is_a_day_that_is_there() -> None:
    assert months_after(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert months_after(date(2026, 10, 31), 4) == date(2027, 2, 28)
    assert months_after(date(2026, 1, 15), 12) == date(2027, 1, 15)
