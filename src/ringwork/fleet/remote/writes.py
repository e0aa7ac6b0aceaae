"""A node's writes that are on record, on their way into the control plane's ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.journal import JournalReader
from ringwork.fleet.pauses import Pauses
from ringwork.fleet.remote.agent import Agent
from ringwork.fleet.remote.link import Link
from ringwork.kernel.refusal import Refused

_LOOK_SECONDS = 0.5


class WriteSender:
    """Sends what the journal has, again until it is taken: it waits on the node's disk meanwhile."""

    def __init__(self, agent: Agent, node: NodeDirectory, *, name: str, say: Callable[[str], None]) -> None:
        self._agent = agent
        self._node = node
        self._name = name
        self._say = say
        self._said: str | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="node-writes", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        pauses = Pauses()
        while not self._stopping.is_set():
            try:
                self._keep_sending(self._agent.link(), pauses)
            except Refused as refused:
                self._note(f"{refused.message} ({refused.code})")
            except OSError as error:
                self._note(str(error))
            self._stopping.wait(pauses.next())

    def _keep_sending(self, link: Link, pauses: Pauses) -> None:
        reader = JournalReader(
            self._node.journal, gateway=self._name, positions=link.positions, take=link.writes
        )
        try:
            while not self._stopping.wait(_LOOK_SECONDS):
                if reader.read_on():
                    self._said = None
                    pauses.reset()
        finally:
            link.close()

    def _note(self, problem: str) -> None:
        if problem != self._said:
            self._said = problem
            self._say(f"writes that are on record wait here: {problem}")
