"""Requests per second on one core: `policy_vs_bare`, `policy_vs_envoy`, `policy_vs_nginx_lua`."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.harness.cpu import cpu_s
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


@dataclass(frozen=True)
class Throughput:
    """By contender and round. `cpu_us` is processor time of the contender per request."""

    requests_per_s: Figures
    cpu_us: Figures


def measure(stage: Stage, *, rounds: int = ROUNDS, seconds: float = SECONDS) -> Throughput:
    """Every contender in every round."""
    for port in stage.ports.values():
        load(port, stage.requests, seconds=WARM_UP_SECONDS)
    figures = interleaved(tuple(stage.ports), rounds, lambda name: _one(stage, name, seconds))
    return Throughput(
        requests_per_s={name: [rate for rate, _ in rounds] for name, rounds in figures.items()},
        cpu_us={name: [cost for _, cost in rounds] for name, rounds in figures.items()},
    )


def _one(stage: Stage, name: str, seconds: float) -> tuple[float, float]:
    """Requests per second, and microseconds of processor time for each."""
    before = cpu_s(stage.sessions[name])
    measured = load(stage.ports[name], stage.requests, seconds=seconds)
    used = cpu_s(stage.sessions[name]) - before
    return measured.requests_per_s, used / measured.requests * 1e6


def results(throughput: Throughput) -> list[Result]:
    return [_against(throughput.requests_per_s, peer) for peer in PEERS]


def _against(figures: Figures, peer: str) -> Result:
    name, must, told = PEERS[peer]
    rounds = ratios(figures, "policy", peer)
    return Result(name, middle(rounds), "x", rounds, told, must)
