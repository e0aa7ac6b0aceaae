"""What operators are told: the estate's `observability`, defaults filled in."""

from __future__ import annotations

from ringwork.intent.model import (
    LogsIntent,
    MetricsIntent,
    ObservabilityIntent,
    OtlpIntent,
    TracesIntent,
)
from ringwork.manifest.observability import ObservabilityManifest, OtlpManifest
from ringwork.manifest.upstream import upstream_url

_MILLION = 1_000_000


def build_observability(stated: ObservabilityManifest) -> ObservabilityIntent:
    """Raises ValueError for an endpoint that is no URL; checks keep such an estate back."""
    metrics, traces, logs = stated.metrics, stated.traces, stated.logs
    return ObservabilityIntent(
        metrics=None if metrics is None else MetricsIntent(metrics.listen, metrics.max_series),
        traces=None
        if traces is None
        else TracesIntent(
            sample_per_million=round(traces.sample * _MILLION),
            otlp=None if traces.otlp is None else _otlp(traces.otlp, "/v1/traces"),
        ),
        logs=None if logs is None else LogsIntent(_otlp(logs.otlp, "/v1/logs")),
    )


def _otlp(stated: OtlpManifest, usual_path: str) -> OtlpIntent:
    """Without a path, the one OTLP gives the signal (OTLP specification, "OTLP/HTTP Request")."""
    has_path = bool(upstream_url(stated.endpoint).path)
    endpoint = stated.endpoint if has_path else stated.endpoint.rstrip("/") + usual_path
    return OtlpIntent(endpoint, dict(sorted(stated.headers.items())), stated.ca)
