"""What a token is bound to: who has it has that as well, or it opens nothing (`cnf`, RFC 7800 §3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Binding:
    """`jkt`: thumbprint of the key of its proofs (RFC 9449 §6.1); `x5t`: of the client's certificate (RFC 8705 §3.1).
    Each that is there is demanded; without any, whoever bears the token may use it.
    """

    jkt: str | None = None
    x5t: str | None = None

    @property
    def claims(self) -> dict[str, dict[str, str]]:
        """Of a token."""
        said = {"jkt": self.jkt, "x5t#S256": self.x5t}
        members = {name: value for name, value in said.items() if value is not None}
        return {"cnf": members} if members else {}

    def has(self, other: Binding) -> bool:
        """Whether it has all that `other` demands."""
        return other.jkt in (None, self.jkt) and other.x5t in (None, self.x5t)


NOTHING = Binding()


def token_type(claims: Mapping[str, object]) -> str:
    """How a token is presented (RFC 9449 §5; RFC 8705 §3 has no type of its own)."""
    bound = claims.get("cnf")
    return "DPoP" if isinstance(bound, dict) and "jkt" in bound else "Bearer"
