"""What an exporter has done, kept on disk: up to where it read, and what came of it.

Written after a receiver's word and before the next request: whoever is killed in between sends one request again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.telemetry.receivers import SIGNALS, Signal
from ringwork.kernel.files import PRIVATE_FILE, write_atomically
from ringwork.usage.following import Position


class Standing(BaseModel):
    """Of one signal, since it was first exported here. Times as RFC 3339.

    `sent` records were taken by the receiver, `rejected` were refused for good, `dropped` were never sent because the
    backlog was full; `damaged` lines were no record; `gaps`: times files were gone before they were read.
    """

    model_config = ConfigDict(extra="ignore")

    endpoint: str = ""
    sent: int = 0
    rejected: int = 0
    dropped: int = 0
    damaged: int = 0
    gaps: int = 0
    backlog_bytes: int = 0
    last_success: str | None = None
    problem: str | None = None
    position: Position | None = None


def standing_file(node: NodeDirectory, signal: Signal) -> Path:
    return node.telemetry / f"{signal}.json"


def read_standing(path: Path) -> Standing | None:
    """None where nothing was ever exported, or the file is damaged."""
    try:
        return Standing.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write_standing(path: Path, standing: Standing) -> None:
    write_atomically(path, standing.model_dump_json().encode(), mode=PRIVATE_FILE)


def export_problems(telemetry: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What keeps records from arriving, of what `exports` gave here or elsewhere."""
    told = ((signal, standing.get("problem")) for signal, standing in sorted(telemetry.items()))
    return [f"{signal} are not taken: {problem}" for signal, problem in told if problem]


def exports(node: NodeDirectory) -> dict[str, dict[str, Any]]:
    """Signal → what came of exporting it, for `ringwork status`; nothing of what never was."""
    found = {signal: read_standing(standing_file(node, signal)) for signal in SIGNALS}
    return {
        signal: standing.model_dump(exclude={"position"})
        for signal, standing in found.items()
        if standing is not None
    }
