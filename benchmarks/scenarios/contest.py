"""Two gateways of the same build on one core, each with a node directory and requests of its own, loaded in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contenders.setting import Setting
from benchmarks.contenders.upstream import upstream
from benchmarks.harness.load import load, write_requests
from benchmarks.harness.node import write_node
from benchmarks.harness.processes import BOTH_CORES, PROXY_CORE, Program, free_port, running
from benchmarks.harness.rounds import Figures, interleaved
from benchmarks.harness.traffic import Traffic
from ringwork.intent.issuer import IssuerIntent
from ringwork.intent.model import ApiIntent, CacheIntent, ObservabilityIntent, SharedLimitsIntent

SECONDS = 4.0
WARM_UP_SECONDS = 1.0


@dataclass(frozen=True)
class Entry:
    """What one gateway holds: `traffic` is what it is loaded with, `others` the APIs beside the one called,
    `observability` what it tells of its calls, and `cache` how their responses are kept,
    `issuers` whose tokens it accepts, `shared_limits` where others count with it. With `tls` it is the
    build that is shipped; with more than one thread it may use both cores.
    """

    traffic: Traffic
    others: tuple[ApiIntent, ...] = ()
    observability: ObservabilityIntent = field(default=ObservabilityIntent())
    cache: CacheIntent | None = None
    issuers: tuple[IssuerIntent, ...] = ()
    shared_limits: SharedLimitsIntent | None = None
    tls: bool = False
    threads: int = 1


@dataclass(frozen=True)
class Running:
    port: int
    pid: int
    requests: Path
    tls: bool = False


@contextmanager
def contest(setting: Setting, entries: Mapping[str, Entry]) -> Iterator[dict[str, Running]]:
    """Everyone running at once; who is not being measured is idle."""
    with ExitStack() as stack:
        stack.enter_context(running(upstream(setting), setting.work))
        yield {name: stack.enter_context(_gateway(setting, name, entry)) for name, entry in entries.items()}


@contextmanager
def _gateway(setting: Setting, name: str, entry: Entry) -> Iterator[Running]:
    port, node = free_port(), setting.work / f"node-{name}"
    write_node(
        node,
        port=port,
        upstream_port=setting.upstream_port,
        certificate=setting.certificate,
        traffic=entry.traffic,
        others=entry.others,
        observability=entry.observability,
        cache=entry.cache,
        issuers=entry.issuers,
        shared_limits=entry.shared_limits,
    )
    requests = write_requests(setting.work / f"requests-{name}.txt", list(entry.traffic.requests))
    with running(_program(setting, name, entry, node, port), setting.work) as process:
        load(port, requests, seconds=WARM_UP_SECONDS, tls=entry.tls)
        yield Running(port, process.pid, requests, entry.tls)


def _program(setting: Setting, name: str, entry: Entry, node: Path, port: int) -> Program:
    gateway = setting.gateway if entry.tls else setting.plain_gateway
    command: list[str | Path] = [gateway, "--node", node, "--threads", str(entry.threads)]
    if not entry.tls:
        command.append("--plaintext")
    return Program(name, command, PROXY_CORE if entry.threads == 1 else BOTH_CORES, port)


def requests_per_s(gateways: Mapping[str, Running], rounds: int) -> Figures:
    """By gateway and round, in turning order."""

    def rate(name: str) -> float:
        one = gateways[name]
        return load(one.port, one.requests, seconds=SECONDS, tls=one.tls).requests_per_s

    return interleaved(tuple(gateways), rounds, rate)
