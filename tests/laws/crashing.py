"""`kill -9` at random moments, hundreds of times, while calls run: what was acknowledged holds, what is half done is
never used.

python -m tests.laws.crashing STATE SEED ROUNDS

One round: a writer (a fork, as the control plane would) publishes, creates and revokes, and is killed after a random
time; in some rounds the disk is full, in some the gateway is killed too. Then another fork looks at the state as a
restart would. The last line printed is JSON: what happened, how long restarts took, and what was found wrong.
"""

from __future__ import annotations

import errno
import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import httpx
from sqlalchemy import create_engine

from ringwork.audience import Audience
from ringwork.bundle.publish import Publication
from ringwork.control.control import Control
from ringwork.control.keys import KeyRequest
from ringwork.control.native import NativeIdentityNode, mint_key
from ringwork.fleet.binary import find_gateway
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.process import GatewayProcess, start_gateway
from ringwork.fleet.rollout import Rollout
from ringwork.fleet.status import read_status
from ringwork.intent.model import Limit, PlanIntent
from ringwork.kernel.clock import system_clock
from ringwork.kernel.refusal import Refused
from tests.support.intents import HERE, api, estate, kept, operation, version

LONGEST_LIFE_SECONDS = 0.2
PATIENCE_SECONDS = 30.0
# A writer whose disk is full: no file may grow beyond this many bytes (SIGXFSZ ignored: EFBIG, as ENOSPC is).
_FULL_DISK_BYTES = (0, 300, 5_000, 40_000)
# No service is behind the gateway: 502 says that the wall let the call pass.
_GOOD_KEY, _WRONG_KEY = (502,), (401, 429)
_WIDE = Limit(6_000_000, 100_000)


def opened(state: Path) -> tuple[Control, NodeDirectory]:
    node = NodeDirectory(state / "node")
    identities = NativeIdentityNode(node.identity)
    return Control(state / "control", identities, mint=mint_key, clock=system_clock), node


def publish(rollout: Rollout, ports: list[int], number: int) -> int:
    """A revision that differs from the others in a plan, and serves `/orders/7` of a service at the last port."""
    orders = api(
        "orders", "/orders", version("v1", [operation("GET", "/orders/{id}", Audience.PUBLIC)], ports[3])
    )
    plans = tuple(PlanIntent(name, _WIDE, HERE) for name in ("free", f"plan{number}"))
    intent = estate(orders, ports=ports[:3], plans=plans)
    return rollout.publish(intent, note=str(number), **kept(intent)).revision


def write_until_killed(state: Path, ports: list[int], seed: int, say: Callable[[str], None]) -> None:
    """Acknowledges each thing after it was done, as a command prints and an API answers."""
    rng = random.Random(seed)
    mine: list[str] = []
    control, node = opened(state)
    control.node.bring_up_to_date()
    rollout = Rollout(control, node)
    rollout.recover()
    say("begun")
    while True:
        match rng.choice(("publish", "create", "create", "revoke", "compact")):
            case "publish":
                say(f"revision {publish(rollout, ports, rng.getrandbits(30))}")
                rollout.prune()
            case "create":
                key = control.keys.create(KeyRequest(ring="public", consumer="dev", plan="free"))
                mine.append(key.credential.id)
                say(f"created {key.credential.id}")
            case "revoke" if mine:
                gone = mine.pop(rng.randrange(len(mine)))
                say(f"revoking {gone}")
                control.keys.revoke(gone)
                say(f"revoked {gone}")
            case "compact":
                control.node.compact()


def wrong_after(state: Path, acknowledged: list[str]) -> list[str]:
    """What a restart finds that must not be."""
    from ringwork._native import IdentityWriter
    from ringwork.fleet.explain import load_wall

    node = NodeDirectory(state / "node")
    current = Publication(node.published).current()
    found = []
    if current is None or not Publication(node.published).is_whole(current.manifest):
        found.append("what is current is not whole")
    elif load_wall(node).revision != current.revision:
        found.append("the wall loads another revision than is current")
    control, node = opened(state)
    control.node.bring_up_to_date()
    Rollout(control, node).recover()
    known = IdentityWriter(str(node.identity))
    said = [line.split() for line in acknowledged]
    maybe_gone = {what for verb, what in said if verb == "revoking"}
    for verb, what in said:
        if verb == "revision" and not any(r.number >= int(what) for r in control.revisions.latest(1)):
            found.append(f"revision {what} was acknowledged and is lost")
        if verb == "created" and what not in maybe_gone and known.get(what) is None:
            found.append(f"key {what} was acknowledged and is lost")
        if verb == "revoked" and known.get(what) is not None:
            found.append(f"key {what} was revoked and still works")
    found += [
        f"store and node disagree about {credential.id}"
        for credential in control.keys.list(limit=1_000_000)
        if (known.get(credential.id) is None) != (credential.revoked_at is not None)
    ]
    control.close()
    return found


def forked(work: Callable[[Callable[[str], None]], None], life: float | None) -> tuple[list[str], int]:
    """What a child that does `work` says, line by line, and how it ended.

    Killed `life` seconds after its first word; after its start when `life` is below zero.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            work(lambda line: void(os.write(writing, f"{line}\n".encode())))
        except BaseException as error:  # noqa: BLE001  the child ends here, whatever it is
            os.write(writing, b"" if full(error) else f"fault {traceback.format_exc()!r}\n".encode())
            os._exit(1)
        os._exit(0)
    os.close(writing)
    first = b"" if life is None or life < 0 else os.read(reading, 4096)
    if life is not None:
        time.sleep(abs(life))
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as said:
        lines = (first + said.read()).decode().splitlines()
    return lines, os.waitpid(child, 0)[1]


def void(_: object) -> None: ...


def full(error: BaseException) -> bool:
    """A full disk may be refused, and is nobody's fault."""
    known = isinstance(error, OSError) and error.errno in (errno.EFBIG, errno.ENOSPC)
    # LMDB calls a write that ends short an I/O error.
    told = any(word in str(error) for word in ("MDB_", "File too large", "os error 5"))
    return known or told or isinstance(error, Refused)


