"""The admin API before a simple twin of the control plane; keys, identities and their store are real."""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from ringwork.api.application import admin_api, openapi_document
from ringwork.api.limits import LIMIT, Limit
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
from ringwork.control.store.revisions import SqlRevisions
from ringwork.fleet.measures import Measures
from ringwork.fleet.report import waiting
from ringwork.kernel.refusal import Refused
from tests.rooms.control.world import AGREED, NOW, World
from tests.support.conformity import Conformity
from tests.support.running import PATIENCE_SECONDS

TOKEN = "the-token"
PART = {"available": True, "problem": None}
STATUS = {
    "running": True,
    "pid": 7,
    "version": "0.1.0",
    "revision": 1,
    "refused": None,
    "identity": PART,
    "rings": {"public": {"listeners": ["127.0.0.1:8443"], "certificate": PART | {"newer": "word"}}},
    "upstreams": {"orders:v1": {"endpoints": 2, "left_out": 1, "addresses": {"10.0.0.7:80": "unhealthy"}}},
    "shared_limits": None,
    "telemetry": {},
}


def application(outcome: str = "live", revision: int = 2) -> dict[str, Any]:
    """What nothing but a gateway's word is known of."""
    return {
        "outcome": outcome,
        "exit_code": 0,
        "revision": revision,
        "refusal": None,
        "plan": {},
        "findings": [],
    }


class PlaneTwin:
    """The control plane's simple twin: real keys and identities, applications that are only remembered."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.newest = 1
        self.applied: list[Path] = []
        self.awaited = threading.Event()
        self.rotated: list[tuple[str, timedelta | None, timedelta | None]] = []
        self.measured: Measures | None = None
        self.sites = {"partner": "https://partners.acme.test"}
        self.gates: list[dict[str, Any]] = []
        self.needed: set[str] = set()

    @property
    def keys(self) -> Keys:
        return self._world.keys

    @property
    def accounts(self) -> Accounts:
        return self._world.accounts

    @property
    def applications(self) -> Applications:
        return self._world.applications

    @property
    def nodes(self) -> Nodes:
        return self._world.nodes

    @property
    def secrets(self) -> Secrets:
        return self._world.kept_secrets

    def needed_secrets(self) -> Collection[str]:
        return self.needed

    @property
    def handovers(self) -> Handovers:
        return self._world.handovers

    @property
    def authorization(self) -> AuthorizationServer:
        return self._world.authorization

    @property
    def identities(self) -> Identities:
        return self._world.identities

    @property
    def people(self) -> People:
        return self._world.people

    @property
    def records(self) -> Records:
        return self._world.records

    @property
    def receipts(self) -> Receipts:
        return self._world.receipts

    def documentation_of(self, ring: str) -> str | None:
        return self.sites.get(ring)

    def measures(self) -> Measures | None:
        return self.measured

    def waiting_gate(
        self, estate: Path, environment: str | None, api: str, gate: str, ring: str
    ) -> dict[str, Any]:
        return waiting({"enforced": True, "results": self.gates}, api, gate, ring)

    def status(self) -> dict[str, Any]:
        return STATUS

    def revisions(self, count: int, before: int | None = None) -> list[Revision]:
        numbers = range(min(self.newest, (before or 1_000) - 1), 0, -1)[:count]
        return [Revision(number, NOW, "c" * 64, "e" * 64, "estate", AGREED) for number in numbers]

    def revision(self, number: int) -> Revision:
        found = [each for each in self.revisions(1_000) if each.number == number]
        if not found:
            raise Refused("revision-unknown", f"there is no revision {number}", "See them.", status=404)
        return found[0]

    def apply(
        self,
        estate: Path,
        environment: str | None = None,
        demand: Demand[Revision | None] = nothing_demanded,
    ) -> dict[str, Any]:
        demand(self.revisions(1)[0])
        self.newest += 1
        self.applied.append(estate)
        if estate.name == "half":
            SqlRevisions(self._world.database).add(self.revisions(1)[0])
        if estate.name == "slow":
            self.awaited.wait(PATIENCE_SECONDS)
        if estate.name in ("broken", "half"):
            raise ZeroDivisionError("secret detail")
        return application()

    def signing_key(self) -> dict[str, Any]:
        before = {"public_key": "b" * 64, "trusted_until": "2026-11-28T09:00:00Z"}
        return {"public_key": "a" * 64, "previous": [before] * len(self.rotated)}

    def rotate_signing_key(
        self, overlap: timedelta | None, demand: Demand[dict[str, Any]] = nothing_demanded
    ) -> dict[str, Any]:
        demand(self.signing_key())
        self.rotated.append(("signing key", None, overlap))
        return application()

    def authorities(self, name: str) -> list[dict[str, Any]]:
        times = {"until": None, "expires_at": "2027-11-21T09:00:00Z"}
        return [
            {"ca": name, "fingerprint": f"f{len(self.rotated)}", "part": "issuing", "waits_for": []} | times
        ]

    def rotate_authority(
        self,
        name: str,
        lead: timedelta,
        overlap: timedelta | None,
        demand: Demand[list[dict[str, Any]]] = nothing_demanded,
    ) -> dict[str, Any]:
        demand(self.authorities(name))
        self.rotated.append((name, lead, overlap))
        return application()

    def roll_back(self, revision: int, demand: Demand[Revision | None] = nothing_demanded) -> dict[str, Any]:
        demand(self.revisions(1)[0])
        self.revision(revision)
        self.newest += 1
        return application(revision=self.newest)


def client_of(plane: PlaneTwin, limit: Limit = LIMIT) -> TestClient:
    """Whatever is answered in these tests is what the OpenAPI document says."""
    api = admin_api(plane, token=TOKEN, hosts=["127.0.0.1:8400"], limit=limit)
    headers = {"authorization": f"Bearer {TOKEN}"}
    client = TestClient(api, base_url="http://127.0.0.1:8400", headers=headers, raise_server_exceptions=False)
    client.event_hooks = {"response": [Conformity(openapi_document())]}
    return client
