"""`ringwork ci`: a change planned where it is reviewed, without any server."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ringwork.cli import gates_view, plan_view
from ringwork.cli.estate.plan import GIT, commented, findings_of, judged_plan
from ringwork.cli.github import annotated
from ringwork.cli.render import console, safe, show_findings
from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.refusal import Refused

# Code Climate's words, which GitLab shows beside a change.
_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
_ONLY_APPROVALS = 3
_NOWHERE = Path("/nonexistent/ringwork-state")


def run_ci(
    estate: Annotated[Path, typer.Argument(help="Folder of the estate.")] = Path(),
    base: Annotated[
        str | None,
        typer.Option(help="Revision to compare with; default: what the change is to be merged into."),
    ] = None,
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", help="One of environments/.")
    ] = None,
    comment: Annotated[Path | None, typer.Option(help="Write the plan as a comment here (Markdown).")] = None,
    code_quality: Annotated[
        Path | None, typer.Option(help="Write findings here, as GitLab's code quality report.")
    ] = None,
) -> None:
    """Plan a change in GitHub Actions or GitLab CI: annotations, a summary, a comment. Nothing is asked but Git.

    Exit codes: 0 all of it could go live, once those approve who have to; 2 errors, or gates that fail, keep something
    back.
    """
    revision = base or merged_into(os.environ)
    against = None if revision is None else f"{GIT}{revision}"
    with judged_plan(estate, _NOWHERE, environment, against, secrets=False) as judged:
        findings, code = findings_of(judged), judged.exit_code
        text = commented(judged, everything=False)
        said = plan_view.verdict(judged.plan)
        gates = "" if judged.gates is None or not judged.gates.results else gates_view.title(judged.gates)
    if comment is not None:
        _write(comment, text)
    if code_quality is not None:
        report = json.dumps(code_climate(findings, estate), indent=2, ensure_ascii=False)
        _write(code_quality, report + "\n")
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in annotated(told(findings), estate):
            typer.echo(line)
    else:
        shown = [finding for finding in told(findings) if finding.severity > Severity.INFO]
        show_findings(console(), shown, estate)
    for line in (said, gates):
        console().print(safe(line))
    raise typer.Exit(0 if code == _ONLY_APPROVALS else code)


def merged_into(environment: Mapping[str, str]) -> str | None:
    """The revision a pull or merge request is compared with, or the one before a push; None where nothing says so."""
    target = environment.get("GITHUB_BASE_REF")
    if target:
        return f"origin/{target}"
    before = environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") or environment.get("CI_COMMIT_BEFORE_SHA")
    return before if before and before.strip("0") else None


def told(findings: list[Finding]) -> list[Finding]:
    """An approval that is missing is no mistake of who wrote the change."""
    return [
        Finding(
            one.code, Severity.INFO, one.message, "It is asked for when it is applied.", one.location, one.api
        )
        if one.code == "gate-waiting"
        else one
        for one in findings
    ]


def code_climate(findings: list[Finding], root: Path) -> list[dict[str, Any]]:
    """As GitLab reads it; a fingerprint stays the same while a finding moves through its file."""
    return [
        {
            "description": f"{one.message}. {one.help}",
            "check_name": one.code,
            "severity": _SEVERITIES[one.severity],
            "fingerprint": hashlib.sha256(
                "\0".join((one.code, one.location.file, one.message)).encode("utf-8", "surrogatepass")
            ).hexdigest(),
            "location": {
                "path": (root / one.location.file).as_posix(),
                "lines": {"begin": one.location.line},
            },
        }
        for one in told(findings)
    ]


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        help = "Name a file in a folder that is there."
        raise Refused("not-writable", f"cannot write {file}: {error.strerror}", help) from None
