"""What the admin API asks of the control plane behind it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request

from ringwork.control.consumers.accounts import Accounts
from ringwork.control.consumers.applications import Applications
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
from ringwork.fleet.measures import Measures


class Plane(Protocol):
    """A running control plane. Methods that change something take one caller at a time."""

    @property
    def keys(self) -> Keys: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def applications(self) -> Applications: ...

    @property
    def handovers(self) -> Handovers: ...

    @property
    def authorization(self) -> AuthorizationServer: ...

    @property
    def identities(self) -> Identities: ...

    @property
    def nodes(self) -> Nodes: ...

    @property
    def secrets(self) -> Secrets: ...

    def needed_secrets(self) -> Collection[str]:
        """References (`secret://NAME`) of what is live."""

    @property
    def people(self) -> People: ...

    @property
    def records(self) -> Records: ...

    @property
    def receipts(self) -> Receipts: ...

    def status(self) -> dict[str, Any]:
        """Gateway, rings, current revision."""

    def documentation_of(self, ring: str) -> str | None:
        """What readers of a ring open, without a slash at its end; None: nothing that has a name."""

    def measures(self) -> Measures | None:
        """The control plane's metrics; None while the estate has them off."""

    def revisions(self, count: int, before: int | None = None) -> list[Revision]:
        """At most `count`, newest first; those with a lower number than `before`."""

    def revision(self, number: int) -> Revision:
        """Raises Refused when it is not on record."""

    def apply(
        self,
        estate: Path,
        environment: str | None = None,
        demand: Demand[Revision | None] = nothing_demanded,
    ) -> dict[str, Any]:
        """Applies the estate in this folder, as it is in `environment`; returns plan, findings and the
        gateway's word. `demand` is shown the newest revision, with nothing between it and the change; None: there is
        none. Raises Refused.
        """

    def waiting_gate(
        self, estate: Path, environment: str | None, api: str, gate: str, ring: str
    ) -> dict[str, Any]:
        """What has to be approved of an API of this estate. Raises Refused: nothing."""

    def signing_key(self) -> dict[str, Any]:
        """The key manifests are signed with, and those trusted still."""

    def rotate_signing_key(
        self, overlap: timedelta | None, demand: Demand[dict[str, Any]] = nothing_demanded
    ) -> dict[str, Any]:
        """Signs with another key from now on; returns the gateway's word. Raises Refused."""

    def authorities(self, name: str) -> list[dict[str, Any]]:
        """Certificates of one embedded CA. Raises Refused."""

    def rotate_authority(
        self,
        name: str,
        lead: timedelta,
        overlap: timedelta | None,
        demand: Demand[list[dict[str, Any]]] = nothing_demanded,
    ) -> dict[str, Any]:
        """Begins to put another CA in the place of one, or (overlap None) does so at once; returns the gateway's
        word. Raises Refused.
        """

    def roll_back(self, revision: int, demand: Demand[Revision | None] = nothing_demanded) -> dict[str, Any]:
        """Makes an old revision's content current; returns the gateway's word. Raises Refused."""


async def _plane(request: Request) -> Plane:
    return cast(Plane, request.app.state.plane)


# The plane of the application a request came to. Nothing to describe the API needs one.
Serving = Annotated[Plane, Depends(_plane)]
