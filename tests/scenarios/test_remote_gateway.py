"""A gateway elsewhere: enrolled, in step, cut off, brought back, revoked. Real processes, real mTLS."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.load import Load
from tests.support.many_keys import stocked
from tests.support.remote import Elsewhere
from tests.support.running import Ringwork, eventually

NODES = ("--nodes", "127.0.0.1:0")


@pytest.fixture
def control(ringwork: Ringwork, estate: Path) -> Ringwork:
    ringwork.up(estate, *NODES)
    return ringwork


@pytest.fixture
def edge(control: Ringwork, tmp_path: Path) -> Iterator[Elsewhere]:
    """Not enrolled yet."""
    elsewhere = Elsewhere(control, tmp_path / "edge")
    yield elsewhere
    elsewhere.clean_up()


def key_for(control: Ringwork, *whom: str) -> dict[str, str]:
    """A public key, or one as `whom` says."""
    created: dict[str, str] = control.json(
        "key", "create", *(whom or ("--ring", "public", "--consumer", "dev"))
    )
    return created


def everything_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_an_enrolled_gateway_serves_and_a_revocation_reaches_it(control: Ringwork, edge: Elsewhere) -> None:
    key = key_for(control)
    edge.serve("public")
    assert edge.call("/shop/v1/orders/7", key["key"]).status_code == 200
    late = key_for(control)
    eventually(lambda: edge.call("/shop/v1/orders/7", late["key"]).status_code == 200)
    control.json("key", "revoke", key["id"])
    eventually(lambda: edge.call("/shop/v1/orders/7", key["key"]).status_code == 401)
    assert edge.call("/shop/v1/orders/7", late["key"]).status_code == 200


def test_a_gateway_that_begins_with_very_many_keys_is_told_those_that_hold(
    ringwork: Ringwork, estate: Path, tmp_path: Path
) -> None:
    """More than one answer to what is news would hold (`protocol.MAX_CHANGES`)."""
    key = stocked(ringwork.state / "control", 10_500)
    ringwork.up(estate, *NODES)
    gone = key_for(ringwork)
    ringwork.json("key", "revoke", gone["id"])
    edge = Elsewhere(ringwork, tmp_path / "edge")
    try:
        edge.serve("public")
        assert edge.call("/shop/v1/orders/7", key.secret).status_code == 200
        assert edge.call("/shop/v1/orders/7", gone["key"]).status_code == 401
        assert edge.learns_of_a_key()
        ringwork.json("key", "revoke", key.id)
        eventually(lambda: edge.call("/shop/v1/orders/7", key.secret).status_code == 401)
    finally:
        edge.clean_up()


def test_who_calls_elsewhere_used_a_key_and_who_is_suspended_stops(
    control: Ringwork, edge: Elsewhere
) -> None:
    key = key_for(control, "--ring", "public", "--consumer", "roams")
    edge.serve("public")

    def answers(status: int) -> bool:
        return edge.call("/shop/v1/orders/7", key["key"]).status_code == status

    def used() -> bool:
        (found,) = [each for each in control.json("key", "list") if each["consumer"] == "roams"]
        return found["used_at"] is not None

    eventually(lambda: answers(200))
    eventually(used)
    (account,) = [each for each in control.json("account", "list") if each["name"] == "roams"]
    control.json("account", "suspend", account["id"], "--reason", "x")
    eventually(lambda: answers(401))
    control.json("account", "resume", account["id"])
    eventually(lambda: answers(200))


def test_a_node_holds_the_data_of_its_rings_only(control: Ringwork, edge: Elsewhere) -> None:
    public, partner = key_for(control), key_for(control, "--partner", "globex")
    certificate = control.json("identity", "issue", "orders")
    control.json("identity", "revoke", certificate["handle"])
    edge.serve("public")
    eventually(lambda: edge.call("/shop/v1/orders/7", public["key"]).status_code == 200)
    held = everything_under(edge.state)
    for secret_of_others in (partner["id"], "globex", certificate["handle"], "partner.acme.test"):
        assert secret_of_others.encode() not in held
    assert public["id"].encode() in held
    (manifest,) = (edge.state / "node/published/manifests").iterdir()
    named = json.loads(dump(edge.state / "node"))
    assert list(named["rings"]) == ["public"], manifest


def dump(node: Path) -> str:
    from ringwork.bundle.publish import Publication
    from ringwork.bundle.signing import manifest_payload

    publication = Publication(node / "published")
    current = publication.current()
    assert current is not None
    return json.dumps(manifest_payload(publication.manifest(current.manifest)))


def test_what_is_private_on_a_node_is_readable_by_its_owner_only(edge: Elsewhere) -> None:
    edge.serve("public")
    private = [edge.state / "enrolment/key.pem", edge.state / "node/tls/public/key.pem"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_an_apply_reaches_the_node_and_its_acknowledgement_comes_back(
    control: Ringwork, edge: Elsewhere, estate: Path
) -> None:
    edge.serve("public")
    (estate / "plans/gold.yaml").write_text("title: Gold\nlimits: { per_minute: 600, per_day: 9000 }\n")
    assert control.json("apply", str(estate))["revision"] == 2
    edge.await_revision(2)
    eventually(lambda: edge.told()["revision"] == 2)
    told = edge.told()
    assert (
        told["rings"] == ["public"]
        and told["problems"] == []
        and told["pins"]["public"].startswith("sha256//")
    )
    assert control.run("status").returncode == 0


def test_cut_off_it_serves_on_and_starts_without_the_control_plane(
    control: Ringwork, edge: Elsewhere, estate: Path
) -> None:
    key = key_for(control)
    edge.serve("public")
    control.end()
    assert edge.call("/shop/v1/orders/7", key["key"]).status_code == 200
    edge.end()
    edge.start()
    edge.await_revision(1)
    assert edge.call("/shop/v1/orders/7", key["key"]).status_code == 200
    assert "control-unreachable" in edge.output()


def test_brought_back_it_catches_up(control: Ringwork, edge: Elsewhere, estate: Path) -> None:
    key, lasting = key_for(control), key_for(control)
    edge.serve("public")
    address = control.endpoints()["nodes"]
    control.end()
    assert control.run("key", "revoke", key["id"]).returncode == 0
    assert edge.call("/shop/v1/orders/7", key["key"]).status_code == 200, "nobody could tell it yet"
    (estate / "plans/gold.yaml").write_text("title: Gold\nlimits: { per_minute: 600, per_day: 9000 }\n")
    control.up(estate, "--nodes", address)
    edge.await_revision(2)
    eventually(lambda: edge.call("/shop/v1/orders/7", key["key"]).status_code == 401)
    assert edge.call("/shop/v1/orders/7", lasting["key"]).status_code == 200


def test_a_token_enrols_once_and_another_replaces_it(edge: Elsewhere, tmp_path: Path) -> None:
    replaced, token = edge.invite("public"), edge.invite("public")
    edge.start(token=replaced)
    assert edge.wait() == 2
    assert "enrolment-void" in edge.output()
    edge.start(token=token)
    edge.await_revision(1)
    edge.end()
    thief = Elsewhere(edge.control, tmp_path / "thief")
    thief.start(token=token)
    assert thief.wait() == 2
    assert "enrolment-void" in thief.output()
    assert not (thief.state / "enrolment/membership.json").exists()


def test_started_again_with_the_token_that_enrolled_it_goes_on(edge: Elsewhere) -> None:
    """As a container does, whose environment stays."""
    token = edge.invite("public")
    edge.start(token=token)
    edge.await_revision(1)
    edge.end()
    edge.start(token=token)
    edge.await_revision(1)
    eventually(lambda: edge.told()["problems"] == [])


def test_an_expired_token_enrols_nobody(edge: Elsewhere) -> None:
    token = edge.invite("public", expires="1s")
    time.sleep(1.1)
    edge.start(token=token)
    assert edge.wait() == 2 and "enrolment-void" in edge.output()


def test_a_token_is_not_sent_to_another_control_plane(edge: Elsewhere, tmp_path: Path, estate: Path) -> None:
    other = Ringwork(tmp_path / "other")
    try:
        address = other.up(estate, *NODES)["nodes"]
        edge.start(token=edge.invite("public"), control=f"https://{address}")
        assert edge.wait() == 2
        assert "control-foreign" in edge.output()
    finally:
        other.clean_up()


def test_secrets_of_tokens_are_stored_hashed(edge: Elsewhere) -> None:
    from ringwork.control.enrolment_token import read_token

    secret = read_token(edge.invite("public")).secret
    assert secret.encode() not in everything_under(edge.control.state)


def test_a_revoked_gateway_ends_and_does_not_start_again(edge: Elsewhere) -> None:
    edge.serve("public")
    assert edge.control.run("gateway", "revoke", edge.name).returncode == 0
    assert edge.wait() == 2
    status = edge.status()
    assert status is not None
    with pytest.raises(ProcessLookupError):
        os.kill(status["pid"], 0)
    edge.start()
    assert edge.wait() == 2
    assert "node-revoked" in edge.output()
    assert edge.told()["revoked_at"] is not None and edge.told()["problems"] == []


def test_enrolled_anew_for_other_rings_it_begins_from_nothing(control: Ringwork, edge: Elsewhere) -> None:
    partner = key_for(control, "--partner", "globex")
    edge.serve("public", "partner")
    assert partner["id"].encode() in everything_under(edge.state / "node/identity")
    edge.end()
    edge.start(token=edge.invite("public"))
    eventually(lambda: edge.told()["rings"] == ["public"] and edge.told()["revision"] == 1)
    assert partner["id"].encode() not in everything_under(edge.state)


def test_the_supervisor_killed_its_gateway_is_adopted(control: Ringwork, edge: Elsewhere) -> None:
    key = key_for(control)
    edge.serve("public")
    before = edge.status()
    edge.kill()
    assert edge.call("/shop/v1/orders/7", key["key"]).status_code == 200
    edge.start()
    eventually(lambda: "adopted" in edge.output())
    assert edge.status() == before
    assert before is not None
    os.kill(before["pid"], signal.SIGKILL)
    eventually(lambda: edge.status() != before)
    edge.await_revision(1)
    assert edge.call("/shop/v1/orders/7", key["key"]).status_code == 200


def test_what_was_damaged_on_the_node_is_fetched_anew(edge: Elsewhere) -> None:
    edge.serve("public")
    edge.end()
    for damaged in (edge.state / "node/published/objects").iterdir():
        damaged.write_bytes(damaged.read_bytes()[:20])
    edge.start()
    edge.await_revision(1)  # what the control plane heard last may be of before
    eventually(lambda: edge.told()["problems"] == [] and edge.told()["running"])
    assert edge.call("/shop/v1/orders/7").status_code == 401


def test_who_shows_no_certificate_gets_nothing(edge: Elsewhere) -> None:
    import httpx

    with httpx.Client(verify=False, trust_env=False) as stranger:
        for path in ("/v1/sync", "/v1/objects", "/v1/certificates", "/v1/report"):
            assert stranger.post(edge.url() + path, json={}).status_code == 401
        assert stranger.get(f"{edge.url()}/v1/manifests/{'0' * 64}").status_code == 401
        assert stranger.get(f"{edge.url()}/status").status_code == 401
        assert stranger.get(f"{edge.url()}/v1/ca").status_code == 200


def test_without_nodes_there_is_no_listener_for_them(running: Ringwork) -> None:
    assert running.endpoints()["nodes"] is None


def test_a_control_plane_restored_from_an_old_backup_goes_on_above_what_gateways_had(
    control: Ringwork, edge: Elsewhere, estate: Path, tmp_path: Path
) -> None:
    """On a new machine, where nothing is left but the backup."""
    edge.serve("public")
    key = key_for(control)
    address = control.endpoints()["nodes"]
    control.end()
    backup = tmp_path / "backup"
    shutil.copytree(control.state / "control", backup)
    control.up(estate, "--nodes", address)
    for per_minute in (600, 700, 800):
        (estate / "plans/gold.yaml").write_text(f"title: Gold\nlimits: {{ per_minute: {per_minute} }}\n")
        control.json("apply", str(estate))
    edge.await_revision(4)
    control.end()
    shutil.rmtree(control.state)
    shutil.copytree(backup, control.state / "control")
    with Load(
        f"https://localhost:{edge.ports['public']}/shop/v1/orders/7", backup / "ca-outer.pem", key["key"]
    ) as load:
        assert control.up(estate, "--nodes", address)["gateway"]["revision"] == 2
        eventually(lambda: (edge.revision() or 0) > 4)
        eventually(lambda: edge.told()["problems"] == [])
        seen = load.answered
        eventually(lambda: load.answered > seen + 20)
    assert load.failures == []
    assert control.json("status")["gateway"]["revision"] == edge.revision()
    (estate / "plans/gold.yaml").unlink()
    assert control.json("apply", str(estate))["outcome"] == "live"
    eventually(lambda: edge.revision() == control.json("status")["published"])
