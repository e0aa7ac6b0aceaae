"""Callers of the internal ring are named in the estate: what is named exists, and every mistake has its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.governance.assess import Assessment, assess
from ringwork.intent.admitted import Admitted
from ringwork.kernel.findings import Finding, Severity
from tests.rooms.manifest.estates import API, DOCUMENT, ORGANIZATION, write_estate

DESK = "description: Takes orders.\nservices: [telephone, spiffe://acme.localhost/counter]\n"
EMPTY = "description: Looks.\nclaims: {groups: [a]}\n"
SERVICES = "services: [telephone, counter, storefront]\n"
PEOPLE = """\
issuers:
  login:
    issuer: https://login.acme.example
    audiences: [acme]
    jwks_uri: https://login.acme.example/jwks
    rings: {internal: %s}
"""


def assessed(
    root: Path, callers: str = "", *, document: str = DOCUMENT, organization: str = "", **groups: str
) -> Assessment:
    files = {f"groups/{name}.yaml": text for name, text in ({"desk": DESK, "empty": EMPTY} | groups).items()}
    stated = f"callers: {callers}\n" if callers else ""
    estate = {
        "ringwork.yaml": ORGANIZATION + organization,
        "apis/orders/api.yaml": API + stated,
        "apis/orders/openapi.yaml": document,
    }
    return assess(write_estate(root, estate | files))


def coded(found: Assessment, code: str) -> list[Finding]:
    return [one for one in found.findings if one.code == code]


def operation(said: str) -> str:
    return DOCUMENT.replace("operationId: deleteOrders", f"operationId: deleteOrders\n      {said}")


def test_callers_are_names_and_groups_whichever_way_a_service_is_written(tmp_path: Path) -> None:
    found = assessed(tmp_path, "{services: [storefront, spiffe://acme.localhost/crm], groups: [desk]}")
    assert found.intent is not None and not found.dropped
    assert found.intent.apis[0].callers == Admitted(("crm", "storefront"), ("desk",))
    (desk, _) = found.intent.people.groups
    assert desk.services == ("counter", "telephone")


def test_an_operation_says_who_calls_it(tmp_path: Path) -> None:
    said = "x-callers: {services: [crm], groups: [desk]}\n      x-groups: [desk, empty]"
    found = assessed(tmp_path, document=operation(said))
    assert found.intent is not None
    one = next(one for one in found.intent.apis[0].versions[0].operations if one.id == "deleteOrders")
    assert (one.callers, one.groups) == ((Admitted(("crm",), ("desk",)),), (("desk", "empty"),))


@pytest.mark.parametrize(
    ("callers", "code", "column"),
    [
        ("{groups: [deks]}", "unknown-group", 20),
        ("{services: [storefrnt]}", "unknown-service", 22),
        ("{services: [spiffe://other.example/crm]}", "unknown-service", 22),
        ("{services: [spiffe://acme.localhost/storefrnt]}", "unknown-service", 22),
        ("{}", "callers-nobody", 10),
        ("{services: []}", "callers-nobody", 10),
        ("{services: [a b]}", "invalid-value", 22),
        ("{services: [../crm]}", "invalid-value", 22),
    ],
)
def test_what_is_named_and_is_not_there_is_an_error_at_its_place(
    tmp_path: Path, callers: str, code: str, column: int
) -> None:
    found = assessed(tmp_path, callers, organization=SERVICES)
    (finding,) = coded(found, code)
    assert finding.severity is Severity.ERROR and found.dropped == ("orders",)
    line = API.count("\n") + 1
    assert (finding.location.line, finding.location.column) == (line, column)


def test_a_name_that_is_nearly_right_is_told(tmp_path: Path) -> None:
    (finding,) = coded(assessed(tmp_path, "{groups: [deks]}"), "unknown-group")
    assert 'Did you mean "desk"?' in finding.help
    (finding,) = coded(
        assessed(tmp_path, "{services: [storefrnt]}", organization=SERVICES), "unknown-service"
    )
    assert 'Did you mean "storefront"?' in finding.help


def test_without_a_list_of_services_any_name_may_be_one(tmp_path: Path) -> None:
    assert not assessed(tmp_path, "{services: [storefrnt]}").dropped


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("x-callers: {groups: [deks]}", "unknown-group"),
        ("x-groups: [deks]", "unknown-group"),
        ("x-callers: {services: [storefrnt]}", "unknown-service"),
        ("x-callers: {services: ['a b']}", "unknown-service"),
        ("x-callers: {service: [storefront]}", "callers-malformed"),
        ("x-caller: {services: [storefront]}", "misspelt-label"),
    ],
)
def test_so_is_what_a_contract_names(tmp_path: Path, said: str, code: str) -> None:
    found = assessed(tmp_path, document=operation(said), organization=SERVICES)
    (finding,) = coded(found, code)
    assert found.dropped == ("orders",) and finding.location.file == "apis/orders/openapi.yaml"
    assert finding.location.line == operation(said)[: operation(said).index(said)].count("\n") + 1


def test_a_group_without_services_lets_nobody_call(tmp_path: Path) -> None:
    (finding,) = coded(assessed(tmp_path, "{groups: [empty]}"), "group-without-services")
    assert finding.severity is Severity.WARNING


def test_services_of_groups_are_looked_for_too(tmp_path: Path) -> None:
    found = assessed(tmp_path, organization=SERVICES, far="description: F.\nservices: [telefone]\n")
    (finding,) = coded(found, "unknown-service")
    assert finding.location.file == "groups/far.yaml"


@pytest.mark.parametrize(
    ("internal", "code"),
    [
        ("{people: true}", None),
        ("{claim: sub, services: {a: crm}}", None),
        ("{people: true, claim: sub, services: {a: crm}}", "issuer-callers"),
        ("{people: true, claim: sub}", "issuer-callers"),
        ("{people: false}", "issuer-callers"),
        ("{claim: sub}", "issuer-callers"),
        ("{services: {a: crm}}", "issuer-callers"),
        ("{}", "issuer-callers"),
    ],
)
def test_an_issuer_names_services_or_people(tmp_path: Path, internal: str, code: str | None) -> None:
    found = assessed(tmp_path, organization=PEOPLE % internal)
    assert [one.code for one in found.findings if one.severity is Severity.ERROR] == ([code] if code else [])


def test_what_callers_become_is_in_the_plan(tmp_path: Path) -> None:
    named = assessed(tmp_path, "{services: [crm]}", document=operation("x-groups: [desk]"))
    assert named.snapshot is not None
    settings = named.snapshot.apis["orders"].settings
    assert settings["callers"] == {"services": ["crm"], "groups": []}
    assert settings["operations"] == {"v1": {"deleteOrders": {"callers": [], "groups": [["desk"]]}}}
    free = assessed(tmp_path / "free")
    assert free.snapshot is not None and free.snapshot.apis["orders"].settings["callers"] == "any service"
