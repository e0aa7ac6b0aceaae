"""Who holds keys that work, application by application: what tells who may still call something."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select

from ringwork.control.model import KeyHolder, Restrictions
from ringwork.control.store.credential_rows import NOT_SUSPENDED
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.tables import accounts, applications, credentials, key_uses


def holders(database: Database, now: datetime, *, limit: int) -> list[KeyHolder]:
    """The last used first. Keys of an application that are restricted alike count as one holder."""
    ends, begins, last = credentials.c.expires_at, credentials.c.not_before, func.max(key_uses.c.used_at)
    works = and_(
        credentials.c.revoked_at.is_(None),
        or_(ends.is_(None), ends > unix(now)),
        or_(begins.is_(None), begins <= unix(now)),
        NOT_SUSPENDED,
    )
    grouped = (
        applications.c.id,
        accounts.c.name,
        applications.c.name,
        applications.c.pins,
        credentials.c.ring,
        credentials.c.partner,
        credentials.c.restrictions,
    )
    found = (
        select(*grouped, func.count(), last)
        .join(applications, applications.c.id == credentials.c.application_id)
        .join(accounts, accounts.c.id == applications.c.account)
        .outerjoin(key_uses, key_uses.c.id == credentials.c.id)
        .where(works)
        .group_by(*grouped)
        .order_by(func.coalesce(last, 0).desc(), applications.c.id, credentials.c.restrictions)
        .limit(limit)
    )
    with database.reading() as connection:
        return [_holder(row) for row in connection.execute(found)]


def _holder(row: Row[Any]) -> KeyHolder:
    values: tuple[Any, ...] = tuple(row)
    application_id, consumer, application, pins, ring, partner, restrictions, keys, used_at = values
    said = {name: tuple(values) for name, values in json.loads(restrictions).items()}
    return KeyHolder(
        application_id=application_id,
        consumer=consumer,
        application=application,
        ring=ring,
        partner=partner,
        restrictions=Restrictions(**said),
        pins=json.loads(pins),
        keys=keys,
        used_at=moment(used_at),
    )