def with_a_full_disk(
    work: Callable[[Callable[[str], None]], None], most: int
) -> Callable[[Callable[[str], None]], None]:
    def limited(say: Callable[[str], None]) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        work(say)

    return limited


def looking(state: Path, acknowledged: list[str]) -> Callable[[Callable[[str], None]], None]:
    def look(say: Callable[[str], None]) -> None:
        for each in wrong_after(state, acknowledged):
            say(each)

    return look


class Gateway:
    """The real one on the same node, killed and started again; `restarts`: seconds to serve again."""

    def __init__(self, state: Path) -> None:
        self._node = NodeDirectory(state / "node")
        self.restarts: list[float] = []
        self._process = self._started()

    def kill_and_start(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        while self._process.alive():
            time.sleep(0.001)
        self._process = self._started()

    def end(self) -> None:
        self._process.end(drain_seconds=0.5)

    def _started(self) -> GatewayProcess:
        began = time.monotonic()
        process = start_gateway(find_gateway(), self._node)
        while (status := read_status(self._node.status)) is None or status.pid != process.pid:
            if not process.alive() or time.monotonic() - began > PATIENCE_SECONDS:
                raise RuntimeError("the gateway does not start from its last good state")
            time.sleep(0.002)
        self.restarts.append(time.monotonic() - began)
        return process


def call_until_ended(url: str, ca_file: str, good: str, bad: str) -> None:
    """Nobody answering is all right while a gateway is dead; a wrong answer never is. Prints wrong answers."""
    import ssl

    context = ssl.create_default_context(cafile=ca_file)
    answered, ended = 0, threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    while not ended.is_set():
        # Now and then only: too many wrong keys from one address are answered 429.
        key, right = (bad, _WRONG_KEY) if answered % 50 == 49 else (good, _GOOD_KEY)
        try:
            answer = httpx.get(url, headers={"x-api-key": key}, verify=context, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.01)
            continue
        answered += 1
        if answer.status_code not in right:
            print(json.dumps({"wrong": f"{answer.status_code}, not one of {right}"}), flush=True)
    print(json.dumps({"answered": answered}))


def begun(state: Path, ports: list[int]) -> Callable[[Callable[[str], None]], None]:
    def begin(say: Callable[[str], None]) -> None:
        control, node = opened(state)
        publish(Rollout(control, node), ports, 0)
        for verb in ("good", "bad"):
            key = control.keys.create(KeyRequest(ring="public", consumer="load", plan="free"))
            say(f"{verb} {key.minted.secret}")
            if verb == "bad":
                control.keys.revoke(key.credential.id)

    return begin


def warm_up() -> None:
    """What every fork would import anew. No LMDB: an environment must not be carried through a fork."""
    import_module("ringwork.control.authority")
    import_module("ringwork.control.tokens")
    import_module("ringwork.control.server_certificates")
    create_engine("sqlite://").connect().close()


def run(state: Path, seed: int, rounds: int, ports: list[int]) -> dict[str, object]:
    warm_up()
    rng = random.Random(seed)
    said, _ = forked(begun(state, ports), None)
    keys = dict(line.split() for line in said)
    gateway = Gateway(state)
    url, ca = f"https://localhost:{ports[2]}/orders/orders/7", str(state / "control/ca-outer.pem")
    arguments = [sys.executable, "-m", "tests.laws.crashing", "--call", url, ca, keys["good"], keys["bad"]]
    calls = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    wrong: list[str] = []
    acknowledged = 0
    for number in range(rounds):
        writer_seed = rng.getrandbits(32)

        def work(say: Callable[[str], None], writer_seed: int = writer_seed) -> None:
            write_until_killed(state, ports, writer_seed, say)

        limited = with_a_full_disk(work, rng.choice(_FULL_DISK_BYTES)) if rng.random() < 0.15 else work
        life = rng.uniform(-0.2, 1.0) * LONGEST_LIFE_SECONDS
        lines, _ = forked(limited, life)
        if rng.random() < 0.3:
            gateway.kill_and_start()
        whole = [line for line in lines if line != "begun" and not line.startswith("fault")]
        wrong += [f"round {number}: {line}" for line in lines if line.startswith("fault")]
        acknowledged += len(whole)
        found, status = forked(looking(state, whole), None)
        wrong += [f"round {number}: {each}" for each in found]
        if status != 0:
            wrong.append(f"round {number}: looking ended with {status}")
    gateway.end()
    calls.terminate()
    heard = [json.loads(line) for line in calls.communicate()[0].splitlines()]
    wrong += [each["wrong"] for each in heard if "wrong" in each]
    return {
        "rounds": rounds,
        "acknowledged": acknowledged,
        "answered": heard[-1]["answered"],
        "gateway_restarts": len(gateway.restarts) - 1,
        "restart_s_max": round(max(gateway.restarts[1:], default=0.0), 3),
        "restart_s_median": round(sorted(gateway.restarts)[len(gateway.restarts) // 2], 3),
        "wrong": wrong,
    }


def main(words: list[str]) -> int:
    if words[0] == "--call":
        call_until_ended(*words[1:])
        return 0
    from tests.support.ports import free_port

    state, seed, rounds = Path(words[0]), int(words[1]), int(words[2])
    found = run(state, seed, rounds, [free_port() for _ in range(4)])
    print(json.dumps(found))
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
