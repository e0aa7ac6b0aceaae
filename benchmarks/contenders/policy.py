"""Ringwork: key, plan limit, operation match, response headers filtered, access log."""

from __future__ import annotations

from benchmarks.contenders.setting import Setting
from benchmarks.harness.node import write_node
from benchmarks.harness.processes import PROXY_CORE, Program, free_port


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
    command = (setting.plain_gateway, "--node", node, "--threads", "1", "--plaintext")
    return Program("policy", command, PROXY_CORE, port)
