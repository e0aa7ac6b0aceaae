"""`callers`: which services may call an API on the internal ring."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from ringwork.manifest.values import Manifest, Many, Name, refuse

_SERVICE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"
_SPIFFE = rf"spiffe://[a-z0-9][a-z0-9.-]*/{_SERVICE}"
_SCHEME = "spiffe://"
SERVICE_PATTERN = f"{_SERVICE}|{_SPIFFE}"


def _service(text: str) -> str:
    if not re.fullmatch(SERVICE_PATTERN, text):
        refuse(
            "this is no name of a service",
            "Write the name its certificate has, such as storefront, or its SPIFFE id, "
            "spiffe://TRUST-DOMAIN/storefront.",
        )
    return text


def service_name(text: str) -> str:
    """The service's name, also of a SPIFFE id (SPIFFE-ID section 2)."""
    return text.rpartition("/")[2]


def trust_domain_of(text: str) -> str | None:
    """Of a SPIFFE id; None for a name."""
    return text.removeprefix(_SCHEME).partition("/")[0] if text.startswith(_SCHEME) else None


Service = Annotated[
    str, AfterValidator(_service), Field(json_schema_extra={"pattern": f"^(?:{SERVICE_PATTERN})$"})
]
Services = Annotated[Many[Service], Field(max_length=1000)]


class CallersManifest(Manifest):
    """Services that may call, and no others; people are let in by `x-groups` of operations."""

    services: Services = ()
    """By name, as their certificates have it, or by SPIFFE id."""
    groups: Annotated[Many[Name], Field(max_length=100)] = ()
    """Functional groups: the `services` of groups/<name>.yaml."""
