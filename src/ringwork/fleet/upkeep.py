"""What a running control plane does between requests: certificates, `endpoints.json`, watched files."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from ringwork.control.model import Credential
from ringwork.fleet.ending import Bell
from ringwork.fleet.endpoints import Endpoints
from ringwork.fleet.plane import ControlPlane
from ringwork.fleet.report import ApplyReport
from ringwork.fleet.state import StateDirectory
from ringwork.fleet.watch import fingerprint
from ringwork.kernel.clock import rfc3339
from ringwork.kernel.refusal import Refused, refused_by_the_system

_TICK_SECONDS = 0.25
# Looking at thousands of APIs takes a while: it must not be all that this does.
_PAUSES_PER_LOOK = 9
_REFRESHED_EVERY_SECONDS = 0.5
_TOLD_AGAIN_SECONDS = 60.0
_TIDIED_EVERY_SECONDS = 3600.0
# A wall clock that is off by more against the one that only ever goes on was set.
_CLOCK_SET_SECONDS = 60.0


class Upkeep:
    """`applied` hears what applying a changed estate came to; `renewed` sees to what control plane and gateways
    elsewhere know each other by; `documented` opens what the live revision wants read, and says where each ring is;
    `authorizing` does so for the authorization server.
    """

    def __init__(
        self,
        plane: ControlPlane,
        state: StateDirectory,
        endpoints: Endpoints,
        *,
        applied: Callable[[ApplyReport], None],
        renewed: Callable[[], None],
        documented: Callable[[], Mapping[str, str]],
        authorizing: Callable[[], str | None],
        say: Callable[[str], None],
    ) -> None:
        self._plane = plane
        self._state = state
        self._admin, self._nodes = endpoints.admin, endpoints.nodes
        self._applied = applied
        self._renewed = renewed
        self._documented = documented
        self._authorizing = authorizing
        self._read_at, self._authorized_at = _read_at(endpoints), endpoints.authorization
        self._say = say
        self._ending_keys = plane.keys.told_of_ending(self._tell_ending)
        self._told_pid = plane.gateway_pid
        self._tidied_at = time.monotonic()
        self._refreshed_at = time.monotonic()
        self._wall_ahead = _wall_ahead()
        self._told, self._told_at = "", 0.0

    def run(self, stop: Bell, *, watched: Path | None) -> None:
        """Until `stop` is set; `watched` is applied again whenever its files change."""
        seen, pause = None if watched is None else fingerprint(watched), _TICK_SECONDS
        while not stop.wait(pause):
            self._attempt(self._tidy)
            self._attempt(self._refresh)
            self._attempt(self._tell_where)
            if watched is None:
                continue
            began = time.monotonic()
            now = fingerprint(watched)
            pause = max(_TICK_SECONDS, _PAUSES_PER_LOOK * (time.monotonic() - began))
            if now != seen:
                seen = now
                self._attempt(partial(self._apply, watched))

    def _apply(self, estate: Path) -> None:
        self._applied(self._plane.begin(estate)())

    def _attempt(self, due: Callable[[], None]) -> None:
        """A full disk now is no reason to take the APIs down: it is said, and tried again."""
        try:
            due()
        except Refused as refused:
            self._tell(refused)
        except OSError as error:
            self._tell(refused_by_the_system(error))

    def _tell_ending(self, keys: list[Credential], more: int) -> None:
        """Once of each key, while this runs."""
        for key in keys:
            assert key.expires_at is not None  # it ends
            whose, ends = f"{key.consumer}/{key.application}", rfc3339(key.expires_at)
            self._say(f"the key {key.id} of {whose} ends at {ends}: ringwork key rotate {key.id}")
        if more:
            self._say(f"so do {more:,} more keys: ringwork key list --expiring 14d")

    def _tell(self, refused: Refused) -> None:
        """What stays as it is, once a minute."""
        told = f"{refused.message} ({refused.code}). {refused.help}"
        if told != self._told or time.monotonic() - self._told_at >= _TOLD_AGAIN_SECONDS:
            self._told, self._told_at = told, time.monotonic()
            self._say(told)

    def _tidy(self) -> None:
        """Now and then, and when the system's time was set: certificates may be of another time then."""
        was_set = abs(_wall_ahead() - self._wall_ahead) > _CLOCK_SET_SECONDS
        if was_set or time.monotonic() - self._tidied_at >= _TIDIED_EVERY_SECONDS:
            self._tidied_at, self._wall_ahead = time.monotonic(), _wall_ahead()
            self._plane.tidy()

    def _refresh(self) -> None:
        if time.monotonic() - self._refreshed_at >= _REFRESHED_EVERY_SECONDS:
            self._refreshed_at = time.monotonic()
            self._plane.refresh_secrets()
            self._attempt(self._plane.refresh_operator_bundles)
            self._attempt(self._plane.seal_ledger)
            self._plane.go_on_rotating()
            self._attempt(self._renewed)
            self._catch_up()
            self._attempt(self._ending_keys.look)

    def _catch_up(self) -> None:
        revision = self._plane.catch_up()
        if revision is not None:
            self._say(f"gateways elsewhere had higher revisions: what is live is revision {revision} now")

    def _tell_where(self) -> None:
        """A gateway that was started anew has another pid, and maybe other listeners; so may documentation have."""
        told = (self._plane.gateway_pid, dict(self._documented()), self._authorizing())
        if told != (self._told_pid, self._read_at, self._authorized_at):
            self._told_pid, self._read_at, self._authorized_at = told
            self._plane.endpoints(self._admin, self._nodes, *told[1:]).write(self._state.endpoints)


def _read_at(endpoints: Endpoints) -> dict[str, str]:
    """Ring → URL of its documentation."""
    rings = endpoints.rings.items()
    return {name: ring.documentation for name, ring in rings if ring.documentation is not None}


def _wall_ahead() -> float:
    return time.time() - time.monotonic()
