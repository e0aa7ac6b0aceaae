"""Debian's nginx with a hand-written key check and limit in Lua."""

from __future__ import annotations

from benchmarks.contenders.setting import Setting, written
from benchmarks.contenders.upstream import NGINX
from benchmarks.harness.processes import PROXY_CORE, Program, free_port


def nginx_lua(setting: Setting) -> Program:
    port = free_port()
    keys = setting.work / "keys.txt"
    lines = (f"{key} consumer-{number}\n" for number, key in enumerate(setting.traffic.keys.values()))
    keys.write_text("".join(lines))
    configuration = written(setting, "nginx_lua.conf", PORT=port, KEYS=keys)
    command = (NGINX, "-c", configuration, "-p", setting.work, "-e", setting.work / "nginx_lua.err")
    return Program("nginx_lua", command, PROXY_CORE, port)
