"""Reads what Prometheus would read."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

_SAMPLE = re.compile(r"(?P<name>[a-z_]+)(?:\{(?P<labels>[^}]*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'([a-z_]+)="([^"]*)"')


@dataclass(frozen=True)
class Sample:
    name: str
    labels: Mapping[str, str]
    value: float


class Scrape(list[Sample]):
    """All samples of one scrape."""

    def sum(self, name: str, **labels: str) -> float:
        """Of all samples with this name and these labels."""
        return sum(
            sample.value for sample in self if sample.name == name and labels.items() <= sample.labels.items()
        )

    def names(self) -> set[str]:
        return {sample.name for sample in self}

    def values(self, label: str) -> set[str]:
        return {sample.labels[label] for sample in self if label in sample.labels}


def scrape(url: str, headers: Mapping[str, str] | None = None) -> Scrape:
    answer = httpx.get(url, trust_env=False, headers=headers)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def listens(address: str) -> bool:
    """Whether anyone takes connections at `host:port`."""
    host, _, port = address.rpartition(":")
    with socket.socket() as asked:
        return asked.connect_ex((host, int(port))) == 0


def read(text: str) -> Scrape:
    """Fails for a line that is neither comment nor sample."""
    found = Scrape()
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        sample = _SAMPLE.fullmatch(line)
        assert sample is not None, line
        labels = dict(_LABEL.findall(sample["labels"] or ""))
        found.append(Sample(sample["name"], labels, float(sample["value"])))
    return found
