"""The public ring with everything on, by size of the answer: `public_policy_vs_bare_*`, `public_policy_vs_envoy_*`,
`vs_nginx_lua_projection_*`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.contenders.bare import bare
from benchmarks.contenders.envoy import envoy
from benchmarks.contenders.nginx_lua import nginx_lua_projection
from benchmarks.contenders.policy import public_policy
from benchmarks.contenders.setting import Setting
from benchmarks.contenders.upstream import orders_service
from benchmarks.harness.answers import Answer, answer
from benchmarks.harness.intents import PREFIX
from benchmarks.harness.load import write_requests
from benchmarks.harness.processes import NotOurs, free_port
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle, ratios
from benchmarks.harness.traffic import Traffic, minted_keys
from benchmarks.orders.bodies import visible, whole
from benchmarks.orders.requests import SIZES, path, requests
from benchmarks.scenarios import throughput
from benchmarks.scenarios.stage import Cast, Stage, cast
from benchmarks.scenarios.throughput import Throughput

ROUNDS = 4
SECONDS = 3.0
KEYS = 1_000_000
CONTENDERS = (public_policy, bare, envoy, nginx_lua_projection)
# Who looks at keys and removes what the ring does not see; the others forward everything.
STRICT = ("public_policy", "nginx_lua_projection")

# Contender → name of the result, what it is compared with, and the bound by size.
PEERS = {
    "bare": (
        "public_policy_vs_bare",
        "bare Pingora: our binary, empty wall",
        {"0k4": 0.75, "4k": 0.70, "100k": 0.40},
    ),
    "envoy": ("public_policy_vs_envoy", "bare Envoy", {"0k4": 1.5, "4k": 1.4, "100k": 0.65}),
    "nginx_lua_projection": (
        "vs_nginx_lua_projection",
        "nginx with key check, limit and the same fields removed in Lua",
        {"0k4": 1.15, "4k": 1.8, "100k": 6.0},
    ),
}


def measure(setting: Setting) -> dict[str, Throughput]:
    """By size. `setting.traffic` is not used: there are a million keys here, and another API."""
    with _stage(setting) as (running_now, keys):
        return {size: _of_size(setting, running_now, keys, size) for size in SIZES}


def results(rates: dict[str, Throughput]) -> list[Result]:
    return [_against(rates[size], peer, size) for peer in PEERS for size in SIZES]


@contextmanager
def _stage(setting: Setting) -> Iterator[tuple[Cast, dict[str, str]]]:
    """Those running, each seen to do what it claims, and the keys they know."""
    keys = minted_keys(KEYS)
    own = replace(
        setting,
        work=setting.work / "public-policy",
        upstream_port=free_port(),
        traffic=Traffic(keys, templates=(), requests=()),
    )
    own.work.mkdir()
    with cast(own, orders_service(own), CONTENDERS) as running_now:
        for name, port in running_now.ports.items():
            _check(name, port, next(iter(keys.values())))
        yield running_now, keys


def _check(name: str, port: int, key: str) -> None:
    """Raises NotOurs when a body is not the whole or the visible one, whichever it must be, or a key is not missed."""
    for size, body in whole().items():
        shown = answer(port, path(PREFIX, size), key)
        if shown.status != 200 or not _is_right(name, shown, body):
            raise NotOurs(f"{name} answers {shown.status} and not what it should: {shown.body[:500]!r}")
    without = answer(port, path(PREFIX, SIZES[0]), None).status
    if without != (401 if name in STRICT else 200):
        raise NotOurs(f"{name} answers {without} to a call without a key")


def _is_right(name: str, shown: Answer, body: bytes) -> bool:
    if name in STRICT:
        return bool(json.loads(shown.body) == visible(json.loads(body)))
    return shown.body == body


def _of_size(setting: Setting, running_now: Cast, keys: dict[str, str], size: str) -> Throughput:
    file = write_requests(setting.work / f"requests-{size}.txt", requests(PREFIX, size, keys))
    on_stage = Stage(running_now.ports, running_now.sessions, file)
    return throughput.measure(on_stage, rounds=ROUNDS, seconds=SECONDS)


def _against(rates: Throughput, peer: str, size: str) -> Result:
    name, told, bounds = PEERS[peer]
    rounds = ratios(rates.requests_per_s, "public_policy", peer)
    return Result(f"{name}_{size}", middle(rounds), "x", rounds, told, Must(">=", bounds[size]))
