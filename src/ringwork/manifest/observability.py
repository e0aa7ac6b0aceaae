"""`observability`: what operators may ask gateways about themselves. What is not there is off."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ringwork.manifest.values import ListenAddress, Manifest


class MetricsManifest(Manifest):
    """Prometheus metrics of each gateway, at `http://<listen>/metrics`."""

    listen: ListenAddress
    """A loopback address of the gateway's machine that no ring listens on; what is there names every API."""
    max_series: Annotated[int, Field(ge=1_000, le=100_000)] = 10_000
    """Series a gateway has at most; APIs that are called after they are used up count together as `_other`."""


class ObservabilityManifest(Manifest):
    """What gateways tell operators."""

    metrics: MetricsManifest | None = None
    """Without it, there are no metrics and no address to ask for them."""
