"""The tokens the benchmark sends are callers of the ring it measures."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.harness.certificate import self_signed
from benchmarks.harness.intents import PREFIX
from benchmarks.harness.node import write_node
from benchmarks.harness.traffic import traffic
from benchmarks.scenarios.access_tokens import issuer_of, signing_keys, token_traffic
from ringwork._native import Wall


def test_every_token_of_either_algorithm_is_let_in(tmp_path: Path) -> None:
    keys = signing_keys()
    sent = token_traffic(traffic(PREFIX, keys_in_use=1, requests_in_turn=20), keys)
    certificate = self_signed(tmp_path)
    node = tmp_path / "node"
    write_node(
        node, port=1, upstream_port=2, certificate=certificate, traffic=sent, issuers=(issuer_of(keys),)
    )
    wall = Wall.load(str(node))
    for request in sent.requests:
        head, *fields = request.decode().split("\r\n")
        named = dict(field.split(": ", 1) for field in fields if field)
        verdict = wall.judge(
            ring="public",
            method="GET",
            target=head.split(" ")[1].encode(),
            now_unix_ns=time.time_ns(),
            identity_dir=str(node / "identity"),
            host=b"localhost",
            headers=[("authorization", named["Authorization"].encode())],
        )
        assert verdict["verdict"] == "forward", verdict["reason"]
