"""`observability`: what operators are told of gateways and their calls. What is not there is off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from ringwork.manifest.values import HeaderName, ListenAddress, Manifest, SecretReference, refuse


class MetricsManifest(Manifest):
    """Prometheus metrics of each gateway, at `http://<listen>/metrics`."""

    listen: ListenAddress
    """A loopback address of the gateway's machine that no ring listens on; what is there names every API."""
    max_series: Annotated[int, Field(ge=1_000, le=100_000)] = 10_000
    """Series a gateway has at most; APIs that are called after they are used up count together as `_other`."""


class OtlpManifest(Manifest):
    """Where records are sent: OTLP over HTTP, in protobuf."""

    endpoint: Annotated[str, Field(max_length=2000, json_schema_extra={"format": "uri"})]
    """`http(s)://host:port`; without a path, the usual one of its kind is added (`/v1/traces`, `/v1/logs`)."""
    headers: Annotated[Mapping[HeaderName, SecretReference], Field(max_length=20)] = {}
    """Sent with every request, such as `authorization`; each value by reference."""
    ca: SecretReference | None = None
    """PEM with the CAs that may vouch for the endpoint, by reference; default: the system's."""


def _endpoint_alone(value: Any) -> Any:
    return {"endpoint": value} if isinstance(value, str) else value


Otlp = Annotated[OtlpManifest, BeforeValidator(_endpoint_alone, json_schema_input_type=str | OtlpManifest)]


def _of_a_million(share: float) -> float:
    if 0 < share < 0.000_001:
        refuse(f"{share:g} is less than one in a million", "Write 0 for none, or at least 0.000001.")
    return share


class TracesManifest(Manifest):
    """The gateway stands in its calls' traces, with spans of its own."""

    sample: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), AfterValidator(_of_a_million)] = 0.01
    """Share of the traces that begin here to be recorded; of accepted ones the caller decided."""
    otlp: Otlp | None = None
    """Where spans are sent; without it, the access log alone has them."""


class LogsManifest(Manifest):
    """The access log for others to keep: a record of every call."""

    otlp: Otlp
    """Where records are sent."""


class ObservabilityManifest(Manifest):
    """What gateways tell operators."""

    metrics: MetricsManifest | None = None
    """Without it, there are no metrics and no address to ask for them."""
    traces: TracesManifest | None = None
    """Without it, no trace begins here; those a ring accepts pass on."""
    logs: LogsManifest | None = None
    """Without it, calls are in the gateway's own files alone."""
