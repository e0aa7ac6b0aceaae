"""The admin API and its entrance on a port of their own, on either database, beside a provider that is really run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringwork.api.application import openapi_document
from ringwork.intent.people import GroupIntent, PeopleIntent, ProviderIntent
from tests.rooms.api.people.running import ControlPlane
from tests.rooms.api.twin import PlaneTwin
from tests.rooms.control.world import World
from tests.support.conformity import Conformity
from tests.support.identity_provider.provider import CLIENT, IdentityProvider
from tests.support.ports import free_port


@pytest.fixture(scope="session")
def port() -> int:
    """Where the control planes of all tests are, one after the other: a provider knows them by it."""
    return free_port()


@pytest.fixture(scope="module")
def idp(port: int) -> Iterator[IdentityProvider]:
    started = IdentityProvider(f"http://127.0.0.1:{port}")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def conformity() -> Conformity:
    return Conformity(openapi_document())


@pytest.fixture
def here(tmp_path: Path, store: str | None, port: int, conformity: Conformity) -> Iterator[ControlPlane]:
    """People have accounts here."""
    world = World(tmp_path, store=store)
    world.now = datetime.now(UTC)  # a provider has a clock of its own
    world.policy = PeopleIntent(
        groups=(
            GroupIntent("platform-operations", "All of it.", tuple(ALL)),
            GroupIntent("support-refunds", "Looks.", ("read",)),
            GroupIntent("onboarding", "Lets people in.", ("people",)),
        )
    )
    with ControlPlane(world, PlaneTwin(world), port, conformity) as running:
        yield running


@pytest.fixture
def there(here: ControlPlane, idp: IdentityProvider) -> ControlPlane:
    """People log in through the provider, where there are alice, who operates, and bob, who looks."""
    groups = (
        GroupIntent("platform-operations", "All of it.", tuple(ALL), {"groups": ("acme-platform",)}),
        GroupIntent("support-refunds", "Looks.", ("read",), {"realm_access.roles": ("support",)}),
    )
    scopes = ("openid", "profile", "groups", "offline_access")
    provider = ProviderIntent(
        idp.issuer, CLIENT, "secret://idp", scopes, ("RS256", "ES256", "EdDSA"), ask_consent=True
    )
    here.world.policy = PeopleIntent(groups, url=here.url, provider=provider, recheck_s=60)
    idp.person("alice", name="Alice", groups=["acme-platform", "acme-all"])
    idp.person("bob", name="Bob", groups=["acme-all"], realm_access={"roles": ["support"]})
    idp.person("mallory", name="Mallory", groups=["acme-all"])
    return here


ALL = ("read", "keys", "identities", "people", "trust", "revisions")
