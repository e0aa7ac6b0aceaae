"""A store with very many keys, as a restored backup would be: making each by the admin API would take hours."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, insert

from ringwork.audience import Audience
from ringwork.control.changes import key_told
from ringwork.control.directory import ControlDirectory
from ringwork.control.model import Credential, MintedKey
from ringwork.control.native import mint_key
from ringwork.control.store.applications import application_for
from ringwork.control.store.change_log import log_changes
from ringwork.control.store.credential_rows import credential_row, standing_of
from ringwork.control.store.place import open_store
from ringwork.control.store.tables import credentials

ENVIRONMENT = "test"
_AT_ONCE = 10_000


def stocked(control: Path, count: int) -> MintedKey:
    """`count` keys for the public ring, of one application, in the state `control` that nobody has open; the last."""
    now = datetime.now(UTC).replace(microsecond=0)
    minted = [mint_key(ENVIRONMENT) for _ in range(count)]
    made = (_credential(key, now) for key in minted)
    database = open_store(ControlDirectory(control))
    with database.writing() as connection:
        while some := list(islice(made, _AT_ONCE)):
            _add(connection, some)
    database.close()
    return minted[-1]


def _add(connection: Connection, some: list[Credential]) -> None:
    application = application_for(connection, some[0])
    added = [standing_of(application, credential) for credential in some]
    connection.execute(insert(credentials), [credential_row(credential) for credential in added])
    log_changes(connection, [key_told(credential) for credential in added])


def _credential(key: MintedKey, now: datetime) -> Credential:
    return Credential(
        id=key.id,
        sha256=sha256(key.secret.encode()).hexdigest(),
        environment=ENVIRONMENT,
        ring=Audience.PUBLIC.label,
        consumer="many",
        application="default",
        created_at=now,
        plan="free",
    )
