"""API keys as rows, and how they stand by their application and account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Row, and_, not_, select

from ringwork.control.consumers.model import Application
from ringwork.control.model import Credential, Restrictions
from ringwork.control.store.database import moment, unix
from ringwork.control.store.tables import accounts, applications, credentials, key_uses

_TIMES = ("created_at", "not_before", "expires_at", "revoked_at")
NOT_SUSPENDED = and_(applications.c.suspended_at.is_(None), accounts.c.suspended_at.is_(None))
# What `credential_of` reads.
WITH_STANDING = (
    select(credentials, not_(NOT_SUSPENDED).label("suspended"), key_uses.c.used_at, applications.c.pins)
    .join(applications, applications.c.id == credentials.c.application_id)
    .join(accounts, accounts.c.id == applications.c.account)
    .outerjoin(key_uses, key_uses.c.id == credentials.c.id)
)


def credential_of(row: Row[Any] | Mapping[str, Any]) -> Credential:
    given = dict(row if isinstance(row, Mapping) else row._mapping)
    restrictions = {name: tuple(values) for name, values in json.loads(given.pop("restrictions")).items()}
    given |= {name: moment(given[name]) for name in (*_TIMES, "used_at")}
    given |= {"restrictions": Restrictions(**restrictions), "suspended": bool(given["suspended"])}
    given |= {"pins": json.loads(given["pins"])}
    return Credential(**given)


def credential_row(credential: Credential) -> dict[str, Any]:
    return {
        "id": credential.id,
        "sha256": credential.sha256,
        "environment": credential.environment,
        "ring": credential.ring,
        "consumer": credential.consumer,
        "application": credential.application,
        "application_id": credential.application_id,
        "plan": credential.plan,
        "partner": credential.partner,
        "kind": credential.kind,
        "restrictions": json.dumps(asdict(credential.restrictions), sort_keys=True),
        **{name: unix(getattr(credential, name)) for name in _TIMES},
    }


def standing_of(application: Application, credential: Credential) -> Credential:
    """A new one of `application`: without an agreement it has its application's plan."""
    plan = credential.plan or (application.plan if credential.partner is None else None)
    return replace(
        credential,
        application_id=application.id,
        plan=plan,
        suspended=not application.works,
        pins=application.pins,
    )
