"""An environment changes where things are and how much they may; never what a ring sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.audience import Audience
from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.estate import Estate
from ringwork.manifest.load import load_estate
from ringwork.manifest.reading import ManifestMemo
from tests.rooms.manifest.estates import API, ORGANIZATION, only, with_code, write_estate

STAGING = """\
domain: staging.acme.localhost
rings:
  public:
    listen: ["127.0.0.1:9443"]
    limits: {per_minute: 7}
apis:
  orders:
    upstream: http://127.0.0.1:9901
plans:
  free: {limits: {per_minute: 6}}
partners:
  globex: {limits: {per_day: 1000}, networks: [10.0.0.0/8]}
"""


def in_staging(root: Path, text: str = STAGING, **changes: str) -> Estate:
    write_estate(root, {"environments/staging.yaml": text, **changes})
    return load_estate(root, environment="staging")


def errors(estate: Estate) -> list[Finding]:
    return [finding for finding in estate.findings if finding.severity is Severity.ERROR]


def test_what_an_environment_says_is_what_the_estate_is_there(tmp_path: Path) -> None:
    estate = in_staging(tmp_path)
    assert errors(estate) == [] and estate.organization is not None
    organization = estate.organization.manifest
    assert organization.environment == "staging"
    assert organization.shared_hosts(Audience.PUBLIC) == ("public.staging.acme.localhost",)
    assert organization.rings.public is not None and organization.rings.partner is not None
    assert organization.rings.public.listen == ("127.0.0.1:9443",)
    assert organization.rings.public.limits.per_minute == 7
    assert organization.rings.partner.listen == ("127.0.0.1:8442",)
    assert estate.apis[0].manifest.upstream.url == "http://127.0.0.1:9901"
    assert estate.plans[0].manifest.limits.per_minute == 6
    limits = estate.partners[0].manifest.limits
    assert limits is not None and (limits.per_minute, limits.per_day) == (600, 1000)
    assert estate.partners[0].manifest.networks == ("10.0.0.0/8",)


def test_metrics_are_asked_for_at_an_address_of_the_environments_own(tmp_path: Path) -> None:
    usual = "observability: {metrics: {listen: '127.0.0.1:9464', max_series: 2000}}"
    staging = "observability: {metrics: {listen: '127.0.0.1:9465'}}"
    estate = in_staging(tmp_path, staging, **{"ringwork.yaml": f"{ORGANIZATION}\n{usual}\n"})
    assert errors(estate) == [] and estate.organization is not None
    metrics = estate.organization.manifest.observability.metrics
    assert metrics is not None and (metrics.listen, metrics.max_series) == ("127.0.0.1:9465", 2000)


def test_traces_go_to_a_receiver_of_the_environments_own_with_its_own_headers(tmp_path: Path) -> None:
    headers = "headers: {authorization: 'secret://otel'}"
    usual = f"observability: {{traces: {{sample: 0.01, otlp: {{endpoint: 'https://otel.test', {headers}}}}}}}"
    staging = "observability: {traces: {otlp: {endpoint: 'https://otel.staging.test'}}}"
    estate = in_staging(tmp_path, staging, **{"ringwork.yaml": f"{ORGANIZATION}\n{usual}\n"})
    assert estate.organization is not None
    traces = estate.organization.manifest.observability.traces
    assert traces is not None and traces.otlp is not None and traces.sample == 0.01
    assert (traces.otlp.endpoint, dict(traces.otlp.headers)) == ("https://otel.staging.test", {})


def test_without_a_word_the_environment_is_the_one_of_ringwork_yaml(tmp_path: Path) -> None:
    write_estate(tmp_path, {"environments/staging.yaml": STAGING})
    estate = load_estate(tmp_path)
    assert estate.organization is not None
    assert estate.organization.manifest.environment == "production"
    assert estate.apis[0].manifest.upstream.url == "http://127.0.0.1:9001"


def test_the_usual_environment_may_have_a_file_of_its_own(tmp_path: Path) -> None:
    write_estate(tmp_path, {"environments/production.yaml": STAGING})
    estate = load_estate(tmp_path)
    assert estate.organization is not None
    assert estate.apis[0].manifest.upstream.url == "http://127.0.0.1:9901"
    assert estate.organization.manifest.own_trust_domain == "acme.localhost"


def test_values_are_where_they_are_written(tmp_path: Path) -> None:
    estate = in_staging(tmp_path)
    assert estate.organization is not None
    assert str(estate.apis[0].at("upstream", "url")) == "environments/staging.yaml:8:15"
    assert str(estate.organization.at("rings", "public", "listen", 0)) == "environments/staging.yaml:4:14"
    assert str(estate.organization.at("rings", "partner", "listen", 0)) == "ringwork.yaml:6:22"
    assert str(estate.partners[0].at("limits", "per_minute")) == "partners/globex.yaml:2:22"


@pytest.mark.parametrize(
    ("line", "place", "code", "said"),
    [
        ("apis: {ordrs: {}}", "1:8", "unknown-api", 'Did you mean "orders"?'),
        ("plans: {fre: {}}", "1:9", "unknown-plan", 'Did you mean "free"?'),
        ("partners: {globx: {}}", "1:12", "unknown-partner", 'Did you mean "globex"?'),
        ("rings: {publik: {}}", "1:9", "unknown-key", 'Did you mean "public"?'),
        ("domian: x.example", "1:1", "unknown-key", 'Did you mean "domain"?'),
        ("rings: {public: {listen: [nowhere]}}", "1:27", "invalid-value", "Write address and port"),
        ("rings: {public: {listen: ['127.0.0.1:8442']}}", "1:27", "listener-conflict", "its own address"),
        ("rings: {public: {tls: {certificate: a, key: b}}}", "1:37", "file-missing", "estate's folder"),
        ("trust_domain: acme.localhost", "1:15", "trust-domain-shared", "staging.acme.localhost"),
        ("- nothing", "1:1", "wrong-type", "object with keys"),
    ],
)
def test_a_mistake_is_found_in_the_environments_file_and_keeps_everything_back(
    tmp_path: Path, line: str, place: str, code: str, said: str
) -> None:
    estate = in_staging(tmp_path, line)
    found = with_code(estate, code)
    assert f"environments/staging.yaml:{place}" in [str(finding.location) for finding in found]
    assert any(said in finding.help for finding in found)
    assert estate.organization is None


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("apis: {orders: {audience: public}}", "1:17"),
        ("apis: {orders: {feature: beta}}", "1:17"),
        ("apis: {orders: {prefix: /x}}", "1:17"),
        ("apis: {orders: {versions: {v1: {audience: public}}}}", "1:33"),
        ("apis: {orders: {versions: {v1: {document: other.yaml}}}}", "1:33"),
        ("partners: {globex: {features: [beta]}}", "1:21"),
        ("partners: {globex: {versions: {orders: [v1]}}}", "1:21"),
        ("rings: {public: {response_headers: {allow: [x-internal]}}}", "1:18"),
        ("rings: {public: {authentication: {api_key: true}}}", "1:18"),
        ("environment: production", "1:1"),
    ],
)
def test_what_a_ring_sees_is_no_environments_to_say(tmp_path: Path, line: str, place: str) -> None:
    finding = only(in_staging(tmp_path, line), "environment-cannot-change")
    assert str(finding.location) == f"environments/staging.yaml:{place}"
    assert "same in every environment" in finding.help


def test_an_environment_opens_no_ring(tmp_path: Path) -> None:
    closed = "".join(ORGANIZATION.splitlines(keepends=True)[:-1])
    estate = in_staging(
        tmp_path, "rings: {public: {listen: ['127.0.0.1:9443']}}", **{"ringwork.yaml": closed}
    )
    assert str(only(estate, "unknown-ring").location) == "environments/staging.yaml:1:9"
    assert estate.organization is None


def test_a_broken_api_plan_or_partner_of_an_environment_is_left_out_alone(tmp_path: Path) -> None:
    text = "apis: {orders: {upstream: {url: 7}}, other: {upstream: 'http://127.0.0.1:9902'}}\n"
    text += "partners: {globex: {limits: {per_minute: no}}}\n"
    other = {
        "apis/other/api.yaml": API.replace("9001", "9002").replace("openapi", "../orders/openapi"),
    }
    estate = in_staging(tmp_path, text, **other)
    assert estate.organization is not None
    assert estate.broken_apis() == {"orders"}
    assert [api.name for api in estate.apis] == ["other"]
    assert estate.partners == () and estate.partner_names == {"globex"}
    assert [plan.name for plan in estate.plans] == ["free"]


@pytest.mark.parametrize(
    "part", ["null", "[]", "7", "{upstream: []}", "{versions: {v1: null}}", "{hosts: 1}"]
)
def test_whatever_stands_for_an_api_is_a_finding_about_that_api(tmp_path: Path, part: str) -> None:
    estate = in_staging(tmp_path, f"apis: {{orders: {part}}}")
    assert {(finding.location.file, finding.api) for finding in errors(estate)} == {
        ("environments/staging.yaml", "orders")
    }
    assert estate.organization is not None and estate.apis == ()


def test_a_version_nobody_knows_drops_its_api(tmp_path: Path) -> None:
    estate = in_staging(tmp_path, "apis: {orders: {versions: {v2: {upstream: 'http://127.0.0.1:1'}}}}")
    finding = only(estate, "unknown-version")
    assert (str(finding.location), finding.api) == ("environments/staging.yaml:1:28", "orders")
    assert estate.organization is not None and estate.apis == ()


def test_a_version_goes_where_its_environment_says(tmp_path: Path) -> None:
    estate = in_staging(tmp_path, "apis: {orders: {versions: {v1: {upstream: 'http://127.0.0.1:99/x'}}}}")
    [version] = estate.apis[0].manifest.versions
    url, place = estate.apis[0].upstream_of(version)
    assert (url.port, url.path) == (99, "/x")
    assert str(place) == "environments/staging.yaml:1:43"


def test_a_service_elsewhere_gets_neither_endpoints_nor_credentials_of_here(tmp_path: Path) -> None:
    here = (
        "upstream: {url: 'https://orders.acme.example', endpoints: ['10.0.0.1:443'], timeout: 7s,"
        " credential: {bearer: 'env://PRODUCTION'}, tls: {server_name: orders.acme.example}}"
    )
    text = "apis: {orders: {upstream: 'http://127.0.0.1:9901'}}"
    api = API.replace("upstream: http://127.0.0.1:9001", here)
    [orders] = in_staging(tmp_path, text, **{"apis/orders/api.yaml": api}).apis
    upstream = orders.manifest.upstream
    assert (upstream.endpoints, upstream.credential, upstream.tls) == ((), None, None)
    assert upstream.timeout == 7_000


def test_services_that_every_environment_calls_are_named(tmp_path: Path) -> None:
    api = API.replace("127.0.0.1:9001", "orders.acme.example")
    finding = only(in_staging(tmp_path, "{}", **{"apis/orders/api.yaml": api}), "environment-shares-upstream")
    assert finding.severity is Severity.WARNING and "orders v1" in finding.message
    stated = "apis: {orders: {upstream: 'http://orders.acme.example'}}"
    again = in_staging(tmp_path, stated, **{"apis/orders/api.yaml": api})
    assert with_code(again, "environment-shares-upstream") == []


@pytest.mark.parametrize("name", ["stagin", "../staging", "", "x" * 40])
def test_an_environment_nobody_described_is_refused_with_the_one_that_was_meant(
    tmp_path: Path, name: str
) -> None:
    write_estate(tmp_path, {"environments/staging.yaml": STAGING})
    estate = load_estate(tmp_path, environment=name)
    assert estate.organization is None
    assert "environments/<name>.yaml" in only(estate, "unknown-environment").help


def test_a_name_too_long_for_a_key_is_no_environment(tmp_path: Path) -> None:
    write_estate(tmp_path, {f"environments/{'x' * 32}.yaml": "{}"})
    assert "31" in only(load_estate(tmp_path), "invalid-name").help


def test_services_of_another_environment_have_another_trust_domain(tmp_path: Path) -> None:
    organization = in_staging(tmp_path, "{}").organization
    assert organization is not None
    assert organization.manifest.trust_domain == "staging.acme.localhost"


def test_what_did_not_change_is_merged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringwork.kernel.stamps._UNSETTLED_NS", 0)
    write_estate(tmp_path, {"environments/staging.yaml": STAGING})
    memo = ManifestMemo()
    first, second = (load_estate(tmp_path, memo, "staging").apis[0] for _ in range(2))
    assert second.source is first.source
    (tmp_path / "environments/staging.yaml").write_text(STAGING.replace("9901", "9902"))
    changed = load_estate(tmp_path, memo, "staging").apis[0]
    assert changed.manifest.upstream.url == "http://127.0.0.1:9902"
