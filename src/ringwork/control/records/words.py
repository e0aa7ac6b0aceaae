"""A write in the ledger's words."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from ringwork.control.ledger.deeds import Actor, Deed
from ringwork.control.records.model import RecordId, Told, Who, Write
from ringwork.kernel.clock import rfc3339

ACTION = "record.write"
THROUGH = "gateway"
_SERVICES = frozenset(("mtls", "service_token", "mesh_proxy"))
_HASH_BYTES = 16


def subject(type: str, id: RecordId) -> str:
    """`record:order:42`; `record:order#<hash>` where the id is sensitive; `record:order` where it is not known. No two
    are the same text, whatever an id is: a type has neither `:` nor `#`.
    """
    if id.plain is not None:
        return f"record:{type}:{id.plain}"
    return f"record:{type}" if id.hashed is None else f"record:{type}#{id.hashed}"


def hashed(type: str, id: str, key: str) -> RecordId:
    """What stands for a sensitive id (`crates/wall/src/recording.rs`). `key`: the masking key, as gateways have it."""
    digest = hmac.new(key.encode(), f"record\n{type}\n{id}".encode(), hashlib.sha256).digest()
    return RecordId(hashed=digest[:_HASH_BYTES].hex())


def deed(write: Write) -> Deed:
    return Deed(ACTION, subject(write.type, write.id), None, None)


def actor(caller: Who) -> Actor:
    """As the gateway knew it."""
    return Actor(_name(caller), THROUGH, _credential(caller))


def _name(caller: Who) -> str:
    if caller.is_person:
        return f"person:{caller.issuer}/{caller.holder}"
    if caller.proof in _SERVICES:
        return f"service:{caller.consumer}"
    return f"application:{caller.consumer}/{caller.application}"


def _credential(caller: Who) -> str | None:
    """A key's, or an OAuth client's; else who issued the token, and to whom as far as that may be named."""
    if caller.credential is not None:
        kind = "key" if caller.issuer is None else "client"
        return f"{kind}:{caller.credential}"
    if caller.issuer is None or caller.is_person:
        return None
    return f"token:{caller.issuer}" + ("" if caller.holder is None else f"/{caller.holder}")


def call(told: Told, gateway: str | None) -> dict[str, Any]:
    """What an entry says of the call. `gateway`: None is the one beside the control plane."""
    write = told.write
    said: dict[str, Any] = {
        "at": rfc3339(write.at),
        "ring": write.ring,
        "api": write.api,
        "version": write.version,
        "operation": write.operation,
        "request": write.call,
        "outcome": told.outcome,
    }
    said |= {} if told.status is None else {"status": told.status}
    said |= {} if gateway is None else {"gateway": gateway}
    return said | ({} if write.id.unknown is None else {"id_unknown": write.id.unknown})
