"""A receiver of OTLP over HTTP that keeps what it takes, and answers as a test has it answer."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Posted:
    """A request as it came; `body` without its content coding."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Listens on a free loopback port until `close`. `answer` decides; only what is answered with 200 is taken."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.spans: list[Span] = []
        self.records: list[LogRecord] = []
        self.resources: list[Resource] = []
        self.answer: Callable[[Posted], Answer] = lambda posted: Answer()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, posted: Posted) -> Answer:
        self.posted.append(posted)
        answer = self.answer(posted)
        if answer.status == 200:
            self._keep(posted)
        return answer

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _keep(self, posted: Posted) -> None:
        if posted.path == "/v1/traces":
            for traces in ExportTraceServiceRequest.FromString(posted.body).resource_spans:
                self.resources.append(traces.resource)
                self.spans += [span for scope in traces.scope_spans for span in scope.spans]
        elif posted.path == "/v1/logs":
            for logs in ExportLogsServiceRequest.FromString(posted.body).resource_logs:
                self.resources.append(logs.resource)
                self.records += [record for scope in logs.scope_logs for record in scope.log_records]


def attributes(of: Span | LogRecord | Resource) -> dict[str, Any]:
    """Plain values by name."""
    return {each.key: _value(each) for each in of.attributes}


def _value(given: KeyValue) -> Any:
    kind = given.value.WhichOneof("value")
    return None if kind is None else getattr(given.value, kind)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            assert self.headers["content-encoding"] == "gzip"
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.take(Posted(self.path, headers, gzip.decompress(data)))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests say what they expect."""

    return Handler
