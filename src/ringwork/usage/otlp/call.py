"""A line of the access log, as far as spans and log records are made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class TracedCall:
    """`trace_id` and `span_id` as bytes, empty where the call is in no trace; times in nanoseconds since 1970.

    `span` is what a sampled call's line says of its span, None where it was not sampled.
    """

    line: Mapping[str, Any]
    trace_id: bytes
    span_id: bytes
    span: Mapping[str, Any] | None
    began_unix_ns: int
    ended_unix_ns: int

    @property
    def status(self) -> int:
        return int(self.line["status"])

    @property
    def own_span_id(self) -> bytes:
        """Of the call itself: the even one of the pair (`crates/wall/src/trace_context/`)."""
        return _with_last_bit(self.span_id, 0)

    @property
    def exchange_span_id(self) -> bytes:
        """Of the exchange with the service: the odd one."""
        return _with_last_bit(self.span_id, 1)


def read_call(line: bytes) -> TracedCall | None:
    """None for what is no line of the gateway's."""
    try:
        said = json.loads(line)
        began = _unix_ns(said["time"])
        duration_us = said["duration_us"]["total"]
        span = said.get("span")
        call = TracedCall(
            line=said,
            trace_id=bytes.fromhex(said.get("trace_id", "")),
            span_id=bytes.fromhex(said.get("span_id", "")),
            span=span if isinstance(span, dict) else None,
            began_unix_ns=began,
            ended_unix_ns=began + 1_000 * duration_us,
        )
        return call if isinstance(said["status"], int) else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _unix_ns(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND * 1_000


def _with_last_bit(span_id: bytes, bit: int) -> bytes:
    return span_id[:-1] + bytes([span_id[-1] & 0xFE | bit]) if span_id else b""
