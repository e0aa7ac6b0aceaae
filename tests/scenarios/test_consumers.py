"""`ringwork account`, `ringwork application`: whoever is suspended is refused by the gateway until he is resumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.scenarios.test_key import status
from tests.support.running import Ringwork

PLANS = {"slow": 2, "fast": 600}


def made(ringwork: Ringwork, consumer: str, application: str = "default", *words: str) -> Any:
    named = ("--ring", "public", "--consumer", consumer, "--application", application)
    return ringwork.json("key", "create", *named, *words)


def found(ringwork: Ringwork, what: str, **of: str) -> Any:
    rows = ringwork.json(what, "list")
    (one,) = [each for each in rows if of.items() <= each.items()]
    return one


def test_no_key_of_a_suspended_account_is_accepted_until_it_is_resumed(running: Ringwork) -> None:
    keys = [made(running, "unpaid", name) for name in ("shop", "app", "app")]
    other = made(running, "paid")
    account = found(running, "account", name="unpaid")
    running.json("account", "suspend", account["id"], "--reason", "did not pay")
    assert [status(running, each["key"]) for each in (*keys, other)] == [401, 401, 401, 200]
    running.json("key", "revoke", keys[2]["id"])
    assert "did not pay" in running.run("account", "show", account["id"]).stdout
    refused = running.run("key", "create", "--ring", "public", "--consumer", "unpaid")
    assert refused.returncode == 2 and f"account resume {account['id']}" in refused.stderr
    running.json("account", "resume", account["id"])
    assert [status(running, each["key"]) for each in (*keys, other)] == [200, 200, 401, 200]


def test_one_application_is_suspended_and_the_others_go_on(running: Ringwork) -> None:
    shop, app = (made(running, "busy", name) for name in ("shop", "app"))
    running.json("application", "suspend", shop["application_id"], "--reason", "misbehaves")
    assert [status(running, each["key"]) for each in (shop, app)] == [401, 200]
    assert found(running, "application", name="shop", consumer="busy")["state"] == "suspended"
    running.json("application", "resume", shop["application_id"])
    assert status(running, shop["key"]) == 200


def test_a_partner_has_an_account_before_it_has_a_key(running: Ringwork) -> None:
    globex = found(running, "account", name="globex")
    assert (globex["kind"], globex["state"]) == ("partner", "active")
    running.json("account", "suspend", globex["id"], "--reason", "contract ended")
    refused = running.run("key", "create", "--partner", "globex")
    assert refused.returncode == 2 and "account-suspended" in refused.stderr
    running.json("account", "resume", globex["id"])
    assert status(running, running.json("key", "create", "--partner", "globex")["key"]) == 200


def test_what_is_suspended_stays_so_over_a_kill(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    key = made(ringwork, "dev")
    ringwork.json("application", "suspend", key["application_id"], "--reason", "x")
    ringwork.kill()
    ringwork.up(estate)
    assert status(ringwork, key["key"]) == 401
    ringwork.json("application", "resume", key["application_id"])
    assert status(ringwork, key["key"]) == 200


def test_another_plan_holds_at_the_next_call_and_what_was_used_stays_used(
    ringwork: Ringwork, estate: Path
) -> None:
    for plan, per_day in PLANS.items():
        limits = f"limits: {{ per_minute: 600, per_day: {per_day} }}"
        (estate / f"plans/{plan}.yaml").write_text(f"title: {plan}\n{limits}\n")
    ringwork.up(estate)
    key = made(ringwork, "dev", "shop", "--plan", "slow")

    def call() -> tuple[int, str]:
        done = ringwork.run("call", "orders", "GET", "/orders/42", "--key", key["key"], "--format", "json")
        answer = json.loads(done.stdout)
        return int(answer["status"]), dict(answer["headers"]).get("ratelimit", "")

    assert [call()[0] for _ in range(3)] == [200, 200, 429]
    ringwork.json("application", "change-plan", key["application_id"], "fast")
    code, left = call()
    assert code == 200 and f'"day";r={PLANS["fast"] - 3}' in left, "two were used before"
    ringwork.json("application", "change-plan", key["application_id"], "slow")
    assert call()[0] == 429
    neither = ringwork.run("application", "change-plan", key["application_id"])
    assert neither.returncode == 2 and "--none" in neither.stderr


def test_accounts_and_applications_are_made_with_their_purpose(running: Ringwork) -> None:
    dev = running.json("account", "create", "ada", "--contact", "ada@acme.test")
    shop = running.json("application", "create", dev["id"], "shop", "--purpose", "To sell.", "--plan", "free")
    assert made(running, "ada", "shop")["plan"] == "free"
    assert "To sell." in running.run("application", "show", shop["id"]).stdout
    again = running.run("account", "create", "ada")
    assert again.returncode == 2 and "account-exists" in again.stderr
