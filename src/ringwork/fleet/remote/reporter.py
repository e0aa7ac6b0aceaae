"""A node's acknowledgements on their way back: at once when the gateway has something to say, else now and then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ringwork import __version__
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.gateway_report import gateway_report
from ringwork.fleet.remote import protocol
from ringwork.fleet.remote.agent import Agent
from ringwork.fleet.remote.link import Link
from ringwork.kernel.refusal import Refused
from ringwork.usage.key_uses import KeyUses

_LOOK_SECONDS = 0.1
_LONGEST_PROBLEM = 4096


class Reporter:
    """`pins` gives what the listeners show, `newest` the highest revision the node ever had. What cannot be told now
    is told the next time.
    """

    def __init__(
        self,
        agent: Agent,
        node: NodeDirectory,
        *,
        pins: Callable[[], dict[str, str]],
        newest: Callable[[], int],
    ) -> None:
        self._agent = agent
        self._node = node
        self._pins = pins
        self._newest = newest
        self._stopping = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="node-report", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._keep_reporting(self._agent.link())
            except (Refused, OSError):  # the agent says why, and comes back
                self._stopping.wait(protocol.REPORT_SECONDS)

    def _keep_reporting(self, link: Link) -> None:
        told: dict[str, Any] | None = None
        told_at = 0.0
        uses = KeyUses(self._node.access_log, self._node.key_uses)
        try:
            while not self._stopping.wait(_LOOK_SECONDS):
                is_due = time.monotonic() - told_at >= protocol.REPORT_SECONDS
                report = self._report(uses.read() if is_due else {})
                news = _news(report)
                if news != told or is_due:
                    link.report(report)
                    told = news
                if is_due:
                    uses.settled()
                    told_at = time.monotonic()
        finally:
            uses.close()
            link.close()

    def _report(self, used: dict[str, int]) -> protocol.Report:
        problem = self._agent.problem
        return protocol.Report(
            version=__version__,
            protocols=list(protocol.PROTOCOLS),
            seq=self._agent.seq,
            gateway=gateway_report(self._node),
            pins=self._pins(),
            newest=self._newest(),
            trusts=self._agent.trusts,
            used=used,
            problem=None if problem is None else problem[:_LONGEST_PROBLEM],
        )


def _news(report: protocol.Report) -> dict[str, Any]:
    """What is told at once; how many records were sent on and which keys were used changes all the time."""
    return report.model_dump(exclude={"gateway": {"telemetry"}, "used": True})
