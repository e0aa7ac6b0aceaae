"""acme on its feet: the services, Ringwork in front of them, and credentials for those who call."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from examples.runner.children import REPOSITORY, Children, python
from examples.runner.credentials import Credentials, Key, KeyWanted
from examples.runner.curl import Curl
from examples.runner.estates import copy_with_ports, ring_ports
from examples.runner.platform import Endpoints, Ringwork
from examples.runner.sockets import is_free, listen_near, port_of

ESTATE = REPOSITORY / "examples" / "acme" / "estate"
SERVICE_PORTS = {"orders": 9101, "inventory": 9102, "shipping": 9103, "billing": 9104, "crm": 9105}

# Somebody inside who calls by hand, with a certificate of their own.
CONSOLE = "console"
KEYS = (
    KeyWanted("globex", {"partner": "globex", "application": "webshop"}),
    KeyWanted("initech", {"partner": "initech", "application": "reports"}),
    KeyWanted("initech-2", {"partner": "initech", "application": "backup"}),
    KeyWanted("developer", {"ring": "public", "consumer": "ada", "plan": "free"}),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs, and who may call it."""

    ringwork: Ringwork
    estate: Path
    endpoints: Endpoints
    credentials: Credentials
    keys: dict[str, Key]
    children: Children

    def as_service(self, service: str) -> Curl:
        ring = self.endpoints.rings["internal"]
        return Curl.with_certificate(ring, self.credentials.identity(service))

    def as_nobody(self, ring: str) -> Curl:
        return Curl(self.endpoints.rings[ring], ())

    def as_key(self, name: str) -> Curl:
        ring = self.endpoints.rings["public" if name == "developer" else "partner"]
        return Curl.with_key(ring, self.keys[name])

    def keep_going(self) -> None:
        """Until a signal ends this process or a child dies."""
        self.children.wait(meanwhile=self.renew_certificates)

    def renew_certificates(self) -> None:
        for service in (*SERVICE_PORTS, CONSOLE):
            self.credentials.identity(service)


def set_up(state: Path, *, free_ports: bool, own_estate: bool, watch: bool, stack: ExitStack) -> Stage:
    """Starts everything; leaving `stack` ends it.

    `free_ports` for the rings; they are taken too where the estate's own are busy. With `own_estate` the estate
    is a copy in the state directory, which it also is when a service could not have its usual port. With
    `watch`, changes of its files go live by themselves.
    """
    state = state.resolve()
    ringwork = Ringwork(state)
    children = stack.enter_context(Children(state / "demo" / "log"))
    ports = _start_services(children, state)
    moved = {SERVICE_PORTS[name]: port for name, port in ports.items() if port != SERVICE_PORTS[name]}
    estate = copy_with_ports(ESTATE, state / "demo" / "estate", moved) if own_estate or moved else ESTATE
    before = ringwork.stamp()
    options = (*_ports(estate, free_ports), *(("--watch",) if watch else ()))
    children.start("ringwork", ringwork.words("up", str(estate), *options))
    endpoints = ringwork.await_ready(before, children.demand_alive)
    credentials = Credentials(endpoints.admin, state / "demo")
    for service in (*SERVICE_PORTS, CONSOLE):
        credentials.identity(service)
    return Stage(ringwork, estate, endpoints, credentials, credentials.keys(KEYS), children)


def _start_services(children: Children, state: Path) -> dict[str, int]:
    """Starts all services in one process; returns the port of each."""
    listeners = listen_near(SERVICE_PORTS)
    handed_over = [f"{name}={listener.fileno()}" for name, listener in listeners.items()]
    where = ("--data", str(state / "demo" / "data"), "--state", str(state))
    command = python("-m", "examples.acme.services.serve", *where, *handed_over)
    children.start("services", command, [listener.fileno() for listener in listeners.values()])
    ports = {name: port_of(listener) for name, listener in listeners.items()}
    for listener in listeners.values():
        listener.close()
    return ports


def _ports(estate: Path, free_ports: bool) -> tuple[str, ...]:
    busy = not all(is_free(port) for port in ring_ports(estate))
    return ("--ports", "auto") if free_ports or busy else ()
