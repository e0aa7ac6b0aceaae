"""Small estates with one contract each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ringwork.kernel.findings import Finding
from ringwork.openapi import Contract, LoadedContract, Operation, load_contract

HEAD = "openapi: 3.1.0\ninfo: {title: Orders, version: 1.4.0}\n"


def load(
    root: Path, text: str, overlays: Sequence[str] = (), files: Mapping[str, str] | None = None
) -> LoadedContract:
    """Write `text` as apis/orders/api.yaml under `root`, `files` beside it, and load it with `overlays`."""
    folder = root / "apis" / "orders"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "api.yaml").write_text(text, encoding="utf-8")
    for name, content in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return load_contract(root, "apis/orders/api.yaml", [f"apis/orders/{overlay}" for overlay in overlays])


def sound(root: Path, text: str, **more: object) -> Contract:
    """The contract of `HEAD` and `text`, which has no error."""
    loaded = load(root, HEAD + text, **more)  # type: ignore[arg-type]
    assert loaded.contract is not None, loaded.findings
    return loaded.contract


def only_operation(contract: Contract) -> Operation:
    (operation,) = contract.operations
    return operation


def located(findings: Sequence[Finding]) -> list[str]:
    """`code file:line:column` of each, the folder left out."""
    return [f"{finding.code} {finding.location}".replace("apis/orders/", "") for finding in findings]
