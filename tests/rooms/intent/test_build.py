"""Defaults are filled in where the intent is built, and nowhere after."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork.audience import RINGS
from ringwork.governance.assess import assess
from ringwork.intent.limits import limit
from ringwork.intent.model import Intent, Limit
from tests.rooms.manifest.estates import API, ORGANIZATION, api, write_estate

INTERNAL, PARTNER, PUBLIC = RINGS


def built(root: Path, changes: dict[str, str | bytes | None] | None = None) -> Intent:
    assessment = assess(write_estate(root, changes))
    assert assessment.intent is not None, assessment.findings
    return assessment.intent


def test_rings_that_say_nothing_have_the_defaults_of_their_audience(tmp_path: Path) -> None:
    intent = built(tmp_path)
    internal, partner, public = intent.rings
    assert (internal.mtls, internal.service_token, internal.api_key) == (True, True, False)
    assert internal.default_limit == Limit(10_000, 10_000)
    assert internal.response_header_mode == "all_but"
    assert internal.networks
    assert (partner.mtls, partner.service_token, partner.api_key) == (False, False, True)
    assert partner.default_limit is None
    assert public.default_limit == Limit(100, 100)
    assert public.response_header_mode == "only"
    assert "content-type" in public.response_header_names
    assert public.hosts == ("public.acme.localhost",)
    assert (intent.environment, intent.trust_domain) == ("production", "acme.localhost")


def test_ring_that_is_not_named_does_not_listen(tmp_path: Path) -> None:
    text = "".join(line for line in ORGANIZATION.splitlines(keepends=True) if "partner" not in line)
    assert [found.audience for found in built(tmp_path, {"ringwork.yaml": text}).rings] == [INTERNAL, PUBLIC]


def test_what_a_ring_says_wins_over_its_default(tmp_path: Path) -> None:
    public = """\
  public:
    listen: ["127.0.0.1:8443"]
    hosts: [API.acme.example]
    networks: [10.0.0.0/8]
    limits: {per_minute: 50, burst_factor: 2, per_day: 1000}
    log: {client_address: none}
    response_headers: {allow: [X-Total]}
"""
    text = "".join(line for line in ORGANIZATION.splitlines(keepends=True) if "public" not in line) + public
    found = built(tmp_path, {"ringwork.yaml": text}).rings[2]
    assert found.hosts == ("api.acme.example",)
    assert found.networks == ("10.0.0.0/8",)
    assert found.default_limit == Limit(50, 100, 1000)
    assert found.log_client_address == "none"
    assert "x-total" in found.response_header_names


def test_host_of_one_api_serves_that_api_only(tmp_path: Path) -> None:
    intent = built(
        tmp_path,
        {
            "apis/orders/api.yaml": api(hosts="{public: [orders.example]}"),
            "apis/billing/api.yaml": api("http://127.0.0.1:9002"),
            "apis/billing/openapi.yaml": "openapi: 3.0.3\ninfo: {title: B, version: '1'}\npaths: {}\n",
        },
    )
    hosts = {found.name: found.hosts[PUBLIC] for found in intent.apis}
    assert hosts == {"orders": ("orders.example",), "billing": ("public.acme.localhost",)}
    assert intent.rings[2].hosts == ("public.acme.localhost", "orders.example")


def test_outer_ring_does_not_name_the_host_of_an_api_it_cannot_see(tmp_path: Path) -> None:
    everywhere = "{internal: [orders.example], partner: [orders.example], public: [orders.example]}"
    text = api(hosts=everywhere, audience="internal")
    internal, partner, public = built(tmp_path, {"apis/orders/api.yaml": text}).rings
    assert "orders.example" in internal.hosts
    assert "orders.example" not in (*partner.hosts, *public.hosts)


def test_api_says_where_its_requests_go_and_how_long_they_may_take(tmp_path: Path) -> None:
    upstream = "{url: 'http://10.0.0.9/base/', connect_timeout: 500ms, timeout: 2m}"
    text = api(upstream=upstream, prefix="/", versioning="none", policies="{public: {max_body_bytes: 10}}")
    [found] = built(
        tmp_path, {"apis/orders/api.yaml": text.replace("upstream: http://127.0.0.1:9001\n", "")}
    ).apis
    version = found.versions[0]
    place = version.upstream
    assert (place.tls, place.host, place.port, place.path) == (False, "10.0.0.9", 80, "/base")
    assert (place.connect_timeout_ms, place.io_timeout_ms) == (500, 120_000)
    assert version.max_body_bytes == {INTERNAL: 10 * 1024**2, PARTNER: 1024**2, PUBLIC: 10}
    assert found.prefix == ""
    assert found.default_version == "v1"


def test_partner_has_the_burst_factor_of_its_ring_unless_it_says_otherwise(tmp_path: Path) -> None:
    changes: dict[str, str | bytes | None] = {
        "partners/globex.yaml": "title: G\nlimits: {per_minute: 600}\n",
        "partners/initech.yaml": "title: I\nlimits: {per_minute: 600, per_day: 9000, burst_factor: 0.1}\n",
    }
    limits = {partner.name: partner.limit for partner in built(tmp_path, changes).partners}
    assert limits == {"globex": Limit(600, 900), "initech": Limit(600, 60, 9000)}


def test_partner_without_limits_has_those_of_the_ring(tmp_path: Path) -> None:
    text = ORGANIZATION.replace('["127.0.0.1:8442"]}', '["127.0.0.1:8442"], limits: {per_minute: 10}}')
    changes: dict[str, str | bytes | None] = {"ringwork.yaml": text, "partners/globex.yaml": "title: G\n"}
    assert built(tmp_path, changes).partners[0].limit == Limit(10, 15)


def test_version_is_as_wide_as_the_narrower_of_itself_and_its_api(tmp_path: Path) -> None:
    text = API.replace("document: openapi.yaml", "document: openapi.yaml, audience: partner")
    assert built(tmp_path, {"apis/orders/api.yaml": text}).apis[0].versions[0].audience is PARTNER


@pytest.mark.parametrize(
    ("per_minute", "factor", "burst"),
    [(100, 1.5, 150), (1, 0.1, 1), (100, 0.29, 29), (10, 1.1, 11), (3, 1.5, 4), (60, 1, 60)],
)
def test_burst_is_the_floor_of_the_decimal_product_and_at_least_one(
    per_minute: int, factor: float, burst: int
) -> None:
    assert limit(per_minute, factor) == Limit(per_minute, burst)


@given(per_minute=st.integers(1, 10_000_000), factor=st.floats(0.001, 60))
def test_burst_fits_what_the_gateway_counts(per_minute: int, factor: float) -> None:
    assert 1 <= limit(per_minute, factor).burst < 2**32
