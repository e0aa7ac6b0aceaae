"""The system's time is set back and forth under a control plane and its gateway: both go on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx

from tests.scenarios.test_identity import get
from tests.support.load import Load
from tests.support.running import Ringwork, eventually
from tests.support.stepped_clock import SteppedClock, clock

__all__ = ["clock"]

HOUR = timedelta(hours=1)


def test_everything_goes_on_when_the_time_is_set_by_hours(
    clock: SteppedClock, ringwork: Ringwork, estate: Path
) -> None:
    (estate / "plans/free.yaml").write_text("title: Free\nlimits: { per_minute: 600000, per_day: 9000000 }\n")
    public = ringwork.up(estate)["rings"]["public"]
    key = ringwork.json("key", "create", "--ring", "public", "--consumer", "dev", "--plan", "free")["key"]
    with Load(f"{public['base_url']}/shop/v1/orders/7", Path(public["ca_file"]), key) as load:
        for revision, ahead in enumerate((5, -5, 0), start=2):
            clock.set(ahead * HOUR)
            gold = f"title: Gold\nlimits: {{ per_minute: {600 + revision} }}\n"
            (estate / "plans/gold.yaml").write_text(gold)
            applied = ringwork.json("apply", str(estate))
            assert (applied["outcome"], applied["revision"]) == ("live", revision)
            seen = load.answered
            eventually(lambda seen=seen: load.answered > seen + 10)  # type: ignore[misc]
        assert ringwork.run("status").returncode == 0
    assert load.failures == []


def test_what_was_revoked_stays_so_and_certificates_are_of_this_time(
    clock: SteppedClock, ringwork: Ringwork, estate: Path, tmp_path: Path
) -> None:
    """A month ahead listeners' certificates are renewed; back again they would begin in a month."""
    ring = ringwork.up(estate)["rings"]["internal"]
    revoked = ringwork.json("identity", "issue", "billing", "--out", str(tmp_path / "revoked"))
    ringwork.json("identity", "revoke", revoked["handle"])
    before = certificate(ringwork)
    clock.set(timedelta(days=25))
    eventually(lambda: certificate(ringwork) != before)
    of_next_month = certificate(ringwork)
    clock.set(timedelta())
    eventually(lambda: certificate(ringwork) != of_next_month)
    ringwork.json("identity", "issue", "billing", "--out", str(tmp_path / "good"))
    eventually(lambda: answers(ringwork, tmp_path / "good"))
    assert get(ringwork, certificates=tmp_path / "revoked") == 401
    assert ringwork.endpoints()["rings"]["internal"]["pin"] == ring["pin"]


def certificate(ringwork: Ringwork) -> bytes:
    return (ringwork.state / "node/tls/internal/cert.pem").read_bytes()


def answers(ringwork: Ringwork, certificates: Path) -> bool:
    """The listener shows a reissued certificate within a second."""
    try:
        return get(ringwork, certificates=certificates) == 200
    except httpx.ConnectError:
        return False
