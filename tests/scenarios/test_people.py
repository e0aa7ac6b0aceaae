"""People operate a real control plane: they log in by the command, act as themselves, and lose access."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.identity_provider.provider import CLIENT, SECRET, IdentityProvider, Person
from tests.support.ports import free_port
from tests.support.running import PATIENCE_SECONDS, Ringwork, eventually

PASSWORD = "long enough, and nobody's"
PEOPLE = """
people:
  url: {url}
  provider:
    issuer: {issuer}
    client_id: {client}
    client_secret: env://RINGWORK_TEST_IDP
    scopes: [profile, groups, offline_access]
    ask_consent: true
  sessions: {{ recheck: 1s }}
"""
OPERATIONS = """
description: Operates the control plane.
permissions: [read, keys, identities, people, trust, revisions]
claims: { groups: [acme-platform] }
"""


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of whoever runs the commands."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("RINGWORK_TEST_IDP", SECRET)
    return tmp_path / "config"


@pytest.fixture
def admin() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def idp(admin: str) -> Iterator[IdentityProvider]:
    started = IdentityProvider(f"http://{admin}")
    started.person("alice", name="Alice", groups=["acme-platform"])
    yield started
    started.stop()


@pytest.fixture
def with_provider(estate: Path, admin: str, idp: IdentityProvider) -> Path:
    said = PEOPLE.format(url=f"http://{admin}", issuer=idp.issuer, client=CLIENT)
    file = estate / "ringwork.yaml"
    file.write_text(file.read_text() + said)
    group = estate / "groups/platform-operations.yaml"
    group.parent.mkdir()
    group.write_text(OPERATIONS)
    return estate


class Login:
    """`ringwork login`, that waits for a browser."""

    def __init__(self, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ringwork", "login", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200"},
        )
        self._told = ""

    def finds(self, pattern: str) -> str:
        """The first group of what it says on standard error."""
        assert self._process.stderr is not None
        while (found := re.search(pattern, self._told)) is None:
            line = self._process.stderr.readline()
            assert line, self._told
            self._told += line
        return found[1]

    def ends(self) -> tuple[int, str]:
        out, err = self._process.communicate(timeout=PATIENCE_SECONDS)
        return self._process.returncode, out + err


def logged_in(ringwork: Ringwork, person: Person) -> str:
    """By loopback; what the command says then."""
    login = Login("--print-url", "--state", str(ringwork.state))
    page = person.logs_in(login.finds(r"(http://\S+/login/authorize\S+)"))
    assert login.finds(r"code ([A-Z-]{9})") in page.text
    person.allows(page)
    code, said = login.ends()
    assert code == 0, said
    return said


def entries(ringwork: Ringwork) -> list[dict[str, Any]]:
    out = ringwork.state.parent / "ledger.jsonl"
    done = ringwork.run("ledger", "export", "--out", str(out))
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    return [each for each in lines if "seq" in each]


def test_the_first_operator_joins_logs_in_and_is_named_by_the_ledger(
    ringwork: Ringwork, estate: Path, configuration: Path
) -> None:
    ringwork.up(estate)
    eventually(lambda: "/join/" in ringwork.output())
    link = re.search(r"http://\S+/join/\S+", ringwork.output())
    assert link is not None
    alice = Person("alice", PASSWORD)
    alice.sends(alice.opens(link[0]), password=PASSWORD, again=PASSWORD)
    assert "You are alice, in platform-operations" in logged_in(ringwork, alice)
    file = configuration / "ringwork/sessions.json"
    assert file.stat().st_mode & 0o077 == file.parent.stat().st_mode & 0o077 == 0
    who = ringwork.json("whoami")
    assert ringwork.json("signing-key", "rotate")["outcome"] == "live"
    published = [each for each in entries(ringwork) if each["action"] == "revision.publish"][-1]
    assert published["actor"] == f"person:{who['person']}" and "alice" not in json.dumps(published)
    assert published["credential"] == f"session:{who['session']}"
    ringwork.end()
    ringwork.up(estate)  # another port, and the session is as good as before
    assert ringwork.json("whoami")["person"] == who["person"]
    assert "/join/" not in ringwork.output()
    assert ringwork.run("logout").returncode == 0
    assert ringwork.json("whoami")["credential"] == "owner"
    assert ringwork.json("session", "list", "--all")[0]["ended_because"] == "logged out"
    assert not json.loads(file.read_text())["sessions"]


def test_people_of_a_provider_lose_access_when_it_says_so(
    ringwork: Ringwork, with_provider: Path, admin: str, idp: IdentityProvider
) -> None:
    ringwork.up(with_provider, "--admin", admin)
    assert "Alice, in platform-operations" in logged_in(ringwork, Person("alice"))
    assert ringwork.json("people", "list")[0]["issuer"] == idp.issuer
    idp.gone("alice")
    eventually(lambda: ringwork.run("whoami").returncode == 2)
    refused = ringwork.run("whoami")
    assert "session-over" in refused.stderr and "ringwork login" in refused.stderr
    assert entries(ringwork)[-1]["action"] == "session.end"


def test_a_group_that_leaves_the_estate_leaves_with_the_revision(
    ringwork: Ringwork, with_provider: Path, admin: str
) -> None:
    ringwork.up(with_provider, "--admin", admin)
    logged_in(ringwork, Person("alice"))
    group = with_provider / "groups/platform-operations.yaml"
    group.write_text(OPERATIONS.replace("keys, ", ""))
    applied = ringwork.json("apply", str(with_provider))
    assert applied["outcome"] == "live"
    (change,) = [each for each in applied["plan"]["settings"] if each["kind"] == "group"]
    assert "keys" in change["values"]["permissions"]["before"]
    assert ringwork.json("apply", str(with_provider))["outcome"] == "unchanged"
    assert "keys" not in ringwork.json("whoami")["permissions"]
    (with_provider / "groups/platform-operations.yaml").rename(with_provider / "groups/others.yaml")
    (with_provider / "groups/others.yaml").write_text("description: Nobody.\n")
    assert ringwork.run("apply", str(with_provider)).returncode == 0
    refused = ringwork.run("apply", str(with_provider))
    assert "permission-missing" in refused.stderr or "in no group any more" in refused.stderr


def test_with_a_code_one_logs_in_from_a_machine_without_a_browser(
    ringwork: Ringwork, with_provider: Path, admin: str
) -> None:
    ringwork.up(with_provider, "--admin", admin)
    login = Login("--device", "--url", f"http://{admin}", "--format", "json")
    person, code = Person("alice"), login.finds(r"([A-Z]{4}-[A-Z]{4})")
    page = person.sends(person.opens(f"http://{admin}/login"), user_code=code.lower().replace("-", " "))
    page = person.logs_in(str(page.url)) if "<form" not in page.text else page
    while page.url.path != "/login/confirm":
        page = person.sends(page)
    person.allows(page)
    ended, said = login.ends()
    assert ended == 0, said
    assert '"name": "Alice"' in said
    # Where there is no state, commands go where one logged in last.
    done = subprocess.run(
        [sys.executable, "-m", "ringwork", "whoami", "--state", "/nonexistent", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["name"] == "Alice"


def test_a_session_outlives_a_kill_and_what_was_ended_before_it_stays_so(
    ringwork: Ringwork, with_provider: Path, admin: str
) -> None:
    ringwork.up(with_provider, "--admin", admin)
    logged_in(ringwork, Person("alice"))
    ci = ringwork.json("machine-token", "create", "ci", "--group", "platform-operations")
    ringwork.kill()
    ringwork.up(with_provider, "--admin", admin)
    who = ringwork.json("whoami")
    machine = {"authorization": f"Bearer {ci['token']}"}
    assert httpx.get(f"http://{admin}/whoami", headers=machine, trust_env=False).status_code == 200
    ringwork.json("session", "end", who["session"])
    ringwork.kill()
    ringwork.up(with_provider, "--admin", admin)
    assert "session-over" in ringwork.run("whoami").stderr


def test_ci_calls_with_a_token_and_a_url_alone(
    ringwork: Ringwork, estate: Path, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ringwork.up(estate, "--admin", admin)
    made = ringwork.json(
        "machine-token", "create", "ci-orders", "--group", "platform-operations", "--expires", "1d"
    )
    monkeypatch.setenv("RINGWORK_TOKEN", made["token"])
    monkeypatch.setenv("RINGWORK_URL", f"http://{admin}")
    assert ringwork.json("whoami")["actor"] == "machine:ci-orders"
    assert ringwork.json("apply", str(estate))["outcome"] == "unchanged"
    ringwork.json("machine-token", "revoke", made["id"])
    assert "token-invalid" in ringwork.run("whoami").stderr
    monkeypatch.setenv("RINGWORK_URL", "http://ringwork.acme.test")
    assert "url-unsafe" in ringwork.run("whoami").stderr


KEY_MAKING = """
description: Makes keys for partners.
permissions: [keys]
grants:
  longest: 2h
  approval: { groups: [platform-operations] }
