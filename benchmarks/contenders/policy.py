"""Ringwork: key, plan limit, operation match, response headers filtered, access log; and with bodies filtered too."""

from __future__ import annotations

from pathlib import Path

from benchmarks.contenders.setting import Setting
from benchmarks.harness import intents
from benchmarks.harness.node import write_apis, write_node
from benchmarks.harness.processes import PROXY_CORE, Program, free_port
from benchmarks.orders.contract import compiled


def policy(setting: Setting) -> Program:
    port = free_port()
    node = setting.work / "node"
    write_node(
        node,
        port=port,
        upstream_port=setting.upstream_port,
        certificate=setting.certificate,
        traffic=setting.traffic,
    )
    return _gateway(setting, "policy", node, port)


def public_policy(setting: Setting) -> Program:
    """Everything the public ring does, on the API of orders."""
    port = free_port()
    node = setting.work / "node"
    write_apis(
        node,
        port=port,
        certificate=setting.certificate,
        keys=setting.traffic.keys,
        apis=(intents.api(setting.upstream_port, compiled(setting.work)),),
    )
    return _gateway(setting, "public_policy", node, port)


def _gateway(setting: Setting, name: str, node: Path, port: int) -> Program:
    command = (setting.plain_gateway, "--node", node, "--threads", "1", "--plaintext")
    return Program(name, command, PROXY_CORE, port)
