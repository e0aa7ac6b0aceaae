"""A million keys and two gateways: how soon a revocation holds on both, `revocation_ms_p99`; how long a gateway that
knows nothing takes to be one of them, `snapshot_1m_keys_s`; and the admin API meanwhile, `admin_api_ms_p99`.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders.setting import Setting
from benchmarks.contenders.upstream import upstream
from benchmarks.harness.elsewhere import await_status, elsewhere
from benchmarks.harness.plane import Plane, up
from benchmarks.harness.probe import PROBE, begin_probed_estate, lock
from benchmarks.harness.processes import running
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle
from benchmarks.harness.steady import SteadyLoad
from benchmarks.harness.traffic import request
from tests.support.many_keys import stocked

KEYS = 1_000_000
REVOKED = 300
SNAPSHOTS = 3


@dataclass(frozen=True)
class Revoked:
    """From asking until both gateways refuse, and until the admin API answered; milliseconds each."""

    live_ms: tuple[float, ...]
    answered_ms: tuple[float, ...]


def measure(setting: Setting, ringwork: Path) -> list[Result]:
    folder = setting.work / "identities"
    folder.mkdir()
    estate, state = folder / "estate", folder / "state"
    begin_probed_estate(estate, setting.upstream_port)
    lock(estate)
    known = request(PROBE, stocked(state / "control", KEYS).secret)
    with (
        running(upstream(setting), setting.work),
        up(ringwork, estate, state, "--nodes", "127.0.0.1:0") as plane,
    ):
        await_status(plane.public_port, known, 200)
        snapshots = tuple(
            _snapshot_s(ringwork, plane, state, folder / f"new-{turn}", known) for turn in range(SNAPSHOTS)
        )
        with elsewhere(ringwork, plane, state, folder / "second", known) as port:
            found = _revoked(plane, (plane.public_port, port))
    return [
        Result(
            "revocation_ms_p99",
            _p99(found.live_ms),
            "ms",
            found.live_ms,
            "1,000,000 keys, two gateways",
            Must("<=", 200),
        ),
        Result(
            "snapshot_1m_keys_s",
            middle(snapshots),
            "s",
            snapshots,
            "a gateway that knew nothing",
            Must("<=", 20),
        ),
        Result(
            "admin_api_ms_p99",
            _p99(found.answered_ms),
            "ms",
            found.answered_ms,
            "a revocation under load",
            None,
        ),
    ]


def _snapshot_s(ringwork: Path, plane: Plane, control: Path, state: Path, known: bytes) -> float:
    """From enrolling to the first call it answers."""
    began = time.perf_counter()
    with elsewhere(ringwork, plane, control, state, known):
        return time.perf_counter() - began


def _revoked(plane: Plane, ports: tuple[int, int]) -> Revoked:
    live: list[float] = []
    answered: list[float] = []
    with (
        SteadyLoad(plane.public_port, request(PROBE, plane.key())),
        ThreadPoolExecutor(len(ports)) as pool,
    ):
        for _ in range(REVOKED):
            key = plane.new_key()
            call = request(PROBE, key["key"])
            for port in ports:
                await_status(port, call, 200)
            began = time.perf_counter()
            ends = [pool.submit(await_status, port, call, 401) for port in ports]
            plane.revoke(key["id"])
            answered.append((time.perf_counter() - began) * 1e3)
            live.append((max(end.result() for end in ends) - began) * 1e3)
    return Revoked(tuple(live), tuple(answered))


def _p99(figures: tuple[float, ...]) -> float:
    return sorted(figures)[len(figures) * 99 // 100]
