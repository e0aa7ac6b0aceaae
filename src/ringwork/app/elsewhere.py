"""A gateway without a control plane beside it."""

from __future__ import annotations

from collections.abc import Callable

from ringwork.control.enrolment_token import read_token
from ringwork.fleet.binary import find_gateway
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.ending import Ending
from ringwork.fleet.health import HealthServer
from ringwork.fleet.remote.enrolled import Enrolled
from ringwork.fleet.remote.gateway import RemoteGateway
from ringwork.fleet.remote.joining import join
from ringwork.fleet.state import StateDirectory
from ringwork.kernel.clock import system_clock
from ringwork.kernel.refusal import Refused


def remote_gateway(
    state: StateDirectory,
    *,
    control: str | None,
    token: str | None,
    health: str | None,
    say: Callable[[str], None],
    ending: Ending,
) -> None:
    """Runs a gateway elsewhere until `ending` is asked for; with `token` it is enrolled at `control` first.

    Raises Refused: not enrolled, revoked, or a token that enrols nobody.
    """

    with state.held():
        enrolled = Enrolled(state.root)
        invited = None if token is None else read_token(token)
        if invited is not None and not enrolled.is_by(invited):
            if control is None:
                raise Refused("control-missing", "nobody to enrol with", "Add --control URL.")
            joined = join(enrolled, state.node, control, invited)
            say(f"enrolled as {joined.name}, for {', '.join(joined.rings)}")
        elif control is not None:
            enrolled.write(enrolled.demand().model_copy(update={"control": control}))
        enrolled.demand()
        node = NodeDirectory(state.node)
        probed = HealthServer(node, health)
        probed.start()
        ending.attend()
        try:
            RemoteGateway(enrolled, node, find_gateway(), clock=system_clock, say=say).run(ending)
        finally:
            probed.stop()
