"""Whom gateways, and those who follow their logs, may tell of calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.bundle.prove.estate import ReadEstate
from ringwork.bundle.prove.reading import Layers, Part
from ringwork.bundle.prove.relations import Exactly, Tree
from ringwork.bundle.prove.units import address, url

_MILLION = 1_000_000


def allowed_observability(estate: ReadEstate, listening: Mapping[str, str]) -> Tree:
    """What is not said is off. Raises ValueError."""
    said = estate.observability
    traces, logs = said.at("traces", "otlp").stated, said.at("logs", "otlp").stated
    receivers = [part for part in (traces, logs) if part.is_there]
    secrets = sorted({secret for part in receivers for secret in _secrets(part)})
    return {
        "metrics": Exactly(_metrics(said["metrics"], listening), said["metrics"].stated.place),
        "traces": Exactly(_traces(said["traces"], traces), said["traces"].stated.place),
        "logs": Exactly({"otlp": _otlp(logs, "/v1/logs")} if logs.is_there else None, logs.place),
        "secrets": Exactly(secrets, said.stated.place),
    }


def _metrics(said: Layers, listening: Mapping[str, str]) -> dict[str, Any] | None:
    if said.value is None or said["listen"].value is None:
        return None
    declared = address(said["listen"].value)
    return {
        "listen": listening.get(declared, declared),
        "max_series": said["max_series"].value or 10_000,
    }


def _traces(said: Layers, otlp: Part) -> dict[str, Any] | None:
    if all(part.value is None for part in said.parts):
        return None
    stated = said["sample"].value
    sample = 0.01 if stated is None else stated
    traces: dict[str, Any] = {"sample_per_million": round(sample * _MILLION)}
    return traces | ({"otlp": _otlp(otlp, "/v1/traces")} if otlp.is_there else {})


def _otlp(part: Part, usual_path: str) -> dict[str, Any]:
    endpoint = str(part.value if isinstance(part.value, str) else part["endpoint"].value)
    if not url(endpoint).path:
        endpoint = endpoint.rstrip("/") + usual_path
    headers = {str(name).lower(): value for name, value in (part["headers"].value or {}).items()}
    return {"endpoint": endpoint, "headers": headers, "ca": part["ca"].value}


def _secrets(part: Part) -> list[str]:
    values = [*(part["headers"].value or {}).values(), part["ca"].value]
    return [str(value) for value in values if value is not None]
