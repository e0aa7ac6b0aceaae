"""What passes between clients and a service beside requests and answers, where the manifest says so."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ringwork.manifest.values import DurationMs, Manifest, Many, Text


class WebSocketManifest(Manifest):
    """Operations that may become a tunnel (RFC 6455)."""

    operations: Annotated[Many[Text], Field(min_length=1, max_length=1000)]
    """GET operations by `operationId`; they are labelled and limited as any others."""
    idle: Annotated[DurationMs, Field(json_schema_extra={"default": "1m"})] = 60_000
    """Longest silence of either side."""
    lifetime: Annotated[DurationMs, Field(json_schema_extra={"default": "60m"})] = 3_600_000
    """A tunnel ends after so long, however busy it is."""
