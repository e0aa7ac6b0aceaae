"""Results for programs: as Spectral prints them, as JUnit (which most CI servers show), as our own JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ringwork.style.model import Result
from ringwork.style.results import pointer, shown_file


def spectral_json(results: Iterable[Result]) -> Iterator[str]:
    """What `spectral lint --format json` prints, piece by piece: tabs, numbers for severities, absolute files."""
    before = "["
    for result in results:
        written = json.dumps(_spectral(result), indent="\t", ensure_ascii=False)
        yield before + "\n\t" + written.replace("\n", "\n\t")
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _spectral(result: Result) -> dict[str, Any]:
    start, end = result.start, result.end
    return {
        "code": result.code,
        "path": list(result.path),
        "message": result.message,
        "severity": int(result.level),
        "range": {
            "start": {"line": start[0], "character": start[1]},
            "end": {"line": end[0], "character": end[1]},
        },
        "source": result.file,
    }


def as_dict(result: Result, folder: Path) -> dict[str, Any]:
    """Our own form: lines and columns from 1, severities as words, a JSON Pointer."""
    return {
        "code": result.code,
        "severity": result.level.label,
        "message": result.message,
        "pointer": pointer(result)[1:],
        "file": shown_file(result.file, folder),
        "line": result.start[0] + 1,
        "column": result.start[1] + 1,
        "end_line": result.end[0] + 1,
        "end_column": result.end[1] + 1,
        "documentation_url": result.documentation_url,
    }


def junit(results: Sequence[Result], files: Sequence[str], folder: Path) -> str:
    """A suite for each file; one without results is a suite with one case that passed."""
    root = ElementTree.Element("testsuites", tests="0", failures="0")
    by_file = {file: list(group) for file, group in groupby(results, key=lambda result: result.file)}
    for file in dict.fromkeys([*files, *by_file]):
        _suite(root, shown_file(file, folder), by_file.get(file, []))
    root.set("tests", str(sum(int(suite.get("tests", "0")) for suite in root)))
    root.set("failures", str(len(results)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _suite(root: ElementTree.Element, name: str, results: Sequence[Result]) -> None:
    tests, failures = str(max(1, len(results))), str(len(results))
    suite = ElementTree.SubElement(root, "testsuite", name=name, tests=tests, failures=failures, errors="0")
    if not results:
        ElementTree.SubElement(suite, "testcase", classname=name, name="lint")
    for result in results:
        title = f"{result.code} {pointer(result)}"
        case = ElementTree.SubElement(suite, "testcase", classname=name, name=_clean(title))
        failure = ElementTree.SubElement(
            case, "failure", message=_clean(result.message), type=result.level.label
        )
        failure.text = _clean(f"line {result.start[0] + 1}, column {result.start[1] + 1}: {result.message}")


def _clean(text: str) -> str:
    """Without characters XML 1.0 cannot hold."""
    return "".join(
        c if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else " "
        for c in text
    )
