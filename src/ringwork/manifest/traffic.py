"""What passes between clients and a service beside requests and answers, where the manifest says so."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ringwork.manifest.values import DurationMs, HeaderName, Manifest, Many, Origin, Text


class WebSocketManifest(Manifest):
    """Operations that may become a tunnel (RFC 6455)."""

    operations: Annotated[Many[Text], Field(min_length=1, max_length=1000)]
    """GET operations by `operationId`; they are labelled and limited as any others."""
    idle: Annotated[DurationMs, Field(json_schema_extra={"default": "1m"})] = 60_000
    """Longest silence of either side."""
    lifetime: Annotated[DurationMs, Field(json_schema_extra={"default": "60m"})] = 3_600_000
    """A tunnel ends after so long, however busy it is."""


class CorsManifest(Manifest):
    """Which web pages of other origins may call the API (Fetch standard), on the public ring."""

    origins: Annotated[Many[Origin], Field(min_length=1, max_length=100)]
    """`https://app.example`, exactly as browsers send it; or "*" alone: any."""
    headers: Annotated[Many[HeaderName], Field(max_length=50)] = ()
    """Request headers pages may send, beside `authorization`, `content-type`, `x-api-key` and `api-version`."""
    expose: Annotated[Many[HeaderName], Field(max_length=50)] = ()
    """Response headers pages may read, beside those browsers show anyway."""
    credentials: bool = False
    """Whether browsers send cookies along; not with "*"."""
    max_age: Annotated[DurationMs, Field(json_schema_extra={"default": "10m"})] = 600_000
    """How long a browser remembers the answer to a preflight."""


class CacheManifest(Manifest):
    """Responses to GET that gateways keep and give again (RFC 9111)."""

    operations: Annotated[Many[Text], Field(min_length=1, max_length=1000)] | None = None
    """GET operations by `operationId`; default: all."""
    ttl: DurationMs | None = None
    """How long a response is fresh of which the service says nothing; default: such a response is not kept."""
    shared: bool = False
    """Whether what one caller was given may be given to others of its ring; default: each has its own."""
    vary: Annotated[Many[HeaderName], Field(max_length=20)] = ()
    """Request headers by which responses differ, beside those they name themselves (`Vary`)."""
    stale_if_error: DurationMs | None = None
    """How long after it went stale a response stands in for a service that fails; default: not at all."""
    max_object_bytes: Annotated[int, Field(ge=1, le=64 * 1024 * 1024)] = 1024 * 1024
    """Larger bodies are not kept."""
