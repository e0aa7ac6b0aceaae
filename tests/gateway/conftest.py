"""A gateway of its own for tests that change it, one for all tests of a file that only ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateway.bodies import Service
from tests.gateway.node import Node
from tests.gateway.process import Gateway
from tests.gateway.upstream import Upstream


@pytest.fixture(scope="module")
def shared_upstream() -> Iterator[Upstream]:
    upstream = Upstream()
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def shared_gateway(tmp_path_factory: pytest.TempPathFactory, shared_upstream: Upstream) -> Iterator[Gateway]:
    node = Node(tmp_path_factory.mktemp("node"), shared_upstream.port)
    node.publish()
    node.change_identity()
    gateway = Gateway(node).start()
    yield gateway
    gateway.stop()


@pytest.fixture
def upstream(shared_upstream: Upstream) -> Upstream:
    """The upstream of both kinds of gateway, with nothing received yet."""
    shared_upstream.forget()
    return shared_upstream


@pytest.fixture
def node(tmp_path: Path, upstream: Upstream) -> Node:
    """A node directory with one published revision and nobody known yet."""
    node = Node(tmp_path / "node", upstream.port)
    node.publish()
    node.change_identity()
    return node


@pytest.fixture
def launch(node: Node) -> Iterator[Callable[..., Gateway]]:
    """Starts gateways on `node`; ends them after the test."""
    started: list[Gateway] = []

    def start(*arguments: str) -> Gateway:
        gateway = Gateway(node, *arguments)
        started.append(gateway)
        return gateway.start()

    yield start
    for gateway in started:
        gateway.stop()


@pytest.fixture
def service() -> Iterator[Service]:
    """An upstream that writes the bytes of its answers as told."""
    service = Service()
    yield service
    service.close()
