"""What of observability gateways, and those who follow their logs, are told. Off is what is absent."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ringwork.intent.model import ObservabilityIntent, OtlpIntent


def observability(intent: ObservabilityIntent) -> dict[str, Any]:
    """Member of the manifest; empty while everything is off."""
    written: dict[str, Any] = {}
    if intent.metrics is not None:
        written["metrics"] = asdict(intent.metrics)
    if intent.traces is not None:
        written["traces"] = {"sample_per_million": intent.traces.sample_per_million} | (
            {} if intent.traces.otlp is None else {"otlp": _otlp(intent.traces.otlp)}
        )
    if intent.logs is not None:
        written["logs"] = {"otlp": _otlp(intent.logs.otlp)}
    needed = _secrets(intent)
    return written | ({"secrets": needed} if needed else {})


def _otlp(intent: OtlpIntent) -> dict[str, Any]:
    return {"endpoint": intent.endpoint, "headers": intent.headers, "ca": intent.ca}


def _secrets(intent: ObservabilityIntent) -> list[str]:
    """References the receivers need; their values come to the node beside the revision."""
    traces = None if intent.traces is None else intent.traces.otlp
    logs = None if intent.logs is None else intent.logs.otlp
    return sorted({reference for otlp in (traces, logs) if otlp is not None for reference in otlp.secrets})
