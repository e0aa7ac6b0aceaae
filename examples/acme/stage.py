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
    """Everything that runs, and who may call it. `moved`: some of it is not on the ports the estate says."""

    ringwork: Ringwork
    estate: Path
    endpoints: Endpoints
    credentials: Credentials
    keys: dict[str, Key]
    children: Children
    moved: bool

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


@dataclass(frozen=True, slots=True)
class Wishes:
    """How it is to run.

    `free_ports`: rings on any free ports; they are too where the estate's own are busy. `own_estate`: the estate
    is a copy in the state directory; it is too where a service cannot have its usual port. `watch`: edits of the
    estate go live by themselves.
    """

    free_ports: bool = False
    own_estate: bool = False
    watch: bool = False


def set_up(state: Path, wishes: Wishes, stack: ExitStack) -> Stage:
    """Starts everything; leaving `stack` ends it."""
    ringwork = Ringwork(state.resolve())
    demo_folder = ringwork.state / "demo"
    children = stack.enter_context(Children(demo_folder / "log"))
    moved = _start_services(children, ringwork.state)
    estate = copy_with_ports(ESTATE, demo_folder / "estate", moved) if wishes.own_estate or moved else ESTATE
    ports_are_taken = not all(is_free(port) for port in ring_ports(estate))
    options = (
        *(("--ports", "auto") if wishes.free_ports or ports_are_taken else ()),
        *(("--watch",) if wishes.watch else ()),
    )
    before = ringwork.stamp()
    children.start("ringwork", ringwork.words("up", str(estate), *options))
    endpoints = ringwork.await_ready(before, children.demand_alive)
    credentials = Credentials(endpoints.admin, demo_folder)
    keys = credentials.keys(KEYS)
    stage = Stage(
        ringwork, estate, endpoints, credentials, keys, children, moved=bool(moved) or ports_are_taken
    )
    stage.renew_certificates()
    return stage


def _start_services(children: Children, state: Path) -> dict[int, int]:
    """Starts all services in one process. Usual port → actual port, of those that could not have theirs."""
    listeners = listen_near(SERVICE_PORTS)
    handed_over = [f"{name}={listener.fileno()}" for name, listener in listeners.items()]
    where = ("--data", str(state / "demo" / "data"), "--state", str(state))
    command = python("-m", "examples.acme.services.serve", *where, *handed_over)
    children.start("services", command, [listener.fileno() for listener in listeners.values()])
    moved = {}
    for name, listener in listeners.items():
        if port_of(listener) != SERVICE_PORTS[name]:
            moved[SERVICE_PORTS[name]] = port_of(listener)
        listener.close()
    return moved
