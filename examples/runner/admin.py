"""Ringwork's admin API: what the demos ask it for is there at once, where a command would start a process each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from examples.runner.children import Died

_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Admin:
    """`url` and `token` as `endpoints.json` and its token file say."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        """The answer, as JSON. Raises Died with what was said when it is an error."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=_TIMEOUT_SECONDS)
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            said = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 400:
            raise Died(f"{method} {self.url}{path} was answered {answer.status}:\n{said}")
        found: dict[str, Any] = json.loads(said)
        return found
