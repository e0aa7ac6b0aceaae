"""Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines of a change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import ringwork
from ringwork.kernel.findings import Finding, Severity

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif(findings: Sequence[Finding], root: PurePath) -> dict[str, Any]:
    """`root`: the estate's folder, as it is found from where the report is read."""
    codes = sorted({finding.code for finding in findings})
    driver = {
        "name": "ringwork",
        "version": ringwork.__version__,
        "rules": [{"id": code, "name": code} for code in codes],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, codes.index(finding.code), root) for finding in findings],
            }
        ],
    }


def _result(finding: Finding, rule: int, root: PurePath) -> dict[str, Any]:
    region = {"startLine": finding.location.line, "startColumn": finding.location.column}
    place = {"artifactLocation": {"uri": (root / finding.location.file).as_posix()}, "region": region}
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. {finding.help}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"ringwork/v1": f"{finding.code}:{finding.location.file}:{finding.message}"},
    }
