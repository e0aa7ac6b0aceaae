"""`ringwork identity`: certificates and tokens that open the internal ring, until they end."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

import httpx

from tests.support.running import Ringwork


def get(ringwork: Ringwork, *, certificates: Path | None = None, token: str | None = None) -> int:
    """Status of a call to the internal ring by any client."""
    ring = ringwork.endpoints()["rings"]["internal"]
    context = ssl.create_default_context(cafile=ring["ca_file"])
    if certificates is not None:
        context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    headers = {} if token is None else {"x-internal-service-token": token}
    return httpx.get(
        f"{ring['base_url']}/shop/v1/orders/export", headers=headers, verify=context, trust_env=False
    ).status_code


def test_a_certificate_opens_the_internal_ring_until_it_is_revoked(running: Ringwork, tmp_path: Path) -> None:
    issued = running.json("identity", "issue", "billing", "--out", str(tmp_path))
    assert issued["spiffe_id"] == "spiffe://acme.test/billing"
    assert get(running, certificates=tmp_path) == 200
    running.json("identity", "revoke", issued["handle"])
    assert get(running, certificates=tmp_path) == 401


def test_a_token_is_the_same_caller_until_it_is_revoked(running: Ringwork) -> None:
    issued = running.json("identity", "token", "billing")
    assert get(running, token=issued["token"]) == 200
    running.json("identity", "revoke", issued["handle"])
    assert get(running, token=issued["token"]) == 401


def test_without_either_nobody_gets_in(running: Ringwork) -> None:
    assert get(running) == 401
    assert get(running, token="let-me-in") == 401


def test_private_keys_are_written_for_their_owner_only(running: Ringwork, tmp_path: Path) -> None:
    running.json("identity", "issue", "billing", "--out", str(tmp_path / "new"))
    assert stat.S_IMODE((tmp_path / "new" / "key.pem").stat().st_mode) == 0o600


def test_what_was_written_to_files_is_not_printed_too(running: Ringwork, tmp_path: Path) -> None:
    for format_ in ("text", "json"):
        done = running.run("identity", "issue", "billing", "--out", str(tmp_path), "--format", format_)
        assert done.returncode == 0 and "PRIVATE" not in done.stdout


def test_the_list_names_what_was_issued_and_no_secret(running: Ringwork) -> None:
    token = running.json("identity", "token", "crm")
    done = running.run("identity", "list", "--format", "json")
    assert token["handle"] in done.stdout and token["token"] not in done.stdout


def test_a_folder_that_cannot_be_written_is_said_in_one_line(running: Ringwork, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    before = running.json("identity", "list")
    answer = running.run("identity", "issue", "orders", "--out", str(tmp_path / "file"))
    assert answer.returncode == 2
    assert running.json("identity", "list") == before, "what nobody got is not on record"
    assert "file-unusable" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_lifetimes_have_an_end(running: Ringwork) -> None:
    for words in (("issue", "billing", "--ttl", "31d"), ("token", "billing", "--ttl", "25h")):
        done = running.run("identity", *words)
        assert done.returncode == 2 and "lifetime-too-long" in done.stderr
