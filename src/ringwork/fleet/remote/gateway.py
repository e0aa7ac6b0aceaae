"""A gateway elsewhere, as one process runs it: the supervised gateway, the agent, the reporter."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.ending import Ending
from ringwork.fleet.remote.agent import Agent
from ringwork.fleet.remote.enrolled import Enrolled
from ringwork.fleet.remote.intake import Intake
from ringwork.fleet.remote.reporter import Reporter
from ringwork.fleet.remote.writes import WriteSender
from ringwork.fleet.supervisor import Supervisor
from ringwork.fleet.telemetry.supervision import ExporterSupervisor
from ringwork.kernel.clock import Clock


class RemoteGateway:
    """Serves its last good state from the first moment, whether or not the control plane is there."""

    def __init__(
        self,
        enrolled: Enrolled,
        node: NodeDirectory,
        binary: Path,
        *,
        clock: Clock,
        say: Callable[[str], None],
    ) -> None:
        self._enrolled = enrolled
        self._say = say
        self._ended = threading.Event()
        self._turn = threading.Lock()
        self._supervised = False
        self._intake = Intake(node, enrolled.demand().rings, clock)
        self._supervisor = Supervisor(binary, node, say=say)
        self._agent = Agent(
            enrolled, self._intake, clock=clock, say=say, arrived=self._supervise, revoked=self._end
        )
        self._reporter = Reporter(self._agent, node, pins=self._intake.pins, newest=self._intake.newest)
        self._writes = WriteSender(self._agent, node, name=enrolled.demand().name, say=say)
        self._exporter = ExporterSupervisor(node, instance=enrolled.demand().name, say=say)

    def run(self, ending: Ending) -> None:
        """Until `ending` is asked for. Raises Refused when the control plane has revoked this gateway."""
        self._intake.mend()
        self._supervise()
        self._agent.start()
        self._reporter.start()
        self._writes.start()
        self._exporter.start()
        try:
            while not ending.asked.wait(0.05) and not self._ended.is_set():
                pass
        finally:
            self._agent.stop()
            self._reporter.stop()
            self._writes.stop()
            with self._turn:
                supervised, self._supervised = self._supervised, True
            if supervised:
                self._supervisor.stop(leave_gateway=ending.leaves_gateway)
            self._exporter.stop()
        self._enrolled.demand()

    def _supervise(self) -> None:
        """As soon as there is something to serve, and once."""
        with self._turn:
            if not self._supervised and self._intake.can_start():
                self._supervised = True
                self._supervisor.start()

    def _end(self) -> None:
        self._say("the control plane has revoked this gateway: it ends")
        self._ended.set()
