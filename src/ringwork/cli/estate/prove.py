"""`ringwork prove`: that what would go live lets no ring reach what the estate does not allow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ringwork.bundle.prove import Violation
from ringwork.bundle.prove.faults import FAULTS
from ringwork.cli.render import Format, console, print_json, show_findings
from ringwork.fleet.rehearsal import Rehearsal, rehearse
from ringwork.governance.assess import assess
from ringwork.kernel.findings import Severity
from ringwork.kernel.refusal import Refused

_SHOWN = 20


def prove(
    estate: Annotated[Path, typer.Argument(help="Folder of the estate.")] = Path(),
    environment: Annotated[
        str | None,
        typer.Option("--environment", "-e", help="One of environments/; default: what ringwork.yaml names."),
    ] = None,
    inject: Annotated[
        str | None,
        typer.Option("--inject", help="Prove a copy with this fault in it; exit code 1 if nobody notices."),
    ] = None,
    list_faults: Annotated[
        bool, typer.Option("--list-faults", help="The faults there are, and what each would do.")
    ] = False,
    format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TEXT,
) -> None:
    """Compile the estate and prove the bytes against its files. Publishes nothing. Exit code 2: not proven."""
    if list_faults:
        return _list_faults(format)
    assessment = assess(estate, environment=environment)
    if assessment.intent is None:
        errors = [found for found in assessment.findings if found.severity is Severity.ERROR]
        show_findings(console(stderr=True), errors, estate)
        raise Refused("nothing-to-prove", "nothing of this estate can go live", "Mend the errors above.")
    found = rehearse(estate, assessment.intent, inject)
    if format is Format.JSON:
        print_json(_as_dict(found, inject))
    else:
        _show(console(), found, inject)
    raise typer.Exit(_exit_code(found, inject))


def _exit_code(found: Rehearsal, inject: str | None) -> int:
    if inject is not None:
        return 0 if found.violations else 1
    return 2 if found.violations else 0


def _list_faults(format: Format) -> None:
    if format is Format.JSON:
        print_json({fault.name: fault.says for fault in FAULTS.values()})
        return
    for fault in FAULTS.values():
        typer.echo(f"{fault.name:<36} {fault.says}")


def _as_dict(found: Rehearsal, inject: str | None) -> dict[str, object]:
    return {
        "proven": not found.violations,
        "fault": inject,
        "objects": found.objects,
        "milliseconds": round(found.milliseconds, 1),
        "violations": [violation.as_dict() for violation in found.violations],
    }


def _show(out: Console, found: Rehearsal, inject: str | None) -> None:
    took = f"{found.objects:,} objects in {found.milliseconds:,.0f} ms"
    if inject is not None:
        out.print(f"{inject}: {FAULTS[inject].says}", markup=False, highlight=False)
        out.print("caught" if found.violations else "NOT CAUGHT", f"({took})", highlight=False)
    elif not found.violations:
        out.print(f"proven: no ring reaches what the estate does not allow ({took})", highlight=False)
    else:
        out.print(f"NOT PROVEN ({took})", highlight=False)
    for violation in found.violations[:_SHOWN]:
        _show_one(out, violation)
    more = len(found.violations) - _SHOWN
    if more > 0:
        out.print(f"and {more:,} more", highlight=False)


def _show_one(out: Console, violation: Violation) -> None:
    rows = (
        ("", f"{violation.code}: {violation.message}"),
        ("  ring", violation.ring),
        ("  request", violation.request),
        ("  field", violation.field),
        ("  estate", str(violation.place)),
        ("  found in", f"{violation.within} {violation.pointer}"),
    )
    for name, value in rows:
        if value is not None:
            row = f"{name:<10} {value}" if name else value
            out.print(row, markup=False, highlight=False, soft_wrap=True)
