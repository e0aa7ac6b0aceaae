"""The policy over TLS 1.3 with kept connections against bare nginx over the same: `tls_policy_vs_nginx`."""

from __future__ import annotations

from benchmarks.contenders.nginx_tls import nginx_tls
from benchmarks.contenders.setting import Setting
from benchmarks.harness.processes import running
from benchmarks.harness.results import Result
from benchmarks.harness.rounds import middle, ratios
from benchmarks.scenarios.contest import Entry, Running, contest, requests_per_s

ROUNDS = 4
NAME = "tls_policy_vs_nginx"


def measure(setting: Setting) -> Result:
    """The gateway as it is shipped: key, limit, match and log; nginx forwards everything and logs nothing."""
    nginx = nginx_tls(setting)
    with (
        contest(setting, {"policy": Entry(setting.traffic, tls=True)}) as ours,
        running(nginx, setting.work) as it,
    ):
        peer = Running(nginx.port, it.pid, ours["policy"].requests, tls=True)
        rounds = ratios(requests_per_s(ours | {"nginx": peer}, ROUNDS), "policy", "nginx")
    return Result(NAME, middle(rounds), "x", rounds, "bare nginx over TLS 1.3, connections kept")
