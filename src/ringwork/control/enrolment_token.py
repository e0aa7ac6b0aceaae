"""The one-time token a gateway is enrolled with: whom to trust, what it will be, and a secret to show once.

`rwn_` and base64url of canonical JSON. It holds no more than its holder is told anyway, but for the secret.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field

from ringwork.kernel.canonical import canonical_json
from ringwork.kernel.refusal import Refused

_PREFIX = "rwn_"
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class EnrolmentToken:
    """`ca` is the SHA-256 (hex) of the node CA's certificate, DER: the control plane proves itself with it."""

    name: str
    rings: tuple[str, ...]
    ca: str
    secret: str = field(repr=False)

    def text(self) -> str:
        written = canonical_json(
            {"name": self.name, "rings": list(self.rings), "ca": self.ca, "secret": self.secret}
        )
        return _PREFIX + base64.urlsafe_b64encode(written).rstrip(b"=").decode()


def read_token(text: str) -> EnrolmentToken:
    """The token in `text`. Raises Refused when it is none."""
    given = text.strip()
    try:
        if not given.startswith(_PREFIX) or len(given) > _LONGEST:
            raise ValueError
        body = given.removeprefix(_PREFIX).encode()
        said = json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
        return EnrolmentToken(
            str(said["name"]), tuple(map(str, said["rings"])), str(said["ca"]), str(said["secret"])
        )
    except (ValueError, KeyError, TypeError):
        raise Refused(
            "enrolment-token-malformed",
            "this is no enrolment token",
            "Copy it whole from `ringwork gateway enrol`; it begins with rwn_.",
        ) from None
