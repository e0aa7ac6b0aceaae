"""How many access tokens a core issues to OAuth clients: `tokens_per_s_core`."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from benchmarks.contenders.setting import Setting
from benchmarks.harness.cpu import cpu_s
from benchmarks.harness.load import load, write_requests
from benchmarks.harness.processes import PROXY_CORE, Program, free_port, http_status, running
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle

NAME = "tokens_per_s_core"
ROUNDS = 5
SECONDS = 5.0
# Each may have ten tokens a second, and a hundred of them are in turn.
CLIENTS = 200


def measure(setting: Setting) -> Result:
    """Client credentials, each proven by its secret, over kept connections: tokens for a second of processor time of
    the whole process.
    """
    folder = setting.work / "token-endpoint"
    folder.mkdir()
    port = free_port()
    words = ("-m", "benchmarks.contenders.token_endpoint", port, folder, CLIENTS)
    server = Program("token-endpoint", [sys.executable, *map(str, words)], PROXY_CORE, port)
    rounds = []
    with running(server, setting.work) as process:
        requests = _requests(folder)
        assert http_status(port, requests[0]) == 200
        sent = write_requests(folder / "requests", requests)
        for _ in range(ROUNDS):
            begun = cpu_s(process.pid)
            answered = load(port, sent, seconds=SECONDS).requests
            rounds.append(answered / (cpu_s(process.pid) - begun))
    return Result(NAME, middle(rounds), "tokens/s", tuple(rounds), "itself", Must(">=", 300))


def _requests(folder: Path) -> list[bytes]:
    clients = json.loads((folder / "clients.json").read_text())
    return [_request(client_id, secret) for client_id, secret in clients]


def _request(client_id: str, secret: str) -> bytes:
    """RFC 6749 §4.4.2."""
    body = "grant_type=client_credentials&scope=orders:03+orders:07"
    credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    fields = f"Host: localhost\r\nAuthorization: Basic {credentials}\r\nContent-Length: {len(body)}\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\n"
    return f"POST /token HTTP/1.1\r\n{fields}{kind}\r\n{body}".encode()
