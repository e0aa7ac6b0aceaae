"""One estate, two environments, two gateways: what differs, and that no credential of one works in the other."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from ringwork.app.stores import open_control
from ringwork.control.store import open_store
from ringwork.control.store.credentials import SqlCredentials
from ringwork.fleet.state import StateDirectory
from tests.scenarios.conversation import Say
from tests.support.estates import write, write_estate
from tests.support.running import Ringwork, command_line
from tests.support.upstream import Upstream

STAGING = """\
rings:
  public: {{ limits: {{ per_minute: 9 }} }}
apis:
  orders:
    upstream: http://127.0.0.1:{port}/staging
plans:
  free: {{ limits: {{ per_minute: 3, per_day: 4 }} }}
"""


@dataclass
class Pair:
    """`usual` runs what ringwork.yaml names (`test`), `staging` the environment beside it."""

    estate: Path
    usual: Ringwork
    staging: Ringwork


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Pair]:
    root = tmp_path_factory.mktemp("environments")
    estate = write_estate(root / "estate", upstream.port)
    write(estate / "environments/staging.yaml", STAGING.format(port=upstream.port))
    both = Pair(estate, Ringwork(root / "usual"), Ringwork(root / "staging"))
    try:
        both.usual.up(estate)
        both.staging.up(estate, "--environment", "staging")
        yield both
    finally:
        both.usual.clean_up()
        both.staging.clean_up()


def key_of(ringwork: Ringwork) -> str:
    words = ("key", "create", "--ring", "public", "--consumer", "dev", "--plan", "free")
    key: str = ringwork.json(*words)["key"]
    return key


def status(
    ringwork: Ringwork,
    ring: str,
    path: str,
    headers: dict[str, str] | None = None,
    certificate: tuple[Path, Path] | None = None,
) -> int:
    """What a ring's real gateway answers; 0 where its TLS lets nobody in."""
    where = ringwork.endpoints()["rings"][ring]
    context = ssl.create_default_context(cafile=where["ca_file"])
    if certificate is not None:
        context.load_cert_chain(*certificate)
    try:
        with urlopen(Request(where["base_url"] + path, headers=headers or {}), context=context) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_each_environment_calls_its_own_service(pair: Pair, upstream: Upstream) -> None:
    seen = []
    for ringwork in (pair.usual, pair.staging):
        assert status(ringwork, "public", "/shop/v1/orders/1", {"x-api-key": key_of(ringwork)}) == 200
        seen.append(upstream.seen[-1]["path"])
    assert seen == ["/orders-service/orders/1", "/staging/orders/1"]


def test_a_key_names_its_environment_and_works_in_no_other(pair: Pair) -> None:
    usual, staging = key_of(pair.usual), key_of(pair.staging)
    assert usual.startswith("rw_test_") and staging.startswith("rw_staging_")
    assert status(pair.staging, "public", "/shop/v1/orders/1", {"x-api-key": usual}) == 401
    assert status(pair.usual, "public", "/shop/v1/orders/1", {"x-api-key": staging}) == 401


def test_a_key_copied_into_the_other_environments_data_works_there_neither(pair: Pair) -> None:
    key = key_of(pair.usual)
    here, there = (open_control(StateDirectory(each.state)) for each in (pair.usual, pair.staging))
    record = here.keys.find(key.split("_")[2])
    assert record is not None
    SqlCredentials(open_store(there.directory)).add(record)
    there.node.bring_up_to_date()
    here.close()
    there.close()
    assert status(pair.staging, "public", "/shop/v1/orders/1", {"x-api-key": key}) == 401
    explained = pair.staging.json("explain", "GET", "/shop/v1/orders/1", "--ring", "public", "--key", key)
    assert "is of another environment" in json.dumps(explained["steps"])


def test_a_service_token_works_in_its_own_environment_only(pair: Pair) -> None:
    token = pair.staging.json("identity", "token", "billing")["token"]
    header = {"x-internal-service-token": token}
    assert status(pair.staging, "internal", "/shop/v1/orders/export", header) == 200
    assert status(pair.usual, "internal", "/shop/v1/orders/export", header) == 401


def test_a_certificate_names_its_environment_and_works_in_no_other(pair: Pair, tmp_path: Path) -> None:
    issued = pair.staging.json("identity", "issue", "billing", "--out", str(tmp_path))
    certificate = (Path(issued["certificate_file"]), Path(issued["key_file"]))
    assert issued["spiffe_id"] == "spiffe://staging.acme.test/billing"
    assert status(pair.staging, "internal", "/shop/v1/orders/export", certificate=certificate) == 200
    assert status(pair.usual, "internal", "/shop/v1/orders/export", certificate=certificate) in (0, 401)


