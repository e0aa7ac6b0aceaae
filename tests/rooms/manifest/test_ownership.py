"""Each host and path prefix has one owning API, and versions can be told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.audience import Audience
from ringwork.kernel.findings import Severity
from tests.rooms.manifest.estates import api, loaded, only, with_code


def second(**keys: str) -> str:
    return api("http://127.0.0.1:9002", **keys)


def test_equal_prefixes_are_found_at_both_claimants(tmp_path: Path) -> None:
    changes = {"apis/billing/api.yaml": second(prefix="/orders")}
    found = with_code(loaded(tmp_path, changes), "prefix-owned-twice")
    assert [(finding.api, finding.location.line) for finding in found] == [("billing", 7), ("orders", 1)]


def test_nested_prefixes_are_allowed(tmp_path: Path) -> None:
    changes = {"apis/billing/api.yaml": second(prefix="/orders/billing")}
    assert loaded(tmp_path, changes).findings == ()


def test_prefix_that_would_hide_a_version_is_refused(tmp_path: Path) -> None:
    changes = {"apis/billing/api.yaml": second(prefix="/orders/v1")}
    assert only(loaded(tmp_path, changes), "prefix-hides-version").api == "billing"


def test_equal_prefixes_on_hosts_of_their_own_are_allowed(tmp_path: Path) -> None:
    hosts = "{internal: [%s.example], partner: [%s.example], public: [%s.example]}"
    changes = {
        "apis/orders/api.yaml": api(prefix="/", hosts=hosts % ("a", "b", "c")),
        "apis/billing/api.yaml": second(prefix="/", hosts=hosts % ("d", "e", "f")),
    }
    assert loaded(tmp_path, changes).findings == ()


def test_host_of_its_own_belongs_to_one_api(tmp_path: Path) -> None:
    changes = {
        "apis/orders/api.yaml": api(hosts="{public: [shop.example]}"),
        "apis/billing/api.yaml": second(hosts="{public: [shop.example]}"),
    }
    assert {finding.api for finding in with_code(loaded(tmp_path, changes), "host-owned-twice")} == {
        "orders",
        "billing",
    }


def test_host_of_one_ring_is_no_host_of_another(tmp_path: Path) -> None:
    organization = loaded(tmp_path).organization
    assert organization is not None
    internal = organization.manifest.shared_hosts(Audience.INTERNAL)[0]
    changes = {"apis/orders/api.yaml": api(hosts=f"{{public: [{internal}]}}")}
    found = only(loaded(tmp_path, changes), "host-of-another-ring")
    assert found.api == "orders"


@pytest.mark.parametrize(
    "prefix", ["orders", "/orders/", "//orders", "/or ders", "/../x", "/a/./b", "/a%2fb", "/a?b", ""]
)
def test_prefix_is_plain_path_segments(tmp_path: Path, prefix: str) -> None:
    only(loaded(tmp_path, {"apis/orders/api.yaml": api(prefix=f'"{prefix}"')}), "invalid-value")


@pytest.mark.parametrize("name", ["v/1", "v 1", ".v1", "v1?", "vä", "%76", ""])
def test_version_name_is_safe_in_a_url(tmp_path: Path, name: str) -> None:
    text = api(versions=f'[{{name: "{name}", document: openapi.yaml}}]')
    only(loaded(tmp_path, {"apis/orders/api.yaml": text}), "invalid-value")


def test_date_is_a_version_name_without_quotes(tmp_path: Path) -> None:
    text = api(versions="[{name: 2024-01-15, document: openapi.yaml}]")
    assert loaded(tmp_path, {"apis/orders/api.yaml": text}).findings == ()


def test_version_names_that_differ_in_case_only_are_one(tmp_path: Path) -> None:
    text = api(versions="[{name: v1, document: openapi.yaml}, {name: V1, document: openapi.yaml}]")
    only(loaded(tmp_path, {"apis/orders/api.yaml": text}), "version-duplicate")


TWO = "[{name: v1, document: openapi.yaml%s}, {name: v2, document: openapi.yaml%s}]"


def test_header_versioning_needs_one_default_among_several(tmp_path: Path) -> None:
    none = api(versioning="header", versions=TWO % ("", ""))
    only(loaded(tmp_path, {"apis/orders/api.yaml": none}), "version-default-missing")
    both = api(versioning="header", versions=TWO % (", default: true", ", default: true"))
    only(loaded(tmp_path, {"apis/orders/api.yaml": both}), "version-default-duplicate")
    one = api(versioning="header", versions=TWO % ("", ", default: true"))
    assert loaded(tmp_path, {"apis/orders/api.yaml": one}).findings == ()


def test_versioning_none_has_one_version(tmp_path: Path) -> None:
    text = api(versioning="none", versions=TWO % ("", ""))
    only(loaded(tmp_path, {"apis/orders/api.yaml": text}), "versions-not-distinguishable")


def test_default_without_meaning_is_a_warning(tmp_path: Path) -> None:
    text = api(versions=TWO % ("", ", default: true"))
    assert (
        only(loaded(tmp_path, {"apis/orders/api.yaml": text}), "without-effect").severity is Severity.WARNING
    )


def test_partner_naming_what_does_not_exist_is_located_with_a_suggestion(tmp_path: Path) -> None:
    text = "title: G\nlimits: {per_minute: 1}\nversions: {ordrs: [v1], orders: [v2]}\n"
    estate = loaded(tmp_path, {"partners/globex.yaml": text})
    assert only(estate, "unknown-api").help == 'Did you mean "orders"?'
    assert str(only(estate, "unknown-version").location) == "partners/globex.yaml:3:34"
    assert estate.partners == ()


def test_naming_an_api_that_is_broken_is_no_mistake_of_the_partner(tmp_path: Path) -> None:
    text = "title: G\nlimits: {per_minute: 1}\nversions: {orders: [v1]}\n"
    estate = loaded(tmp_path, {"partners/globex.yaml": text, "apis/orders/api.yaml": "title: ["})
    assert [partner.name for partner in estate.partners] == ["globex"]


def test_partner_without_limits_is_refused_unless_the_ring_has_some(tmp_path: Path) -> None:
    estate = loaded(tmp_path, {"partners/globex.yaml": "title: G\n"})
    only(estate, "partner-without-limits")
    assert estate.partners == ()


def test_owner_is_required(tmp_path: Path) -> None:
    text = api(owner="{}").replace("owner: {}\n", "")
    assert (
        only(loaded(tmp_path, {"apis/orders/api.yaml": text}), "missing-key").message == '"owner" is missing'
    )
