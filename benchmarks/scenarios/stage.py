"""The stage of the load scenarios: the service, the contenders, and a check that each does what it claims."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders.bare import bare
from benchmarks.contenders.envoy import envoy
from benchmarks.contenders.nginx_lua import nginx_lua
from benchmarks.contenders.policy import policy
from benchmarks.contenders.setting import Setting
from benchmarks.contenders.upstream import upstream
from benchmarks.harness.load import write_requests
from benchmarks.harness.node import PREFIX
from benchmarks.harness.processes import NotOurs, http_status, running
from benchmarks.harness.traffic import request

CONTENDERS = (policy, bare, envoy, nginx_lua)
# Who looks at keys; the others forward everything.
STRICT = ("policy", "nginx_lua")


@dataclass(frozen=True)
class Stage:
    """`ports`: contender → port; `sessions`: contender → its processes' session; `requests`: the file wrk reads."""

    ports: dict[str, int]
    sessions: dict[str, int]
    requests: Path


@contextmanager
def stage(setting: Setting) -> Iterator[Stage]:
    """Everyone running at once; who is not being measured is idle."""
    with ExitStack() as stack:
        stack.enter_context(running(upstream(setting), setting.work))
        ports: dict[str, int] = {}
        sessions: dict[str, int] = {}
        for contender in CONTENDERS:
            program = contender(setting)
            sessions[program.name] = stack.enter_context(running(program, setting.work)).pid
            ports[program.name] = program.port
        for name, port in ports.items():
            _check(name, port, setting)
        requests = write_requests(setting.work / "requests.txt", list(setting.traffic.requests))
        yield Stage(ports, sessions, requests)


def _check(name: str, port: int, setting: Setting) -> None:
    """Raises NotOurs when a good key is refused, or a bad one is not by who claims to look."""
    good = http_status(port, setting.traffic.requests[0])
    unknown = http_status(port, request(f"{PREFIX}/resources-0", None))
    expected = (200, 401 if name in STRICT else 200)
    if (good, unknown) != expected:
        raise NotOurs(f"{name} answers {good} to a good key and {unknown} to none, not {expected}")
