"""Names and ids of consumers and what is theirs."""

from __future__ import annotations

import secrets

from ringwork.kernel.refusal import Refused

# The bound of the record a gateway keeps (`crates/wall/src/identity/record.rs`).
_LONGEST_NAME_BYTES = 255
_ID_BYTES = 8


def new_id() -> str:
    """Of chance: it tells nothing of whose it is."""
    return secrets.token_hex(_ID_BYTES)


def checked_name(kind: str, name: str) -> str:
    """`name` of a `kind` of thing. Raises Refused for what no gateway could keep, or a terminal show."""
    if not name or len(name.encode()) > _LONGEST_NAME_BYTES or not name.isprintable():
        raise Refused(
            f"{kind}-malformed",
            f"the name of the {kind} is empty, unprintable or longer than {_LONGEST_NAME_BYTES} bytes",
            "Choose a short name of printable characters.",
        )
    return name
