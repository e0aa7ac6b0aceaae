"""How many writes of business records a control plane enters into its ledger: `ledger_entries_per_s`."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.contenders.setting import Setting
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle
from ringwork.control.control import Control
from ringwork.control.native import NativeIdentityNode, mint_key
from ringwork.control.records.model import Batch, Told
from ringwork.control.records.records import LOCAL
from ringwork.kernel.clock import system_clock
from tests.support.postgresql import DURABLE, PostgreSQL

NAME = "ledger_entries_per_s"
ROUNDS = 5
# As many as a chunk of a journal tells.
PER_BATCH = 600
BATCHES = 50
_RUN = "1-1"


def measure(setting: Setting) -> Result:
    """Batches as a journal gives them, on PostgreSQL that waits for its disk; after each round everything is hashed
    and signed, which is in the time.
    """
    server = PostgreSQL(DURABLE)
    try:
        with server.database() as name:
            control = _control(setting.work / "ledger", server.url(name))
            rounds = tuple(_round(control, number) for number in range(ROUNDS))
            control.close()
    finally:
        server.close()
    return Result(NAME, middle(rounds), "entries/s", rounds, "itself", Must(">=", 5_000))


def _control(state: Path, store: str) -> Control:
    state.mkdir()
    node = NativeIdentityNode(state / "identity")
    return Control(state / "control", node, mint=mint_key, clock=system_clock, store=store)


def _round(control: Control, number: int) -> float:
    batches = [_batch(number * BATCHES + each) for each in range(BATCHES)]
    begun = time.perf_counter()
    for batch in batches:
        control.records.take(LOCAL, batch)
    control.ledger.seal()
    return PER_BATCH * BATCHES / (time.perf_counter() - begun)


def _batch(number: int) -> Batch:
    first = number * PER_BATCH
    told = tuple(_told(call) for call in range(first, first + PER_BATCH))
    return Batch(_RUN, first, first + PER_BATCH, told)


def _told(number: int) -> Told:
    write = {
        "call": f"01a3c1f0-0000-7000-8000-{number:012x}",
        "at_unix_ns": 1_795_251_600_000_000_000 + number,
        "ring": "partner",
        "api": "orders",
        "version": "v2",
        "operation": "placeOrder",
        "caller": {
            "proof": "api_key",
            "consumer": "globex",
            "application": "shop",
            "credential": "4fJ2mZp0QsXw",
        },
        "type": "order",
        "id": {"plain": str(number % 10_000)},
    }
    return Told.model_validate({"write": write, "outcome": "answered", "status": 201})
