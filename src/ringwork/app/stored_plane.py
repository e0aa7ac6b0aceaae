"""The admin API's plane where none runs: what is in the store can be read and changed, and nothing is served."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from ringwork.control.consumers.accounts import Accounts
from ringwork.control.consumers.applications import Applications
from ringwork.control.control import Control
from ringwork.control.demands import Demand, nothing_demanded
from ringwork.control.handovers.handovers import Handovers
from ringwork.control.identities import Identities
from ringwork.control.keys import Keys
from ringwork.control.model import Revision
from ringwork.control.nodes import Nodes
from ringwork.control.oauth.server import AuthorizationServer
from ringwork.control.people.people import People
from ringwork.control.receipts import Receipts
from ringwork.control.records.records import Records
from ringwork.control.secrets import Secrets
from ringwork.fleet.inspection import published_manifest
from ringwork.fleet.measures import Measures
from ringwork.fleet.secrets import secrets_of
from ringwork.fleet.state import StateDirectory
from ringwork.kernel.refusal import Refused


class StoredPlane:
    """Whatever needs a running control plane raises Refused."""

    def __init__(self, control: Control, state: StateDirectory) -> None:
        self._control = control
        self._state = state

    @property
    def keys(self) -> Keys:
        return self._control.keys

    @property
    def accounts(self) -> Accounts:
        return self._control.accounts

    @property
    def applications(self) -> Applications:
        return self._control.applications

    @property
    def handovers(self) -> Handovers:
        return self._control.handovers

    @property
    def authorization(self) -> AuthorizationServer:
        return self._control.authorization

    @property
    def identities(self) -> Identities:
        return self._control.identities

    @property
    def nodes(self) -> Nodes:
        return self._control.nodes

    @property
    def secrets(self) -> Secrets:
        return self._control.secrets

    @property
    def people(self) -> People:
        return self._control.people

    @property
    def records(self) -> Records:
        return self._control.records

    @property
    def receipts(self) -> Receipts:
        return self._control.receipts

    def needed_secrets(self) -> Collection[str]:
        try:
            return secrets_of(published_manifest(self._state))
        except Refused:
            return ()

    def revisions(self, count: int, before: int | None = None) -> list[Revision]:
        return self._control.revisions.latest(count, before=before)

    def revision(self, number: int) -> Revision:
        found = self._control.revisions.find(number)
        if found is None:
            help = "`ringwork revisions` shows the last of them."
            raise Refused("revision-unknown", f"there is no revision {number}", help, status=404)
        return found

    def status(self) -> dict[str, Any]:
        self._not_running()

    def documentation_of(self, ring: str) -> str | None:
        self._not_running()

    def measures(self) -> Measures | None:
        self._not_running()

    def apply(
        self,
        estate: Path,
        environment: str | None = None,
        demand: Demand[Revision | None] = nothing_demanded,
    ) -> dict[str, Any]:
        self._not_running()

    def waiting_gate(
        self, estate: Path, environment: str | None, api: str, gate: str, ring: str
    ) -> dict[str, Any]:
        self._not_running()

    def signing_key(self) -> dict[str, Any]:
        self._not_running()

    def rotate_signing_key(
        self, overlap: timedelta | None, demand: Demand[dict[str, Any]] = nothing_demanded
    ) -> dict[str, Any]:
        self._not_running()

    def authorities(self, name: str) -> list[dict[str, Any]]:
        self._not_running()

    def rotate_authority(
        self,
        name: str,
        lead: timedelta,
        overlap: timedelta | None,
        demand: Demand[list[dict[str, Any]]] = nothing_demanded,
    ) -> dict[str, Any]:
        self._not_running()

    def roll_back(self, revision: int, demand: Demand[Revision | None] = nothing_demanded) -> dict[str, Any]:
        self._not_running()

    def _not_running(self) -> NoReturn:
        message = f"no control plane runs on {self._state.root}"
        raise Refused("not-running", message, "Start it with `ringwork up ESTATE`.", status=409)
