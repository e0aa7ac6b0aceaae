"""Who operates is in the estate: groups are functions, every mistake has its place, nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.intent.build import build_intent
from ringwork.intent.people import BreakGlass, GrantTerms, PeopleIntent
from ringwork.kernel.findings import Severity
from ringwork.manifest.estate import Estate
from ringwork.manifest.permissions import PERMISSIONS
from tests.rooms.manifest.estates import ORGANIZATION, loaded, only, with_code

GROUP = "description: Applies the estate.\npermissions: [read, revisions]\n"
PROVIDER = "provider: {issuer: https://idp.acme.example, client_id: ringwork}"
FIRST_LINE = len(ORGANIZATION.splitlines()) + 1


def with_people(people: str, **groups: str) -> dict[str, str]:
    files = {f"groups/{name.replace('_', '-')}.yaml": text for name, text in groups.items()}
    return {"ringwork.yaml": f"{ORGANIZATION}people: {people}\n", **files}


def people_of(estate: Estate) -> PeopleIntent:
    assert estate.organization is not None, [str(each) for each in estate.findings]
    return build_intent(estate, {}).people


def test_where_nothing_is_said_one_group_may_do_everything(tmp_path: Path) -> None:
    people = people_of(loaded(tmp_path))
    assert people == PeopleIntent() and people.groups_of_the_first() == ("platform-operations",)
    assert people.permissions_of(["platform-operations"]) == {*PERMISSIONS}


def test_a_group_says_what_its_members_may_and_who_they_are(tmp_path: Path) -> None:
    claims = GROUP + "claims: { groups: [a, b], department: [platform] }\n"
    people = people_of(loaded(tmp_path, with_people("{}", platform_operations=claims)))
    assert people.permissions_of(["platform-operations", "nobody-knows"]) == {"read", "revisions"}
    assert people.groups_of([("groups", "b")]) == people.groups_of([("department", "platform")])
    assert people.groups_of([("groups", "c"), ("department", "b")]) == ()
    assert people.permissions_of(["nobody-knows"]) == frozenset()


@pytest.mark.parametrize(
    "name",
    [
        "admins",
        "admin",
        "orders-admin",
        "sysadmins",
        "root",
        "managers",
        "team-manager",
        "superusers",
        "owners",
        "cto",
    ],
)
def test_a_rank_is_told_with_the_reason(tmp_path: Path, name: str) -> None:
    finding = only(loaded(tmp_path, {f"groups/{name}.yaml": GROUP}), "group-is-a-rank")
    assert finding.severity is Severity.WARNING and "Name the work" in finding.help
    assert finding.location.file == f"groups/{name}.yaml"


@pytest.mark.parametrize(
    "name", ["support-refunds", "order-management", "master-data", "content-deletion", "badminton"]
)
def test_a_function_is_no_rank(tmp_path: Path, name: str) -> None:
    assert not with_code(loaded(tmp_path, {f"groups/{name}.yaml": GROUP}), "group-is-a-rank")


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        (GROUP + "permission: [read]\n", "unknown-key", 3, 1),
        (GROUP.replace("revisions", "everything"), "invalid-value", 2, 21),
        ("permissions: [read]\n", "missing-key", 1, 1),
        (GROUP + "claims: { groups: [] }\n", "invalid-value", 3, 19),
        (GROUP + "claims: { groups: acme }\n", "wrong-type", 3, 19),
        ("description: x\npermissions: [read, read]\n", "duplicate-value", 2, 21),
        (GROUP + "claims: { groups: [a, b, a] }\n", "duplicate-value", 3, 26),
    ],
)
def test_mistakes_of_a_group_have_their_place(
    tmp_path: Path, text: str, code: str, line: int, column: int
) -> None:
    found = only(loaded(tmp_path, {"groups/ops.yaml": text}), code)
    assert str(found.location) == f"groups/ops.yaml:{line}:{column}"


@pytest.mark.parametrize(
    ("people", "code"),
    [
        (
            "{provider: {issuer: http://idp.acme.example, client_id: x}, url: https://r.acme.example}",
            "invalid-value",
        ),
        ("{provider: {issuer: 'https://u:p@idp.acme.example', client_id: x}}", "invalid-value"),
        ("{provider: {issuer: 'https://idp.acme.example?x=1', client_id: x}}", "invalid-value"),
        ("{provider: {issuer: https://idp.acme.example}}", "missing-key"),
        ("{provider: {issuer: https://i.example, client_id: x, client_secret: hunter2}}", "secret-literal"),
        ("{provider: {issuer: https://i.example, client_id: x, algorithms: [HS256]}}", "invalid-value"),
        ("{provider: {issuer: https://i.example, client_id: x, algorithms: [none]}}", "invalid-value"),
        ("{url: https://r.acme.example/path}", "invalid-value"),
        ("{url: http://r.acme.example}", "invalid-value"),
        ("{sessions: {idle: 30s}}", "invalid-value"),
        ("{sessions: {lifetime: 31d}}", "invalid-value"),
        ("{sessions: {recheck: soon}}", "invalid-value"),
        ("{session: {}}", "unknown-key"),
        (f"{{{PROVIDER}}}", "people-url-missing"),
        ("{first_operator: [nobody-knows]}", "unknown-group"),
    ],
)
def test_mistakes_about_people_keep_the_organisation_back(tmp_path: Path, people: str, code: str) -> None:
    estate = loaded(tmp_path, with_people(people, ops=GROUP))
    finding = only(estate, code)
    assert finding.severity is Severity.ERROR and finding.location.line == FIRST_LINE
    assert estate.organization is None and "hunter2" not in str(estate.findings)


def test_that_nobody_could_ever_come_in_is_told(tmp_path: Path) -> None:
    only(loaded(tmp_path / "a", {"groups/ops.yaml": GROUP}), "people-nobody-lets-in")
    with_provider = f"{{url: https://r.acme.example, {PROVIDER}}}"
    only(loaded(tmp_path / "b", with_people(with_provider, ops=GROUP)), "people-nobody-lets-in")
    mapped = GROUP + "claims: { groups: [x] }\n"
    assert not with_code(
        loaded(tmp_path / "c", with_people(with_provider, ops=mapped)), "people-nobody-lets-in"
    )
    only(loaded(tmp_path / "d", {"groups/ops.yaml": mapped}), "claims-without-provider")


def test_one_broken_group_stays_as_it_is_live_and_holds_nothing_back(tmp_path: Path) -> None:
    before = loaded(tmp_path / "a", with_people("{}", ops=GROUP, looks=GROUP))
    live = build_intent(before, {})
    broken = loaded(tmp_path / "b", with_people("{}", ops="x: 1\n", looks=GROUP.replace(", revisions", "")))
    now = build_intent(broken, {}, live).people
    assert now.permissions_of(["ops"]) == {"read", "revisions"}
    assert now.permissions_of(["looks"]) == {"read"}
    gone = loaded(tmp_path / "c", with_people("{}", looks=GROUP))
    assert build_intent(gone, {}, live).people.permissions_of(["ops"]) == frozenset()


def test_an_environment_has_a_provider_of_its_own_and_the_groups_of_all(tmp_path: Path) -> None:
    mapped = GROUP + "claims: { groups: [x] }\n"
    files = with_people(f"{{url: https://r.acme.example, {PROVIDER}}}", ops=mapped)
    files["environments/staging.yaml"] = (
        "people: {url: https://staging.acme.example, provider: {issuer: https://test.idp.example, client_id: s}}\n"
    )
    from ringwork.manifest.load import load_estate
    from tests.rooms.manifest.estates import write_estate

    staging = people_of(load_estate(write_estate(tmp_path, files), environment="staging"))
    assert staging.provider is not None and staging.provider.client_id == "s"
    assert staging.url == "https://staging.acme.example" and staging.groups_of([("groups", "x")]) == ("ops",)


GRANTED = """description: Makes keys.
grants:
  longest: 4h
  approval: {groups: [platform-operations], quorum: 2}
  break_glass: {groups: [platform-operations], longest: 30m}
  one_at_a_time: true
