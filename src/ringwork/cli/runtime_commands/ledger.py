"""`ringwork ledger`: what was done, so that nobody can change it unseen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringwork.cli.render import console, print_json, show_findings
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State, opened
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.control.ledger.checkpoint import Checkpoint
    from ringwork.control.ledger.note import Verifier
    from ringwork.control.ledger.verify import Verdict

ledgers = typer.Typer(no_args_is_help=True, help="What was done, and proof that nobody changed the record.")


@ledgers.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", help="The file to write, as JSON Lines.")],
    state: State = DEFAULT_STATE,
) -> None:
    """Sign and write all of it. Whoever has the public key verifies the file, without Ringwork's store."""
    with opened(state) as control, control.ledger.export() as lines:
        try:
            with out.open("wb") as file:
                file.writelines(lines)
        except OSError as error:
            help = "Choose another file."
            raise Refused("not-writable", f"cannot write {out}: {error.strerror}", help) from None


@ledgers.command("key")
def show_key(state: State = DEFAULT_STATE) -> None:
    """Print the public key, to be kept where nobody can change it."""
    with opened(state) as control:
        console().print(control.ledger.verifier().text(), markup=False, soft_wrap=True)


@ledgers.command("checkpoint")
def checkpoint(state: State = DEFAULT_STATE) -> None:
    """Sign all there is and print the checkpoint, to be kept elsewhere: what is exported later must agree with it."""
    with opened(state) as control:
        note = control.ledger.seal()
    if note is None:
        raise Refused("ledger-empty", "nothing was done yet", "Try again when something was.", status=409)
    sys.stdout.write(note)


@ledgers.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="An export.")],
    key: Annotated[str, typer.Option("--key", help="The public key, as `ringwork ledger key` printed it.")],
    checkpoints: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="A file with a checkpoint from before (repeat).")
    ] = None,
    format: Format = Output.TEXT,
) -> None:
    """Tell whether an export is what was signed. Needs nothing but the file and the public key.

    Exit code 2: something was removed, added, changed or moved, or was never signed; it says where.
    """
    from ringwork.control.ledger.verify import bounded_lines
    from ringwork.control.ledger.verify import verify as verified

    verifier = _verifier(key)
    seen = [_seen(path, verifier) for path in checkpoints or ()]
    try:
        with file.open("rb") as lines:
            verdict = verified(bounded_lines(lines), str(file), verifier, seen)
    except OSError as error:
        raise Refused("file-unusable", f"{file}: {error.strerror}", "Name an export.") from None
    _show(verdict, format)
    raise typer.Exit(2 if verdict.findings else 0)


def _verifier(key: str) -> Verifier:
    from ringwork.control.ledger.note import NotTrusted, read_verifier

    try:
        return read_verifier(key)
    except NotTrusted as why:
        raise Refused("ledger-key-malformed", str(why), "`ringwork ledger key` prints it.") from None


def _seen(path: Path, verifier: Verifier) -> Checkpoint:
    from ringwork.control.ledger.checkpoint import read_checkpoint
    from ringwork.control.ledger.note import NotTrusted

    try:
        return read_checkpoint(path.read_text(encoding="utf-8"), verifier)
    except OSError as error:
        raise Refused("file-unusable", f"{path}: {error.strerror}", "Name a checkpoint.") from None
    except (NotTrusted, UnicodeDecodeError) as why:
        help = "Is it of this ledger? Then keep it: somebody made it up."
        raise Refused("ledger-not-signed", f"{path}: {why}", help) from None


def _show(verdict: Verdict, format: Output) -> None:
    if format is Output.JSON:
        findings = [finding.as_dict() for finding in verdict.findings]
        print_json({"entries": verdict.entries, "signed": verdict.signed, "findings": findings})
        return
    show_findings(console(), verdict.findings, Path())
    if not verdict.findings:
        console().print(f"{verdict.signed:,} entries, all of them as they were signed.")
