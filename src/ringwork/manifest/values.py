"""Scalar values of manifests: what they look like, and what is said when they do not.

Each type is an annotated `str` or `int` with its own message and help (law 8) and its JSON Schema for editors.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import date
from typing import Annotated, Any, ClassVar, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from ringwork.audience.audience import WORDS, Audience, understood
from ringwork.kernel.suggest import did_you_mean

Item = TypeVar("Item")
Many = Annotated[tuple[Item, ...], Strict(False)]


class Manifest(BaseModel):
    """Base of everything written in the estate: unknown keys are mistakes, values are never guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)
    differs_from: ClassVar[type[BaseModel] | None] = None
    """What an environment's part differs from: the keys it may not change are told from those nobody knows."""


def refuse(message: str, help: str, code: str = "invalid-value") -> NoReturn:
    """Raise what `parse` turns into a located finding."""
    # Braces would be read as placeholders of the message template, so texts travel as context.
    raise PydanticCustomError("invalid-value", "{message}", {"message": message, "help": help, "code": code})


def _matching(pattern: str, says: str, help: str, longest: int) -> tuple[AfterValidator, Any]:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if len(text) > longest:
            refuse(f"this has {len(text)} characters, more than {longest}", help)
        if not compiled.fullmatch(text):
            refuse(f'"{_shown(text)}" is not {says}', help)
        return text

    return AfterValidator(check), Field(
        json_schema_extra={"pattern": f"^(?:{pattern})$", "maxLength": longest}
    )


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"


Name = Annotated[
    str,
    *_matching(
        r"[a-z][a-z0-9-]*", "a name", "Use lower-case letters, digits and hyphens; begin with a letter.", 63
    ),
]
NAME_PATTERN = re.compile(r"[a-z][a-z0-9-]{0,62}")
ENVIRONMENT_PATTERN = re.compile(r"[a-z][a-z0-9-]{0,30}")

Environment = Annotated[
    str,
    *_matching(
        r"[a-z][a-z0-9-]*",
        "the name of an environment",
        "Use lower-case letters, digits and hyphens, at most 31: the name is part of every key (rw_<env>_…).",
        31,
    ),
]

VersionName = Annotated[
    str,
    *_matching(
        r"[A-Za-z0-9][A-Za-z0-9._-]*",
        "a version name that is safe in a URL",
        "Use letters, digits, '.', '_' and '-', such as v1 or 2024-01-15.",
        63,
    ),
]

Prefix = Annotated[
    str,
    *_matching(
        r"/|(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+",
        "a path prefix",
        'Begin with "/", use letters, digits, "-", ".", "_" and "~", and leave out a trailing "/"; "/" is the root.',
        200,
    ),
]

Scope = Annotated[
    str,
    *_matching(
        r"[!#-\[\]-~]+",
        "a scope",
        "Scopes are printable ASCII characters without spaces, quotes and backslashes (RFC 6749 section 3.3).",
        255,
    ),
]

HeaderName = Annotated[
    str,
    *_matching(
        r"[A-Za-z0-9!#$%&'*+.^_`|~-]+",
        "the name of a header",
        "Header names are tokens (RFC 9110 section 5.1), such as x-total-count.",
        100,
    ),
    AfterValidator(str.lower),
]

Origin = Annotated[
    str,
    *_matching(
        r"\*|https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?",
        "an origin",
        'Write scheme, host in lower case and port, as browsers do: "https://app.example"; no path, no "/" at the end.',
        300,
    ),
]

_REFERENCE = r"secret://[A-Za-z0-9][A-Za-z0-9._/-]*|env://[A-Za-z_][A-Za-z0-9_]*|file:///[^\x00-\x1f\x7f]+"


def _secret_reference(text: str) -> str:
    """What stands here by mistake may be the secret itself, so it is not quoted."""
    if len(text) > 200 or not re.fullmatch(_REFERENCE, text):
        help = "Name it: secret://name (`ringwork secret set name`), env://NAME or file:///path."
        refuse("this is not a reference to a secret; no secret stands in an estate", help, "secret-literal")
    return text


SecretReference = Annotated[
    str,
    AfterValidator(_secret_reference),
    Field(json_schema_extra={"pattern": f"^(?:{_REFERENCE})$", "maxLength": 200}),
]

RelativeFile = Annotated[
    str,
    *_matching(
        r"(?!/)[^\x00-\x1f\\]+",
        "the path of a file relative to this folder",
        'Write it relative, with forward slashes, such as "v1/openapi.yaml".',
        400,
    ),
]

AnyFile = Annotated[
    str,
    *_matching(r"[^\x00-\x1f]+", "the path of a file", "Relative paths begin at the estate's folder.", 1000),
]


def _text(text: str) -> str:
    if not text.strip():
        refuse("this must not be empty", "Write it, or leave the key out where it is optional.")
    return text


Text = Annotated[str, AfterValidator(_text), Field(max_length=300)]
LongText = Annotated[str, AfterValidator(_text), Field(max_length=20_000)]

