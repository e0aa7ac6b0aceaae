"""Bodies that are validated: `validation_vs_bare_1k`."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.contenders.bare import bare
from benchmarks.contenders.policy import public_policy
from benchmarks.contenders.setting import Setting
from benchmarks.contenders.upstream import orders_service
from benchmarks.harness.intents import PREFIX
from benchmarks.harness.load import write_requests
from benchmarks.harness.processes import NotOurs, free_port, http_status
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle, ratios
from benchmarks.harness.traffic import Traffic, minted_keys, placing
from benchmarks.orders.requests import placed
from benchmarks.scenarios import throughput
from benchmarks.scenarios.stage import Stage, cast

ROUNDS = 6
SECONDS = 3.0
KEYS = 1_000


def measure(setting: Setting, *, rounds: int = ROUNDS, seconds: float = SECONDS) -> Result:
    """POST of 1 kB of JSON on the public ring with everything on, over bare Pingora."""
    keys = minted_keys(KEYS)
    own = replace(
        setting,
        work=setting.work / "validated",
        upstream_port=free_port(),
        traffic=Traffic(keys, templates=(), requests=()),
    )
    own.work.mkdir()
    with cast(own, orders_service(own), (public_policy, bare)) as running_now:
        file = write_requests(own.work / "requests-placed.txt", placed(PREFIX, keys))
        _check(running_now.ports, next(iter(keys.values())))
        on_stage = Stage(running_now.ports, running_now.sessions, file)
        rates = throughput.measure(on_stage, rounds=rounds, seconds=seconds)
    ratio = ratios(rates.requests_per_s, "public_policy", "bare")
    told = "bare Pingora: our binary, empty wall"
    return Result("validation_vs_bare_1k", middle(ratio), "x", ratio, told, Must(">=", 0.70))


def _check(ports: dict[str, int], key: str) -> None:
    """Raises NotOurs when what fits is refused, or a field nobody declared passes where requests are validated."""
    place, hidden = f"{PREFIX}/stores-0/placed", b'{"currency":"EUR","lines":[],"margin":1}'
    fits = placed(PREFIX, {"one": key})[0]
    for name, port in ports.items():
        found = (http_status(port, fits), http_status(port, placing(place, key, hidden)))
        expected = (200, 422 if name == "public_policy" else 200)
        if found != expected:
            raise NotOurs(
                f"{name} answers {found} to a body that fits and to one that does not, not {expected}"
            )
