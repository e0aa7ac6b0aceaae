"""The authorization server alone, on a store (SQLite) and a node of its own, with clients that are written to a file.

python -m benchmarks.contenders.token_endpoint PORT FOLDER CLIENTS
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from ringwork.api.authorization.application import authorization_api
from ringwork.api.serving import AuthorizationListener
from ringwork.control.consumers.applications import ApplicationRequest
from ringwork.control.control import Control
from ringwork.control.model import Agreed, Revision
from ringwork.control.native import NativeIdentityNode, mint_key
from ringwork.control.oauth.clients import MOST_OF_AN_APPLICATION
from ringwork.control.oauth.registration import ClientRequest
from ringwork.intent.authorization import AuthorizationIntent, AuthorizationTerms
from ringwork.kernel.clock import system_clock


def main() -> None:
    port, folder, clients = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    control = _control(folder, port)
    made = _clients(control, clients)
    (folder / "clients.json").write_text(json.dumps(made))
    listener = AuthorizationListener(f"127.0.0.1:{port}")
    listener.start(authorization_api(control.authorization))
    threading.Event().wait()


def _control(folder: Path, port: int) -> Control:
    node = NativeIdentityNode(folder / "identity")
    control = Control(folder / "control", node, mint=mint_key, clock=system_clock)
    scopes = tuple(f"orders:{number:02}" for number in range(20))
    server = AuthorizationIntent(
        f"http://127.0.0.1:{port}", ("https://api.bench.test",), f"127.0.0.1:{port}", ("public",), 300
    )
    terms = AuthorizationTerms(server, {"public": scopes}, {"free": scopes[:10]}, {})
    agreed = Agreed("bench", "bench", "bench.test", ("public",), ("free",), (), {}, authorization=terms)
    control.revisions.add(Revision(1, datetime.now(UTC), "0" * 64, "0" * 64, "bench", agreed))
    return control


def _clients(control: Control, count: int) -> list[tuple[str, str]]:
    """Ids and secrets."""
    account, made = control.accounts.create("bench"), []
    for number in range(-(-count // MOST_OF_AN_APPLICATION)):
        named = ApplicationRequest(account.id, f"application {number}", "is measured", "free")
        application = control.applications.create(named)
        for _ in range(MOST_OF_AN_APPLICATION):
            client = control.authorization.clients.create(ClientRequest(application.id))
            made.append((client.client.id, client.secret or ""))
    return made


if __name__ == "__main__":
    main()
