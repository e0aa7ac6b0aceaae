"""`ringwork lint`: documents held to a ruleset, in the format Spectral made known."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ringwork.cli.editor.rules import NAMES
from ringwork.cli.estate.lint_estate import lint_estate
from ringwork.cli.estate.plan import DEFAULT_STATE
from ringwork.cli.github import annotated
from ringwork.cli.render import console, print_json, safe, show_finding, show_findings, summary
from ringwork.cli.sarif import sarif
from ringwork.kernel.findings import Finding
from ringwork.kernel.refusal import Refused
from ringwork.style.documents import DocumentUnreadable, read_regular
from ringwork.style.evaluating import RulesetUnusable, check
from ringwork.style.linting import lint
from ringwork.style.mending import mend
from ringwork.style.model import Level, Result, Ruleset
from ringwork.style.printing import as_dict, junit, spectral_json
from ringwork.style.reading import BUILT_IN, built_in, read_ruleset
from ringwork.style.results import as_finding, shown_file


class LintFormat(StrEnum):
    """Output formats: for people, for programs, for what a code host or a CI server shows."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    SPECTRAL = "spectral"


class FailSeverity(StrEnum):
    """From which severity on a finding makes the command fail."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"
    HINT = "hint"


_BUILT_IN = [name for name in BUILT_IN if ":" in name]


def run_lint(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE…]", help="Documents, YAML or JSON; `-` is standard input."),
    ] = None,
    ruleset: Annotated[
        str | None,
        typer.Option(
            "--ruleset",
            "-r",
            help=f"A ruleset's file, or {', '.join(_BUILT_IN)}. Default: .spectral.yaml here, or spectral:oas.",
        ),
    ] = None,
    format: Annotated[
        LintFormat, typer.Option("--format", "-f", help="How to print findings.")
    ] = LintFormat.TEXT,
    fail_severity: Annotated[
        FailSeverity, typer.Option("--fail-severity", "-F", help="Exit code 1 from this severity on.")
    ] = FailSeverity.ERROR,
    stdin_filepath: Annotated[
        Path | None,
        typer.Option("--stdin-filepath", help="What standard input counts as: for `$ref` and overrides."),
    ] = None,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Mend what can be without changing what a document means; comments stay."),
    ] = False,
    estate: Annotated[
        Path | None,
        typer.Option(
            "--estate", help="An estate instead of files: what each ring reads, by that ring's rules."
        ),
    ] = None,
    state: Annotated[
        Path, typer.Option("--state", help="With --estate: where what was found is kept, if it is there.")
    ] = DEFAULT_STATE,
) -> None:
    """Hold documents to style rules, as Spectral does: its rulesets are understood, nothing is fetched.

    Exit codes: 0 nothing as bad as --fail-severity; 1 something; 2 a ruleset or a document that cannot be used.
    """
    if estate is not None:
        if files or ruleset or fix:
            help = "Name files, or an estate; its rulesets are in its folder styles/."
            raise Refused("lint-of-both", "--estate goes with neither files nor --ruleset nor --fix", help)
        raise typer.Exit(lint_estate(estate, state, format.value, Level[fail_severity.name]))
    if not files:
        raise Refused(
            "lint-of-nothing", "no document is named", "Name files, `-`, or an estate with --estate."
        )
    if fix and "-" in files:
        raise Refused("lint-fix-stdin", "standard input cannot be mended in place", "Name the file.")
    rules = _ruleset(ruleset)
    results: list[Result] = []
    paths: list[str] = []
    unreadable = False
    for name in files:
        data, path = _document(name, stdin_filepath)
        paths.append(path.as_posix())
        try:
            results += _mended(data, path, rules) if fix else lint(data, path, rules)
        except DocumentUnreadable as error:
            results.append(error.result)
            unreadable = True
        except RulesetUnusable as error:
            _refuse(error)
    _print(results, paths, format)
    worst = min((result.level for result in results), default=None)
    failed = worst is not None and worst <= Level[fail_severity.name]
    raise typer.Exit(2 if unreadable else int(failed))


def _mended(data: bytes, path: Path, rules: Ruleset) -> Iterable[Result]:
    """What is left; the file is replaced as a whole, or not at all."""
    mended = mend(data, path, rules)
    if mended.data != data:
        file = path.resolve()
        replacement = file.with_name(f".{file.name}.ringwork")
        try:
            replacement.write_bytes(mended.data)
            shutil.copymode(file, replacement)
            os.replace(replacement, file)
        except OSError as error:
            replacement.unlink(missing_ok=True)
            help = "Make the folder and the file writable."
            raise Refused("lint-fix", f"'{path}' cannot be written: {error.strerror}", help) from None
        told = f"{shown_file(path.as_posix(), Path.cwd())}: {mended.findings:,} mended"
        console(stderr=True).print(safe(told))
    return mended.left


def _document(name: str, stdin_filepath: Path | None) -> tuple[bytes, Path]:
    if name == "-":
        return sys.stdin.buffer.read(), (Path.cwd() / (stdin_filepath or "stdin")).resolve()
    path = (Path.cwd() / name).absolute()
    return read_regular(path), path


def _ruleset(name: str | None) -> Ruleset:
    """Exit code 2, findings on standard error, where it cannot be used."""
    if name in BUILT_IN:
        return built_in(name)[0]
    if name is None:
        found = next((known for known in NAMES if Path(known).is_file()), None)
        return built_in("spectral:oas")[0] if found is None else _ruleset(found)
    ruleset, findings = read_ruleset(Path(name))
    err = console(stderr=True)
    show_findings(err, findings, Path())
    if ruleset is None:
        raise typer.Exit(2)
    try:
        check(ruleset)
    except RulesetUnusable as error:
        _refuse(error)
    return ruleset


def _refuse(error: RulesetUnusable) -> None:
    show_findings(console(stderr=True), error.findings, Path())
    raise typer.Exit(2)


def _print(results: list[Result], paths: list[str], format: LintFormat) -> None:
    """A huge document has tens of thousands of findings: they are written as they are made, where the form allows."""
    folder = Path.cwd()
    findings = (as_finding(result, folder) for result in results)
    match format:
        case LintFormat.JSON:
            print_json([as_dict(result, folder) for result in results])
        case LintFormat.SPECTRAL:
            sys.stdout.writelines(spectral_json(results))
        case LintFormat.SARIF:
            print_json(sarif(list(findings), Path()))
        case LintFormat.JUNIT:
            typer.echo(junit(results, paths, folder))
        case LintFormat.GITHUB:
            for line in annotated(list(findings), Path()):
                typer.echo(line)
        case LintFormat.TEXT:
            _print_text(list(findings), folder)


def _print_text(findings: list[Finding], folder: Path) -> None:
    out = console()
    for finding in findings:
        show_finding(out, finding, folder)
    out.print(safe(summary(findings)))
