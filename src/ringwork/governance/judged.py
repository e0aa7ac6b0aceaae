"""What judging an API found, and its form on disk."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from ringwork.governance.exposure import VersionExposure
from ringwork.kernel.findings import Finding
from ringwork.openapi import ReadFile


@dataclass(frozen=True, slots=True)
class JudgedApi:
    """One API's versions, and what is wrong with its documents."""

    name: str
    versions: tuple[VersionExposure, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Remembered:
    """`judged` holds while the manifest has this SHA-256 and `files` read as they did."""

    manifest: str
    files: tuple[ReadFile, ...]
    judged: JudgedApi


_REMEMBERED = TypeAdapter(Remembered)


def to_bytes(remembered: Remembered) -> bytes:
    return _REMEMBERED.dump_json(remembered)


def from_bytes(data: bytes) -> Remembered | None:
    """The inverse; None for anything else."""
    try:
        return _REMEMBERED.validate_json(data)
    except ValidationError:
        return None
