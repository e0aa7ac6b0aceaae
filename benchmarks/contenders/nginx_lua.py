"""Debian's nginx with a hand-written key check and limit in Lua; a second one removes fields of responses too."""

from __future__ import annotations

from pathlib import Path

from benchmarks.contenders.setting import Setting, written
from benchmarks.contenders.upstream import NGINX
from benchmarks.harness.processes import PROXY_CORE, Program, free_port


def nginx_lua(setting: Setting) -> Program:
    return _nginx(setting, "nginx_lua")


def nginx_lua_projection(setting: Setting) -> Program:
    return _nginx(setting, "nginx_lua_projection", CPATH=_lua_modules())


def _nginx(setting: Setting, name: str, **values: object) -> Program:
    port = free_port()
    keys = setting.work / "keys.txt"
    lines = (f"{key} consumer-{number}\n" for number, key in enumerate(setting.traffic.keys.values()))
    keys.write_text("".join(lines))
    configuration = written(setting, f"{name}.conf", PORT=port, KEYS=keys, **values)
    command = (NGINX, "-c", configuration, "-p", setting.work, "-e", setting.work / f"{name}.err")
    return Program(name, command, PROXY_CORE, port)


def _lua_modules() -> Path:
    """Where Debian's package lua-cjson puts what is compiled: a folder named after the architecture."""
    found = next(Path("/usr/lib").glob("*/lua/5.1/cjson.so"), None)
    if found is None:
        raise FileNotFoundError("cjson for Lua 5.1 is not installed (Debian: lua-cjson)")
    return found.parent
