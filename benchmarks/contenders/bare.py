"""Bare Pingora: our binary with an empty wall."""

from __future__ import annotations

from benchmarks.contenders.setting import Setting
from benchmarks.harness.processes import PROXY_CORE, Program, free_port


def bare(setting: Setting) -> Program:
    port = free_port()
    command = (
        *(setting.plain_gateway, "--bare", "--listen", f"127.0.0.1:{port}"),
        *("--upstream", f"127.0.0.1:{setting.upstream_port}"),
        *("--threads", "1"),
    )
    return Program("bare", command, PROXY_CORE, port)
