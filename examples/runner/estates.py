"""Copies of an estate whose services or rings are on other ports than it says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")


def copy_with_ports(estate: Path, destination: Path, ports: Mapping[int, int]) -> Path:
    """A fresh copy at `destination` in which every loopback port of `ports` is replaced. Returns it."""
    shutil.rmtree(destination, ignore_errors=True)
    shutil.copytree(estate, destination)
    for file in [destination / "ringwork.yaml", *destination.glob("apis/*/api.yaml")]:
        file.write_text(_PORT.sub(lambda port: str(ports.get(int(port[0]), port[0])), file.read_text()))
    return destination


def ring_ports(estate: Path) -> list[int]:
    """The ports the rings of an estate listen on, and are documented on; each once."""
    found = _PORT.findall((estate / "ringwork.yaml").read_text())
    return [int(port) for port in dict.fromkeys(found)]
