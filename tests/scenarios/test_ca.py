"""`ringwork ca`: another CA takes the place of one while everything serves, here and on a gateway elsewhere."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.load import Load
from tests.support.remote import Elsewhere
from tests.support.running import Ringwork, eventually
from tests.support.service import Service

PATH = "/shop/v1/orders/export"
# Long enough for a service to renew its certificate under load; every step is waited for.
OVERLAP = "12s"


@pytest.fixture
def edge(ringwork: Ringwork, estate: Path, tmp_path: Path) -> Iterator[Elsewhere]:
    """A gateway elsewhere that serves the internal ring."""
    ringwork.up(estate, "--nodes", "127.0.0.1:0")
    elsewhere = Elsewhere(ringwork, tmp_path / "edge")
    elsewhere.serve("internal", "public")
    yield elsewhere
    elsewhere.clean_up()


def parts(ringwork: Ringwork, name: str) -> list[str]:
    return [each["part"] for each in ringwork.json("ca", "list") if each["ca"] == name]


def waits_for(ringwork: Ringwork, name: str) -> list[str]:
    """Gateways the prepared one waits for."""
    prepared = [
        each for each in ringwork.json("ca", "list") if (each["ca"], each["part"]) == (name, "prepared")
    ]
    return [gateway for each in prepared for gateway in each["waits_for"]]


def fingerprint(ringwork: Ringwork, name: str) -> str:
    """Of the one that issues."""
    return next(str(each["fingerprint"]) for each in ringwork.json("ca", "list") if each["ca"] == name)


class Session:
    """A connection of a service with its certificate, and the TLS session to resume it."""

    def __init__(self, service: Service, url: str, certificate: Path | None = None) -> None:
        self._address = urlsplit(url)
        self._context = service.context(certificate)
        self._session: ssl.SSLSession | None = None

    def call(self) -> int:
        """Over a new connection, resumed when there was one before."""
        host, port = self._address.hostname or "", self._address.port or 0
        with (
            socket.create_connection((host, port)) as raw,
            self._context.wrap_socket(raw, server_hostname=host, session=self._session) as tls,
        ):
            assert tls.session_reused == (self._session is not None)
            connection = http.client.HTTPConnection(host, port)
            connection.sock = tls
            connection.request("GET", self._address.path)
            status = connection.getresponse().status
            self._session = tls.session
        return status


def test_services_that_follow_call_through_a_whole_rotation(
    ringwork: Ringwork, edge: Elsewhere, tmp_path: Path
) -> None:
    here = f"{ringwork.endpoints()['rings']['internal']['base_url']}{PATH}"
    there = f"https://localhost:{edge.ports['internal']}{PATH}"
    before = fingerprint(ringwork, "internal")
    with Service(ringwork, tmp_path, here, there) as service:
        service.goes_on()
        stale = Path(shutil.copy2(service.certificate, tmp_path / "stale.pem"))
        begun = ringwork.json("ca", "rotate", "internal", "--lead", "1s", "--overlap", OVERLAP)
        assert begun["revision"] == 2
        eventually(lambda: parts(ringwork, "internal") == ["issuing", "previous"])
        assert Session(service, here, stale).call() == 200, "the one before is trusted still"
        service.goes_on()
        eventually(lambda: parts(ringwork, "internal") == ["issuing"])
        edge.await_revision(3)
        service.goes_on()
    assert service.failures == []
    assert fingerprint(ringwork, "internal") != before
    assert ringwork.json("status")["gateway"]["revision"] == 3
    assert Session(service, here, stale).call() == 401, "who did not renew has ended with the one before"


def test_the_prepared_one_issues_nothing_until_every_gateway_trusts_it(
    ringwork: Ringwork, edge: Elsewhere
) -> None:
    edge.end()
    ringwork.json("ca", "rotate", "internal", "--lead", "1s", "--overlap", "1s")
    eventually(lambda: waits_for(ringwork, "internal") == [edge.name])
    assert parts(ringwork, "internal") == ["issuing", "prepared"]
    edge.start()
    edge.await_revision(2)
    eventually(lambda: parts(ringwork, "internal") == ["issuing"])


def test_gateways_elsewhere_follow_the_ca_they_know_the_control_plane_by(
    ringwork: Ringwork, edge: Elsewhere, tmp_path: Path
) -> None:
    before, shown = fingerprint(ringwork, "nodes"), edge.certificate()
    other = Elsewhere(ringwork, tmp_path / "late", name="late")
    token = other.invite("public")
    ringwork.json("ca", "rotate", "nodes", "--lead", "1s", "--overlap", "5s")
    eventually(lambda: parts(ringwork, "nodes") == ["issuing", "previous"])
    assert fingerprint(ringwork, "nodes") != before
    eventually(lambda: edge.certificate() != shown)
    eventually(lambda: parts(ringwork, "nodes") == ["issuing"])
    assert edge.learns_of_a_key(), "in step by the new CA alone"

    other.start(token=token)
    assert other.wait() == 2 and "get another token" in other.output()
    other.serve("public")
    assert other.learns_of_a_key()
    other.clean_up()


def test_a_gateway_that_is_away_is_waited_for_and_one_that_is_revoked_is_not(
    ringwork: Ringwork, edge: Elsewhere
) -> None:
    edge.end()
    ringwork.json("ca", "rotate", "nodes", "--lead", "1s", "--overlap", "1s")
    eventually(lambda: waits_for(ringwork, "nodes") == [edge.name])
    assert ringwork.run("gateway", "revoke", edge.name).returncode == 0
    eventually(lambda: parts(ringwork, "nodes") == ["issuing"])


def test_at_once_no_gateway_elsewhere_is_known_any_more_and_each_serves_on(
    ringwork: Ringwork, edge: Elsewhere
) -> None:
    ringwork.json("ca", "rotate", "nodes", "--at-once")
    assert parts(ringwork, "nodes") == ["issuing"]
    eventually(
        lambda: "certificate" in edge.output()
    )  # neither a kept nor a new connection is worth anything
    assert edge.call("/shop/v1/orders/7").status_code == 401, "it serves: who shows no key is told so"
    edge.end()
    edge.serve("internal", "public")
    assert edge.learns_of_a_key()


def test_the_outer_ca_is_replaced_under_callers_who_read_its_file_again(
    ringwork: Ringwork, estate: Path
) -> None:
    (estate / "plans/free.yaml").write_text("title: Free\nlimits: { per_minute: 600000, per_day: 9000000 }\n")
    public = ringwork.up(estate)["rings"]["public"]
    key = ringwork.json("key", "create", "--ring", "public", "--consumer", "dev", "--plan", "free")["key"]
    ca_file, url = Path(public["ca_file"]), f"{public['base_url']}/shop/v1/orders/7"
    ringwork.json("ca", "rotate", "outer", "--lead", "1s", "--overlap", "2s")
    with Load(url, ca_file, key) as load:  # read the file again a moment ago: it holds both
        eventually(lambda: parts(ringwork, "outer") == ["issuing"])
        seen = load.answered
        eventually(lambda: load.answered > seen + 20)
    assert load.failures == []
    with Load(url, ca_file, key) as load:
        eventually(lambda: load.answered > 20)
    assert load.failures == []
    assert ringwork.endpoints()["rings"]["public"]["pin"] == public["pin"], "the listener keeps its key"


def test_at_once_nothing_of_the_one_before_is_trusted(
    ringwork: Ringwork, estate: Path, tmp_path: Path
) -> None:
    here = f"{ringwork.up(estate)['rings']['internal']['base_url']}{PATH}"
    service = Service(ringwork, tmp_path, here)
    service.renew()
    stale = Session(service, here)
    assert stale.call() == 200
    assert ringwork.json("ca", "rotate", "internal", "--at-once")["outcome"] == "live"
    assert parts(ringwork, "internal") == ["issuing"]
    assert stale.call() == 401, "a resumed session is judged by the trust there is now"
    service.renew()
    eventually(lambda: _answers(service, here))


def _answers(service: Service, url: str) -> bool:
    """The listener's certificate is read again within a second."""
    try:
        return Session(service, url).call() == 200
    except ssl.SSLCertVerificationError:
        return False


