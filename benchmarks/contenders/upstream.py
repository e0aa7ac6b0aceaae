"""The service behind every contender: nginx on the load generator's core."""

from __future__ import annotations

from benchmarks.contenders.setting import Setting, written
from benchmarks.harness.processes import LOAD_CORE, Program

NGINX = "/usr/sbin/nginx"


def upstream(setting: Setting) -> Program:
    configuration = written(setting, "upstream.conf")
    command = (NGINX, "-c", configuration, "-p", setting.work, "-e", setting.work / "upstream.err")
    return Program("upstream", command, LOAD_CORE, setting.upstream_port)
