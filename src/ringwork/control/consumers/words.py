"""Names of consumers and what is theirs."""

from __future__ import annotations

from ringwork.kernel.refusal import Refused

# The bound of the record a gateway keeps (`crates/wall/src/identity/record.rs`).
_LONGEST_NAME_BYTES = 255


def checked_name(kind: str, name: str) -> str:
    """`name` of a `kind` of thing. Raises Refused for what no gateway could keep, or a terminal show."""
    if not name or len(name.encode()) > _LONGEST_NAME_BYTES or not name.isprintable():
        raise Refused(
            f"{kind}-malformed",
            f"the name of the {kind} is empty, unprintable or longer than {_LONGEST_NAME_BYTES} bytes",
            "Choose a short name of printable characters.",
        )
    return name
