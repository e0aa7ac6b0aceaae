"""Requests per second on one core: `policy_vs_bare`, `policy_vs_envoy`, `policy_vs_nginx_lua`."""

from __future__ import annotations

from benchmarks.harness.load import load
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import Figures, interleaved, middle, ratios
from benchmarks.scenarios.stage import Stage

ROUNDS = 6
SECONDS = 5.0
WARM_UP_SECONDS = 1.0

PEERS = {
    "bare": ("policy_vs_bare", Must(">=", 0.85), "bare Pingora: our binary, empty wall"),
    "envoy": ("policy_vs_envoy", Must(">=", 1.6), "bare Envoy"),
    "nginx_lua": ("policy_vs_nginx_lua", Must(">=", 0.85), "nginx with key check and limit in Lua"),
}


def measure(stage: Stage) -> Figures:
    """Requests per second of every contender, by round."""
    for port in stage.ports.values():
        load(port, stage.requests, seconds=WARM_UP_SECONDS)
    return interleaved(
        tuple(stage.ports),
        ROUNDS,
        lambda name: load(stage.ports[name], stage.requests, seconds=SECONDS).requests_per_s,
    )


def results(figures: Figures) -> list[Result]:
    return [_against(figures, peer) for peer in PEERS]


def _against(figures: Figures, peer: str) -> Result:
    name, must, told = PEERS[peer]
    rounds = ratios(figures, "policy", peer)
    return Result(name, middle(rounds), "x", rounds, told, must)
