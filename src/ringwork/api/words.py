"""Words the admin API's documents are made of: each with its form and its bound, as the OpenAPI document says them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

# The numbers JSON's readers agree on (RFC 8259 §6).
LARGEST_NUMBER = 2**53 - 1
_LONGEST_TEXT = 65_536
# More rows than any estate has; what is beyond is left out of an answer, and not of what was done.
MOST_ROWS = 1_000_000


class Order(BaseModel):
    """What is asked for: a word that is not known is not passed over."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What is answered: all there is to say, and nothing beside it. `untagged`: members its ETag is not of, because
    nobody changes them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    untagged: ClassVar[frozenset[str]] = frozenset()


def _cut(text: object) -> object:
    return text[:_LONGEST_TEXT] if isinstance(text, str) else text


def _first(rows: object) -> object:
    return rows[:MOST_ROWS] if isinstance(rows, list) else rows


# For people. What is longer is cut: an answer must not fail for it when the work is done.
Text = Annotated[str, BeforeValidator(_cut), Field(max_length=_LONGEST_TEXT)]
# Of rows that are bounded for their reader: what goes beyond is cut.
Rows = BeforeValidator(_first)

Count = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
# Without control characters.
LINE = r"^[^\x00-\x1f\x7f-\x9f]+$"
Ring = Literal["internal", "partner", "public"]
# As `manifest` has them; plans and partners too.
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,62}$", max_length=63)]
Environment = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,30}$", max_length=31)]
# Of a consumer or an application: printable, and not more than 255 bytes.
Title = Annotated[str, Field(min_length=1, max_length=255)]
# Why something was done, on one line: on record, and in the ledger.
Cause = Annotated[str, Field(pattern=LINE, min_length=1, max_length=255)]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$", max_length=64)]
SpiffeId = Annotated[str, Field(pattern="^spiffe://", max_length=2_048)]
Pem = Annotated[str, Field(pattern="^-----BEGIN ", max_length=1_048_576)]
# `refused` when it is none, with more to say than a pattern has.
Lifetime = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[1-9][0-9]{0,8}[smhd]$",
            "maxLength": 10,
            "description": "A number and s, m, h or d.",
            "examples": ["90d"],
        }
    ),
]
# `KEY`, the identifier of a key, is the part of it that may be seen.
KeyId = Annotated[str, Field(pattern="^[0-9A-Za-z]{1,12}$", max_length=12)]
# Of people, sessions, invitations, machine tokens, accounts and applications.
Handle = Annotated[str, Field(pattern="^[0-9a-f]{12,16}$", max_length=16)]
Groups = Annotated[list[Name], Field(max_length=1_000)]
# What one logs in with, where there is no provider: an address will do.
AccountName = Annotated[
    str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$", max_length=100, examples=["alice"])
]
