"""`make demo`: acme on three rings, until Ctrl-C; prints commands to paste into another terminal."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from contextlib import ExitStack
from pathlib import Path

from examples.acme.stage import CONSOLE, Stage, Wishes, set_up
from examples.runner.children import until_interrupted
from examples.runner.platform import RING_NAMES, program
from examples.runner.telling import command, heading, note, say

_ORDER = "/shop/v2/orders/42"
_STOCK = "/inventory/products/ROCKET-7/stock"
_NEW_ORDER = '{"lines": [{"sku": "PAINT-3", "quantity": 2}], "reference": "demo"}'


def print_welcome(stage: Stage) -> None:
    heading("acme is up")
    for name in RING_NAMES:
        print(f"  {name:<9} {stage.endpoints.rings[name].base_url}")
    if stage.moved:
        say("(Some usual ports are taken here, so these are others.)")
    print(f"  estate    {_short(stage.estate)}  (watched: edits go live; see log/ringwork.log below)")
    print(f"  state     {_short(stage.ringwork.state)}")
    heading("What each ring can read: open these in a browser")
    for name in RING_NAMES:
        print(f"  {name:<9} {stage.endpoints.rings[name].documentation}")


def print_one_call_per_ring(stage: Stage) -> None:
    heading("One order, three rings: paste these into another terminal")
    note("internal: a service, known by its certificate")
    command(stage.as_service(CONSOLE).line(_ORDER))
    note("partner: Globex, known by its key")
    command(stage.as_key("globex").line(_ORDER))
    note("public: a developer on the free plan")
    command(stage.as_key("developer").line(_ORDER))


def print_differences(stage: Stage) -> None:
    inside, globex, anyone = stage.as_service(CONSOLE), stage.as_key("globex"), stage.as_key("developer")
    heading("What differs")
    note("stock is for partners: Globex sees it, the developer gets 404")
    command(globex.line(_STOCK))
    command(anyone.line(_STOCK))
    note("hidden and missing look the same from outside: an export that is there, and one that is not")
    command(anyone.line("/shop/v2/orders/export", "-i"))
    command(anyone.line("/shop/v2/nothing/here", "-i"))
    note("inside, the export answers; and the service may talk about itself (Server, X-Debug-Handler, …)")
    command(inside.line("/shop/v2/orders/export", "-i"))
    note("a forged identity is ignored: Initech stays Initech and sees its own orders only")
    forged = ("-H", "x-ringwork-consumer: globex", "-H", "x-ringwork-ring: internal")
    command(stage.as_key("initech").line("/shop/v2/orders", *forged))
    note(
        "Globex orders: the service calls inventory and billing through the internal ring, with its certificate"
    )
    body = ("-i", "-H", "Content-Type: application/json", "-d", _NEW_ORDER)
    command(globex.line("/shop/v2/orders", *body))
    note("the same product in two versions, chosen by a header")
    command(anyone.line("/inventory/products/ROCKET-7"))
    command(anyone.line("/inventory/products/ROCKET-7", "-H", "API-Version: 2025-06-01"))


def print_where_to_look(stage: Stage) -> None:
    heading("Where to look next")
    hidden = f"{stage.endpoints.rings['public'].base_url}/shop/v2/orders/export"
    key, estate = stage.keys["developer"].secret, _short(stage.estate)
    for text, words in (
        ("which revision is live, on which listeners", ("status",)),
        ("why a call is answered as it is", ("explain", "GET", hidden, "--ring", "public", "--key", key)),
        (
            "a call inside without thinking about certificates",
            ("call", "orders", "GET", "/orders/42", "--as", CONSOLE),
        ),
        ("who called what, how often, how fast", ("usage",)),
        ("how far each operation reaches, and what an edit of the estate would change", ("plan", estate)),
    ):
        note(text)
        command(_ringwork(stage, *words))
    note(
        "open the stock to everybody, and let the lock say so: live a moment later, so paste the 404 above again"
    )
    contract = stage.estate / "apis" / "inventory" / "2024-01-15" / "openapi.json"
    command(shlex.join(["sed", "-i", 's/"x-audience": "partner"/"x-audience": "public"/', str(contract)]))
    command(shlex.join([*map(_short, program()), "exposure", _short(stage.estate), "--write"]))
    note("(`git restore` undoes both)")
    print(f"\n  every call, a line each: {_short(stage.ringwork.state / 'node' / 'log' / 'access.ndjson')}")
    print(f"  logs of what runs here:  {_short(stage.ringwork.state / 'demo' / 'log')}")
    print("  the story behind it:     make tour")


def _ringwork(stage: Stage, *words: str) -> str:
    shown = [*map(_short, program()), *words, "--state", _short(stage.ringwork.state)]
    return shlex.join(shown)


def _short(path: Path | str) -> str:
    """Relative to where the reader is, when it lies below."""
    absolute = Path(path)
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(path)


def play(arguments: argparse.Namespace, stack: ExitStack) -> None:
    say("Starting five services, Ringwork's control plane and its gateway …")
    stage = set_up(arguments.state, Wishes(free_ports=arguments.ports == "auto", watch=True), stack)
    print_welcome(stage)
    print_one_call_per_ring(stage)
    print_differences(stage)
    print_where_to_look(stage)
    print("\nCtrl-C ends everything.", flush=True)
    stage.keep_going()


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description="acme's APIs on three rings.")
    parser.add_argument("--state", type=Path, default=Path(os.environ.get("RINGWORK_STATE", ".ringwork")))
    parser.add_argument(
        "--ports", choices=("declared", "auto"), default="declared", help="auto: any free ports"
    )
    arguments = parser.parse_args(words)
    return until_interrupted(lambda stack: play(arguments, stack))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
