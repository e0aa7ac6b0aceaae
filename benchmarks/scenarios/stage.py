"""The stage of the load scenarios: the service, the contenders, and a check that each does what it claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders.bare import bare
from benchmarks.contenders.envoy import envoy
from benchmarks.contenders.nginx_lua import nginx_lua
from benchmarks.contenders.policy import policy
from benchmarks.contenders.setting import Setting
from benchmarks.contenders.upstream import upstream
from benchmarks.harness.intents import PREFIX
from benchmarks.harness.load import write_requests
from benchmarks.harness.processes import NotOurs, Program, http_status, running
from benchmarks.harness.traffic import request

CONTENDERS = (policy, bare, envoy, nginx_lua)
# Who looks at keys; the others forward everything.
STRICT = ("policy", "nginx_lua")


@dataclass(frozen=True)
class Cast:
    """Who is running. `ports`: contender → port; `sessions`: contender → its processes' session."""

    ports: dict[str, int]
    sessions: dict[str, int]


@dataclass(frozen=True)
class Stage(Cast):
    """`requests`: the file wrk reads."""

    requests: Path


@contextmanager
def cast(
    setting: Setting, service: Program, contenders: Sequence[Callable[[Setting], Program]]
) -> Iterator[Cast]:
    """Everyone running at once; who is not being measured is idle."""
    with ExitStack() as stack:
        stack.enter_context(running(service, setting.work))
        found = Cast({}, {})
        for contender in contenders:
            program = contender(setting)
            found.sessions[program.name] = stack.enter_context(running(program, setting.work)).pid
            found.ports[program.name] = program.port
        yield found


@contextmanager
def stage(setting: Setting) -> Iterator[Stage]:
    with cast(setting, upstream(setting), CONTENDERS) as running_now:
        for name, port in running_now.ports.items():
            _check(name, port, setting)
        requests = write_requests(setting.work / "requests.txt", list(setting.traffic.requests))
        yield Stage(running_now.ports, running_now.sessions, requests)


def _check(name: str, port: int, setting: Setting) -> None:
    """Raises NotOurs when a good key is refused, or a bad one is not by who claims to look."""
    good = http_status(port, setting.traffic.requests[0])
    unknown = http_status(port, request(f"{PREFIX}/resources-0", None))
    expected = (200, 401 if name in STRICT else 200)
    if (good, unknown) != expected:
        raise NotOurs(f"{name} answers {good} to a good key and {unknown} to none, not {expected}")
