"""A call as a log record, tied to its trace."""

from __future__ import annotations

from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber

from ringwork.usage.otlp.attributes import key_values, of_server
from ringwork.usage.otlp.call import TracedCall

_SAMPLED = 0x01
EVENT = "ringwork.call"


def record(call: TracedCall, observed_unix_ns: int) -> LogRecord:
    """`observed_unix_ns`: when the exporter read it."""
    line, durations = call.line, call.line["duration_us"]
    number, text = _severity(call.status)
    said = f"{line.get('method', '')} {line.get('path', '')} {call.status}"
    phases = {
        f"ringwork.duration_us.{phase}": durations.get(phase) for phase in ("wall", "upstream", "total")
    }
    return LogRecord(
        time_unix_nano=call.began_unix_ns,
        observed_time_unix_nano=observed_unix_ns,
        severity_number=number,
        severity_text=text,
        event_name=EVENT,
        body=AnyValue(string_value=said),
        attributes=[*of_server(call), *key_values(phases)],
        trace_id=call.trace_id,
        span_id=call.own_span_id,
        flags=_SAMPLED if call.span is not None else 0,
    )


def _severity(status: int) -> tuple[SeverityNumber.ValueType, str]:
    if status >= 500:
        return SeverityNumber.SEVERITY_NUMBER_ERROR, "ERROR"
    if status >= 400:
        return SeverityNumber.SEVERITY_NUMBER_WARN, "WARN"
    return SeverityNumber.SEVERITY_NUMBER_INFO, "INFO"
