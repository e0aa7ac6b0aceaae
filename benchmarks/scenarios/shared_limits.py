"""Limits kept on a Redis server on the same machine against each gateway's own: `shared_limits_vs_local`."""

from __future__ import annotations

import shutil
from dataclasses import replace

from benchmarks.contenders.setting import Setting
from benchmarks.harness.intents import PREFIX
from benchmarks.harness.processes import LOAD_CORE, Program, free_port, running
from benchmarks.harness.results import Result
from benchmarks.harness.rounds import middle, ratios
from benchmarks.harness.traffic import traffic
from benchmarks.scenarios.contest import Entry, contest, requests_per_s
from ringwork.intent.model import SharedLimitsIntent

ROUNDS = 4
GATEWAYS = 3
# By one of them a call in five has to ask (a burst of 1,000); by as many as there are, nearly every first call.
KEYS = 100
NAME = "shared_limits_vs_local"


def measure(setting: Setting) -> Result:
    """The same hundred callers on both. The server has the load generator's core, and takes its part of that."""
    port = free_port()
    shared = SharedLimitsIntent("127.0.0.1", port, tls=False, database=0, gateways=GATEWAYS)
    busy = replace(setting, traffic=traffic(PREFIX, keys_in_use=KEYS))
    entries = {
        "local": Entry(busy.traffic),
        "shared": Entry(busy.traffic, shared_limits=shared),
    }
    with running(_server(port), setting.work), contest(busy, entries) as gateways:
        rounds = ratios(requests_per_s(gateways, ROUNDS), "shared", "local")
    return Result(NAME, middle(rounds), "x", rounds, "limits of its own")


def _server(port: int) -> Program:
    binary = shutil.which("valkey-server") or shutil.which("redis-server")
    if binary is None:
        raise RuntimeError("Debian's package `redis-server` is needed")
    command = (binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "")
    return Program("shared-limits", command, LOAD_CORE, port)