"""


def test_how_a_group_is_granted_is_said_by_its_file(tmp_path: Path) -> None:
    people = people_of(loaded(tmp_path, with_people("{}", platform_operations=GROUP, key_making=GRANTED)))
    terms = people.terms_of("key-making")
    assert terms == GrantTerms(
        longest_s=4 * 3600,
        approvers=("platform-operations",),
        quorum=2,
        one_at_a_time=True,
        break_glass=BreakGlass(("platform-operations",), 1800),
    )
    assert people.terms_of("platform-operations") is None and people.terms_of("nobody-knows") is None


@pytest.mark.parametrize(
    ("change", "code", "line"),
    [
        (
            ("approval: {groups: [platform-operations]", "approval: {groups: [platform-operatoins]"),
            "unknown-group",
            4,
        ),
        (
            ("break_glass: {groups: [platform-operations]", "break_glass: {groups: [nobody]"),
            "unknown-group",
            5,
        ),
        (("one_at_a_time: true", "eligible: [nobody]"), "unknown-group", 6),
        (("longest: 30m", "longest: 5h"), "break-glass-longer", 5),
        (("longest: 4h", "longest: 31d"), "invalid-value", 3),
        (("quorum: 2", "quorum: 0"), "invalid-value", 4),
    ],
)
def test_a_mistake_in_how_a_group_is_granted_has_its_place(
    tmp_path: Path, change: tuple[str, str], code: str, line: int
) -> None:
    said = GRANTED.replace(*change)
    assert said != GRANTED
    lets_in = GROUP.replace("[read", "[people, read")
    estate = loaded(tmp_path, with_people("{}", platform_operations=lets_in, key_making=said))
    found = [each for each in estate.findings if each.location.file == "groups/key-making.yaml"]
    assert [
        (each.code if code != "invalid-value" else "invalid-value", each.location.line) for each in found
    ] == [(code, line)]
    assert all(each.severity is Severity.ERROR for each in found)
