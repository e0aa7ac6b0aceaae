"""What every contender is given, and configuration files with `@NAME@` filled in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.certificate import Certificate
from benchmarks.harness.traffic import ANSWER, Traffic

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Setting:
    """`work`: a folder for configuration, logs and state. `gateway`: the binary that is shipped.

    `plain_gateway`: the same without TLS, which is never shipped.
    """

    work: Path
    gateway: Path
    plain_gateway: Path
    certificate: Certificate
    upstream_port: int
    traffic: Traffic


def written(setting: Setting, template: str, **values: object) -> Path:
    """The template file of this folder, filled in and written to the work folder."""
    known = {
        "WORK": setting.work,
        "HERE": HERE,
        "UPSTREAM": setting.upstream_port,
        "ANSWER": ANSWER,
    }
    text = (HERE / template).read_text()
    for name, value in {**known, **values}.items():
        text = text.replace(f"@{name}@", str(value))
    path = setting.work / template
    path.write_text(text)
    return path