def test_going_back_to_an_earlier_revision_does_not_bring_back_a_ca(
    ringwork: Ringwork, estate: Path, tmp_path: Path
) -> None:
    here = f"{ringwork.up(estate)['rings']['internal']['base_url']}{PATH}"
    service = Service(ringwork, tmp_path, here)
    service.renew()
    stale = Session(service, here)
    assert stale.call() == 200
    ringwork.json("ca", "rotate", "internal", "--at-once")
    assert ringwork.json("rollback", "1")["outcome"] == "live"
    assert stale.call() == 401
    service.renew()
    eventually(lambda: _answers(service, here))


def test_an_unchanged_estate_is_no_new_revision_after_a_rotation(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    assert ringwork.json("ca", "rotate", "internal", "--at-once")["revision"] == 2
    assert ringwork.json("apply", str(estate))["outcome"] == "unchanged"


def test_a_rotation_goes_on_after_a_restart(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    ringwork.json("ca", "rotate", "internal", "--lead", "1s", "--overlap", "1s")
    ringwork.kill()
    ringwork.up(estate)
    eventually(lambda: parts(ringwork, "internal") == ["issuing"])


def test_a_ca_that_is_not_there_and_a_second_rotation_are_refused(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    assert ringwork.run("ca", "rotate", "mesh").returncode == 1
    ringwork.json("ca", "rotate", "outer")
    again = ringwork.run("ca", "rotate", "outer")
    assert again.returncode == 2 and "ca-rotating" in again.stderr
