"""Commands on a machine that has no state directory: the control plane does what they ask, as whoever has the token."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.estates import write
from tests.support.running import Ringwork


@pytest.fixture
def elsewhere(ringwork: Ringwork, estate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ringwork:
    write(
        estate / "groups/readers.yaml",
        "description: Reads.\npermissions: [read]\nclaims: {groups: [readers]}\n",
    )
    admin = ringwork.up(estate)["admin"]
    monkeypatch.setenv("RINGWORK_URL", admin["url"])
    monkeypatch.setenv("RINGWORK_TOKEN", Path(admin["token_file"]).read_text())
    return Ringwork(tmp_path / "nothing-here")


def test_services_secrets_and_gateways_are_looked_after_from_there(
    elsewhere: Ringwork, tmp_path: Path
) -> None:
    token = elsewhere.json("identity", "token", "billing")
    elsewhere.json("identity", "issue", "billing", "--out", str(tmp_path / "pems"))
    assert {path.name for path in (tmp_path / "pems").iterdir()} == {"cert.pem", "key.pem", "ca.pem"}
    assert elsewhere.json("identity", "revoke", token["handle"])["revoked_at"] is not None
    assert len(elsewhere.json("identity", "list")) == 2

    assert elsewhere.run("secret", "set", "stock/token", given="s3cr3t\n").returncode == 0
    assert [each["name"] for each in elsewhere.json("secret", "list")] == ["stock/token"]
    assert elsewhere.run("secret", "rm", "secret://stock/token").returncode == 0
    gone = elsewhere.run("secret", "rm", "stock/token")
    assert gone.returncode == 2 and "secret-unknown" in gone.stderr

    invited = elsewhere.json(
        "gateway", "enrol", "edge-1", "--ring", "public", "--listen", "public=127.0.0.1:8443"
    )
    assert invited["token"].startswith("rwn_")
    assert elsewhere.json("gateway", "list") == []
    assert [each["revision"] for each in elsewhere.json("revisions")] == [1]
    assert not elsewhere.state.exists()


def test_who_lacks_the_permission_changes_nothing(
    elsewhere: Ringwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = elsewhere.json("machine-token", "create", "reader", "--group", "readers")
    monkeypatch.setenv("RINGWORK_TOKEN", made["token"])
    for words in (("secret", "set", "stock"), ("gateway", "enrol", "edge-1", "--ring", "public")):
        refused = elsewhere.run(*words, given="s3cr3t")
        assert refused.returncode == 2 and "permission-missing" in refused.stderr
        assert "s3cr3t" not in refused.stdout + refused.stderr
    assert elsewhere.json("secret", "list") == elsewhere.json("gateway", "list") == []
    assert not elsewhere.state.exists()


def test_where_none_runs_the_store_answers_and_what_needs_a_control_plane_says_so(
    ringwork: Ringwork, estate: Path
) -> None:
    ringwork.up(estate)
    ringwork.end()
    assert ringwork.run("secret", "set", "stock/token", given="s3cr3t").returncode == 0
    assert [each["name"] for each in ringwork.json("secret", "list")] == ["stock/token"]
    assert ringwork.json("gateway", "enrol", "edge-1", "--ring", "public")["token"].startswith("rwn_")
    assert [each["revision"] for each in ringwork.json("revisions")] == [1]
    refused = ringwork.run("rollback", "1")
    assert refused.returncode == 2 and "not-running" in refused.stderr