def test_limits_are_those_of_the_environment_and_explain_says_who_says_so(pair: Pair) -> None:
    words = ("explain", "GET", "/shop/v1/orders/1", "--ring", "public", "--key", key_of(pair.staging))
    explained = pair.staging.json(*words)
    said = {(row["kind"], row["name"], row["key"]): row["stated_at"] for row in explained["overridden"]}
    assert said == {
        ("ring", "public", "limits.per_minute"): "environments/staging.yaml:2:35",
        ("api", "orders", "upstream.url"): "environments/staging.yaml:5:15",
        ("plan", "free", "limits.per_minute"): "environments/staging.yaml:7:33",
        ("plan", "free", "limits.per_day"): "environments/staging.yaml:7:45",
    }
    assert explained["places"]["upstream"] == "environments/staging.yaml:5:15"
    text = pair.staging.run(*words).stdout
    assert "plan free: limits.per_minute is what environments/staging.yaml:7:33 says" in text
    assert pair.usual.json(*words[:-1], key_of(pair.usual))["overridden"] == []


def test_the_running_environment_takes_no_other(pair: Pair) -> None:
    """Without a word `apply` is for the environment that runs."""
    assert pair.staging.json("apply", str(pair.estate))["outcome"] == "unchanged"
    refused = pair.staging.run("apply", str(pair.estate), "--environment", "test")
    assert refused.returncode == 2 and "state-of-another-environment" in refused.stderr
    assert f'{pair.staging.state} belongs to the environment "staging"' in refused.stderr.replace("\n", " ")
    assert pair.staging.run("status").returncode == 0


def test_a_state_directory_belongs_to_one_environment(
    ringwork: Ringwork, estate: Path, upstream: Upstream
) -> None:
    write(estate / "environments/staging.yaml", STAGING.format(port=upstream.port))
    ringwork.up(estate)
    ringwork.end()
    published = (ringwork.state / "node/published/current").read_bytes()
    for words in (("up", str(estate), "--ports", "auto"), ("plan", str(estate))):
        refused = ringwork.run(*words, "--environment", "staging")
        assert refused.returncode == 2 and "state-of-another-environment" in refused.stderr
        assert "--environment test" in refused.stderr and "Traceback" not in refused.stderr
    renamed = (estate / "ringwork.yaml").read_text().replace("environment: test", "environment: staging")
    write(estate / "ringwork.yaml", renamed)
    refused = ringwork.run("up", str(estate), "--ports", "auto")
    assert refused.returncode == 2 and "state-of-another-environment" in refused.stderr
    assert (ringwork.state / "node/published/current").read_bytes() == published


def test_a_start_for_another_environment_leaves_the_gateway_that_serves_alone(
    ringwork: Ringwork, estate: Path, upstream: Upstream
) -> None:
    write(estate / "environments/staging.yaml", STAGING.format(port=upstream.port))
    ringwork.up(estate, "--environment", "staging")
    key = key_of(ringwork)
    ringwork.kill()
    for options in ((), ("--environment", "test")):
        refused = ringwork.run("up", str(estate), "--ports", "auto", *options)
        assert refused.returncode == 2 and "state-of-another-environment" in refused.stderr
    where = json.loads((ringwork.state / "node/status.json").read_text())
    assert str(ringwork.state) in command_line(where["pid"])
    assert ringwork.up(estate, "--environment", "staging")["gateway"]["pid"] == where["pid"]
    assert status(ringwork, "public", "/shop/v1/orders/1", {"x-api-key": key}) == 200


def test_a_plan_says_what_the_environment_decides(estate: Path, tmp_path: Path, say: Say) -> None:
    write(estate / "environments/staging.yaml", STAGING.format(port=9))
    answer = say("plan", estate, "--environment", "staging", "--state", tmp_path / "none")
    assert answer.code == 0
    assert "environments/staging.yaml:5:15 decides upstream.url of api orders" in answer.out
    markdown = say("plan", estate, "-e", "staging", "--state", tmp_path / "none", "--format", "markdown")
    assert "- environments/staging.yaml:5:15 decides upstream.url of api orders" in markdown.out


def test_two_environments_are_compared(estate: Path, tmp_path: Path, say: Say) -> None:
    write(estate / "environments/staging.yaml", STAGING.format(port=9))
    words = ("plan", estate, "--environment", "staging", "--against", "test", "--state", tmp_path / "none")
    found = say(*words, "--format", "json").json()
    assert (found["environment"], found["against"], found["operations"]) == ("staging", "test", [])
    changed = {(each["kind"], each["name"]) for each in found["settings"]}
    assert changed == {("ring", "public"), ("api", "orders"), ("plan", "free")}
    assert "Environment staging, compared with test:" in say(*words).out
    assert "no difference to test" in say(*words[:3], "test", *words[4:]).out
    unknown = say(*words[:5], "tst", *words[6:])
    assert unknown.code == 2 and "environment-unusable" in unknown.err


def test_an_unknown_environment_is_told_with_the_one_that_was_meant(
    estate: Path, tmp_path: Path, say: Say
) -> None:
    write(estate / "environments/staging.yaml", STAGING.format(port=9))
    answer = say("plan", estate, "--environment", "stagin", "--state", tmp_path / "none")
    assert answer.code == 2 and 'Did you mean "staging"?' in answer.out
