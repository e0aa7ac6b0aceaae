"""What a contender answers, looked at before it is measured."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import NamedTuple


class Answer(NamedTuple):
    status: int
    body: bytes


def answer(port: int, path: str, key: str | None) -> Answer:
    """Of a GET over plain HTTP, however the body is framed."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Host": "localhost", "Accept": "application/json"}
    try:
        connection.request("GET", path, headers=headers | ({"X-Api-Key": key} if key else {}))
        response = connection.getresponse()
        return Answer(response.status, response.read())
    finally:
        connection.close()
