"""Debian's nginx as a bare proxy over TLS 1.3."""

from __future__ import annotations

from benchmarks.contenders.setting import Setting, written
from benchmarks.contenders.upstream import NGINX
from benchmarks.harness.processes import PROXY_CORE, Program, free_port


def nginx_tls(setting: Setting) -> Program:
    port, pair = free_port(), setting.certificate
    configuration = written(setting, "nginx_tls.conf", PORT=port, CERTIFICATE=pair.certificate, KEY=pair.key)
    command = (NGINX, "-c", configuration, "-p", setting.work, "-e", setting.work / "nginx_tls.err")
    return Program("nginx_tls", command, PROXY_CORE, port)