_HOST_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_HOST_LABEL}(?:\.{_HOST_LABEL})*")
_HOST_HELP = 'Write a host name without scheme, port or wildcard, such as "api.acme.example".'


def _host(text: str) -> str:
    name = text.lower()
    if len(name) > 253 or not _HOST.fullmatch(name):
        refuse(f'"{_shown(text)}" is not a host name', _HOST_HELP)
    return name


HostName = Annotated[str, AfterValidator(_host), Field(json_schema_extra={"format": "hostname"})]


EndpointAddress = Annotated[
    str,
    *_matching(
        r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?",
        "an endpoint",
        'Write host and port, such as "10.0.0.5:8080" or "orders.internal:8080"; default port: that of the url.',
        260,
    ),
]

SentHost = Annotated[
    str,
    *_matching(
        r"own|preserve|[A-Za-z0-9.-]+(?::[0-9]{1,5})?",
        'a host, "own" or "preserve"',
        "`own` sends the url's host, `preserve` the client's, anything else is sent as it is.",
        260,
    ),
]

_SEGMENT = r"(?!\.{1,2}(?:/|$))(?:[A-Za-z0-9._~-]|\{(?:api|version)\})+"
PathPrefix = Annotated[
    str,
    *_matching(
        rf"strip|keep|(?:/{_SEGMENT})+",
        "a prefix",
        '`strip`, `keep`, or a path such as "/shop/{version}"; it may hold {api} and {version}.',
        300,
    ),
]

RequestPath = Annotated[
    str,
    *_matching(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*", "a path", 'Begin with "/", such as "/healthz".', 500),
]

HttpStatus = Annotated[int, Field(ge=200, le=599)]


def _listen_address(text: str) -> str:
    help = 'Write address and port, such as "127.0.0.1:8443" or "[::1]:8443"; port 0 picks a free one.'
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})", text)
    if match is None:
        refuse(f'"{_shown(text)}" is not an IP address with a port', help)
    try:
        address = ipaddress.ip_address(match[1] or match[2])
    except ValueError:
        refuse(f'"{_shown(match[1] or match[2])}" is not an IP address', help)
    port = int(match[3])
    if port > 65_535:
        refuse(f"{port} is not a port", "Ports go from 0 to 65535.")
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


ListenAddress = Annotated[
    str, AfterValidator(_listen_address), Field(json_schema_extra={"examples": ["127.0.0.1:8443"]})
]


def _network(text: str) -> str:
    help = 'Write a network as address/length, such as "10.0.0.0/8".'
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        refuse(f'"{_shown(text)}" is not a network', help)
    if "/" in text and str(network.network_address) != str(ipaddress.ip_address(text.partition("/")[0])):
        refuse(f'"{text}" has bits set beyond its length', f'Did you mean "{network}"?')
    return str(network)


Network = Annotated[str, AfterValidator(_network), Field(json_schema_extra={"examples": ["10.0.0.0/8"]})]

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000}
_LONGEST_MS = 3_600_000


def _milliseconds(value: object) -> int:
    help = 'Write a number and its unit: "500ms", "2s" or "1m", at most one hour.'
    match = re.fullmatch(r"([0-9]{1,9})(ms|s|m)", value) if isinstance(value, str) else None
    if match is None:
        refuse(f'"{_shown(str(value))}" is not a duration', help)
    duration_ms = int(match[1]) * _UNITS_MS[match[2]]
    if not 1 <= duration_ms <= _LONGEST_MS:
        refuse(f'"{value}" is not between 1ms and 60m', help)
    return duration_ms


DurationMs = Annotated[
    int,
    PlainValidator(_milliseconds),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,9}(ms|s|m)$", "examples": ["2s", "500ms"]}),
]


def _audience(value: object) -> Audience:
    audience = understood(value)
    if audience is None:
        refuse(f'"{_shown(str(value))}" is not an audience', did_you_mean(str(value), WORDS))
    return audience


AudienceWord = Annotated[
    Audience, PlainValidator(_audience), WithJsonSchema({"type": "string", "enum": list(WORDS)})
]

# Beyond this a GCRA emission interval is below what the gateway's clock resolves usefully.
PerMinute = Annotated[int, Field(ge=1, le=10_000_000)]
PerDay = Annotated[int, Field(ge=1, le=10_000_000_000)]
BurstFactor = Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)]
BodyBytes = Annotated[int, Field(ge=0, le=1024 * 1024 * 1024)]


class Owner(Manifest):
    """Who answers for it."""

    team: Text
    """Name of the team."""
    contact: Text
    """Where the team is reached: an address, a channel, a page."""


def _read_day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        refuse("this is not a day", "Write it like 2026-12-31.")


Day = Annotated[date, PlainValidator(_read_day), WithJsonSchema({"type": "string", "format": "date"})]
"""RFC 3339 §5.6 full-date; UTC."""
