"""`/metrics`: the control plane's own, for Prometheus; not there unless `observability.metrics` is on."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ringwork.api.plane import Serving
from ringwork.api.refusals import Responses, refusals
from ringwork.api.routes import Routes
from ringwork.fleet.measures import Measures
from ringwork.kernel.refusal import Refused

routes = Routes("metrics")

_TEXT: Responses = {
    200: {"description": "Exposition format", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@routes.get(
    "/metrics",
    summary="Measure the control plane",
    response_class=Response,
    responses=refusals({404: ("metrics-off",)}) | _TEXT,
)
def measure(plane: Serving) -> Response:
    """Not there unless `observability.metrics` is on."""
    measures = plane.measures()
    if measures is None:
        help = "Say where in ringwork.yaml: `observability: {metrics: {listen: 127.0.0.1:9464}}`."
        raise Refused("metrics-off", "metrics are off", help, status=404)
    return Response(exposition(measures), headers={"content-type": CONTENT_TYPE_LATEST})


def exposition(measures: Measures) -> bytes:
    """The text Prometheus reads (exposition format 0.0.4 and later)."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Measured(measures))
    return generate_latest(registry)


class _Measured(Collector):
    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        measures = self._measures
        yield GaugeMetricFamily("ringwork_control_revision", "Revision published", measures.revision)
        yield GaugeMetricFamily(
            "ringwork_control_keys_ending",
            "Keys that work and end by themselves within 14 days",
            measures.keys_ending,
        )
        applications = CounterMetricFamily(
            "ringwork_control_applications", "Estates applied, by what came of it", labels=["outcome"]
        )
        for outcome, count in sorted(measures.applications.items()):
            applications.add_metric([outcome], count)
        yield applications
        yield from self._gateways()

    def _gateways(self) -> Iterator[Metric]:
        names = {
            "running": "Whether the gateway runs, as it was heard last",
            "revision": "Revision it serves, as it was heard last",
            "refused": "Whether it refused a revision that was not mended",
            "heard_timestamp_seconds": "When a gateway elsewhere was heard last",
        }
        families = {
            name: GaugeMetricFamily(f"ringwork_control_gateway_{name}", help, labels=["gateway"])
            for name, help in names.items()
        }
        for gateway in self._measures.gateways:
            families["running"].add_metric([gateway.name], gateway.running)
            families["revision"].add_metric([gateway.name], gateway.revision)
            families["refused"].add_metric([gateway.name], gateway.refused)
            if gateway.heard_at is not None:
                families["heard_timestamp_seconds"].add_metric([gateway.name], gateway.heard_at.timestamp())
        yield from families.values()
