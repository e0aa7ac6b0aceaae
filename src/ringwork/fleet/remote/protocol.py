"""What control plane and remote gateways say to each other: JSON over mTLS (docs/decisions/).

Members a side does not know are ignored, so that either may be one release ahead; what must not be ignored is a
new protocol number. Both sides name all they speak, and the highest common one holds for the exchange.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ringwork.control.records.model import Told
from ringwork.kernel.refusal import Refused

# Newest last. A release drops a number only after one release that spoke its successor too.
PROTOCOLS: tuple[int, ...] = (1,)

# Both sides' names in TLS, whatever address is dialled: the node CA vouches for nobody else.
CONTROL_NAME = "control.ringwork"

MAX_CHANGES = 10_000
# Of one of them, JSON.
MAX_CHANGE_BYTES = 1 << 20
MAX_OBJECTS = 256
# Of objects in one answer; an object that is larger travels alone.
MAX_OBJECTS_BYTES = 8 << 20
MAX_ANSWER_BYTES = 256 << 20
# What every JSON reader keeps exactly (RFC 7493 §2.2).
MAX_REVISION = 2**53 - 1
LONGEST_WAIT_SECONDS = 25.0
REPORT_SECONDS = 5.0
MAX_KEYS_USED = 10_000
# Of a journal: one is of one start of the gateway, and goes once the ledger has it.
MAX_RUNS = 10_000
# More than a chunk of a journal has.
MAX_WRITES = 10_000
Run = Annotated[str, Field(pattern="^[0-9-]{1,40}$", max_length=40)]
KeyId = Annotated[str, Field(pattern="^[0-9A-Za-z]{1,12}$", max_length=12)]


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class EnrolRequest(Message):
    """`csr_pem`: PKCS #10, P-256; of it only the key counts."""

    protocols: list[int] = Field(max_length=64)
    secret: str = Field(max_length=256)
    csr_pem: str = Field(max_length=16_384)


class EnrolAnswer(Message):
    """`trust`: Ed25519 keys (hex) a manifest may be signed with."""

    protocol: int
    name: str
    rings: list[str]
    certificate_pem: str
    ca_pem: str
    trust: list[str]


class IdentityPosition(Message):
    """How far a copy of the identity change log goes; `epoch` "" and 0: an empty one."""

    epoch: str = ""
    seq: int = 0


class SyncRequest(Message):
    """`manifest`: content hash of the one the node has; the answer waits while there is nothing newer."""

    protocols: list[int] = Field(max_length=64)
    manifest: str | None = None
    identity: IdentityPosition = IdentityPosition()
    trust: list[str] = Field(default=[], max_length=64)
    # `values_hash` of the secrets it has; None: a release that knows none, and is told none.
    secrets: str | None = Field(default=None, max_length=64)
    # `pem_hash` of the CAs it trusts the control plane by; None: a release that does not say.
    ca: str | None = Field(default=None, max_length=64)
    # `key_sets_hash` of the issuers' keys it has; None: a release that knows none, and is told none.
    key_sets: str | None = Field(default=None, max_length=64)
    # Ring → SHA-256 of the CA certificate its listener's is of; None: a release that does not say.
    authorities: dict[str, str] | None = Field(default=None, max_length=8)
    wait_seconds: float = Field(default=0.0, ge=0.0, le=LONGEST_WAIT_SECONDS)


class CurrentRevision(Message):
    revision: int
    manifest: str


class IdentityPart(Message):
    """Changes up to `seq`. `reset`: they begin a new copy. `more`: ask again at once."""

    epoch: str
    seq: int
    reset: bool = False
    more: bool = False
    changes: list[dict[str, Any]] = []


class StandingHead(Message):
    """The first line of what holds for a node that begins anew; each line after it is a change. The copy that makes is
    the one changes above `seq` are for.
    """

    epoch: str
    seq: int


class SyncAnswer(Message):
    """`current` None: nothing was published for these rings yet.

    `ca_pem`: what the control plane is trusted by, the CA that issues first; a node whose own certificate is of another
    asks for one. `authorities`: ring → PEM of the CA its listener's certificate is asked of; other rings' the operator
    brings.
    """

    protocol: int
    current: CurrentRevision | None
    identity: IdentityPart
    trust: list[str]
    ca_pem: str
    authorities: dict[str, str] = {}
    # Reference → value, of what the rings' upstreams need.
    secrets: dict[str, str] = Field(default={}, repr=False)
    # Address → JWK set, of the issuers the rings accept.
    key_sets: dict[str, dict[str, Any]] = {}


class ObjectsRequest(Message):
    names: list[str] = Field(max_length=MAX_OBJECTS)


class ObjectsAnswer(Message):
    """As many of the named as one answer holds, in their order, at least one: name → content (canonical JSON)."""

    objects: dict[str, str]


class CertificateRequest(Message):
    """`ring` None: the node's own certificate."""

    ring: str | None = None
    csr_pem: str = Field(max_length=16_384)


class CertificateAnswer(Message):
    certificate_pem: str


class Report(Message):
    """A node's word: what its gateway serves, what it refused. `gateway`: the members of status.json.

    `newest`: the highest revision it ever had, and lower ones it refuses; None: a release that does not say.
    """

    version: str
    protocols: list[int] = Field(max_length=64)
    seq: int
    gateway: dict[str, Any]
    pins: dict[str, str] = {}
    newest: int | None = Field(default=None, ge=0, le=MAX_REVISION)
    # SHA-256 (hex) of the CA certificates it trusts the control plane by; None: a release that does not say.
    trusts: list[str] | None = Field(default=None, max_length=16)
    problem: str | None = Field(default=None, max_length=4096)
    # Key → Unix time of the minute it was used last, of those used since they were told; of a release that says so.
    used: dict[KeyId, Annotated[int, Field(ge=0, le=MAX_REVISION)]] = Field(
        default={}, max_length=MAX_KEYS_USED
    )


class PositionsRequest(Message):
    """Which runs of the node's journal are asked about."""

    runs: list[Run] = Field(max_length=MAX_RUNS)


class PositionsAnswer(Message):
    """Run → up to where the ledger has it."""

    positions: dict[str, int]


class WritesRequest(Message):
    """What one run of the node's journal tells between two places of it (`control/records`)."""

    run: Run
    begin: int = Field(ge=0, le=MAX_REVISION)
    end: int = Field(ge=0, le=MAX_REVISION)
    told: list[Told] = Field(max_length=MAX_WRITES)


class WritesAnswer(Message):
    """Up to where the ledger has the run."""

    position: int


def pem_hash(ca_pem: str) -> str:
    """What stands for CA certificates in a request."""
    return hashlib.sha256(ca_pem.encode()).hexdigest()


def fingerprints(authorities: Mapping[str, str]) -> dict[str, str]:
    """Of CA certificates, PEM by ring: SHA-256 of each, hex. Raises ValueError for what is no PEM."""
    return {
        ring: hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest() for ring, pem in authorities.items()
    }


def agreed_protocol(theirs: Iterable[int], ours: Iterable[int] = PROTOCOLS) -> int:
    """The newest both speak. Raises Refused."""
    common = set(theirs) & set(ours)
    if common:
        return max(common)
    raise Refused(
        "protocol-unknown",
        f"the other side speaks protocols {sorted(set(theirs))}, this one {sorted(ours)}",
        "Control plane and gateways may be one release apart: upgrade the older one.",
        status=409,
    )
