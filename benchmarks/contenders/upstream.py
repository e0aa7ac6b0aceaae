"""The services behind the contenders: nginx on the load generator's core."""

from __future__ import annotations

from benchmarks.contenders.setting import Setting, written
from benchmarks.harness.processes import LOAD_CORE, Program
from benchmarks.orders.bodies import whole

NGINX = "/usr/sbin/nginx"


def upstream(setting: Setting) -> Program:
    """0.4 kB of JSON to whatever is asked."""
    return _nginx(setting, "upstream")


def orders_service(setting: Setting) -> Program:
    """Orders: one, or a page of 4 kB or 100 kB."""
    bodies = setting.work / "bodies"
    bodies.mkdir(exist_ok=True)
    for size, body in whole().items():
        (bodies / f"{size}.json").write_bytes(body)
    return _nginx(setting, "orders_service")


def _nginx(setting: Setting, name: str) -> Program:
    configuration = written(setting, f"{name}.conf")
    command = (NGINX, "-c", configuration, "-p", setting.work, "-e", setting.work / f"{name}.err")
    return Program(name, command, LOAD_CORE, setting.upstream_port)