"""
LOOKING = "description: Looks.\npermissions: [read]\n"
CREATE = {"ring": "public", "consumer": "dev", "plan": "free"}


def test_a_grant_is_asked_for_approved_used_and_over_after_a_kill_too(
    ringwork: Ringwork, estate: Path, configuration: Path
) -> None:
    lets_in = OPERATIONS.replace("claims: { groups: [acme-platform] }\n", "")
    for name, text in (("platform-operations", lets_in), ("key-making", KEY_MAKING), ("looking", LOOKING)):
        (estate / "groups").mkdir(exist_ok=True)
        (estate / f"groups/{name}.yaml").write_text(text)
    ringwork.up(estate)
    link = ringwork.json("people", "invite", "bob", "--group", "looking")["link"]
    bob = Person("bob", PASSWORD)
    bob.sends(bob.opens(link), password=PASSWORD, again=PASSWORD)
    logged_in(ringwork, bob)
    asked = ringwork.run("grant", "ask", "key-making", "--for", "2h", "--reason", "ticket 4711")
    assert asked.returncode == 0 and "1 of platform-operations have to approve" in asked.stdout
    (request,) = ringwork.json("approval", "list")
    refused = ringwork.run("approval", "approve", request["id"])
    assert refused.returncode == 2 and "approval-your-own" in refused.stderr
    owner = os.environ | {"RINGWORK_TOKEN": (ringwork.state / "admin.token").read_text()}
    approve = ["approval", "approve", request["id"], "--note", "seen", "--state", str(ringwork.state)]
    done = subprocess.run(
        [sys.executable, "-m", "ringwork", *approve], env=owner, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "is approved" in done.stdout, done.stderr
    assert ringwork.json("grant", "list", "--unused")[0]["group"] == "key-making"
    ringwork.end()
    ringwork.up(estate)
    said = ringwork.run("whoami").stdout
    assert "For now in key-making" in said and "ticket 4711" in said
    (session,) = json.loads((configuration / "ringwork/sessions.json").read_text())["sessions"]
    url = json.loads((ringwork.state / "endpoints.json").read_text())["admin"]["url"]
    bearer = {"authorization": f"Bearer {session['token']}"}
    made = httpx.post(f"{url}/keys", json=CREATE, headers=bearer, trust_env=False)
    assert made.status_code == 201, made.text
    assert ringwork.json("grant", "list", "--unused") == []
    assert "has ended" in ringwork.run("grant", "end", request["id"]).stdout
    assert "keys" not in ringwork.json("whoami")["permissions"]
    assert [each["action"] for each in entries(ringwork)][-3:] == [
        "approval.approve",
        "key.create",
        "grant.end",
    ]
