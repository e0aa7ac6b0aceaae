"""`ringwork guide`: the migration guide between two versions, begun by what breaks, finished by people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringwork.audience import Audience
from ringwork.cli.estate.diff import Ring
from ringwork.cli.render import console
from ringwork.kernel.refusal import Refused


def run_guide(
    api: Annotated[str, typer.Argument(help="The API, by the name of its folder.")],
    old: Annotated[str, typer.Argument(metavar="OLD", help="The version to leave.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The version to move to.")],
    ring: Annotated[Ring, typer.Option("--ring", help="Whose callers move.")] = Ring.PUBLIC,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 where something is missing.")
    ] = False,
    estate: Annotated[Path, typer.Option("--estate", help="Folder of the estate.")] = Path(),
) -> None:
    """Write a stub for each breaking change into apis/API/guides/OLD-to-NEW.md; what is written there stays.

    While the file holds `TODO(ringwork)`, no version that ends on the public ring is applied with it.
    """
    from ringwork.governance.guide_pages import gaps, guide_file, read_guide
    from ringwork.governance.guides import between, breaking, with_sections
    from ringwork.manifest.load import load_estate

    causes = breaking(between(estate, load_estate(estate), api, old, new, Audience[ring.name]))
    name = guide_file(api, old, new)
    try:
        before = read_guide(estate, name)
    except (OSError, ValueError) as error:
        raise Refused("guide-unreadable", f"{name}: {error}", "Mend the file.") from None
    out = console()
    text = before or "" if check else with_sections(before, api, old, new, causes)
    if not check and text != before:
        _write(estate / name, text)
    out.print(f"{name}: {len(causes)} breaking changes for the {ring.value} ring", markup=False)
    lacking = gaps(text, {cause.fingerprint: cause.text for cause in causes})
    for gap in lacking:
        place = "not mentioned" if gap.line is None else f"line {gap.line}"
        out.print(f"  {place}: {gap.text}", markup=False)
    if not lacking:
        out.print("  nothing is missing", markup=False)
    raise typer.Exit(int(check and bool(lacking)))


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused("not-writable", f"cannot write {file}: {error.strerror}", "Mend that.") from None
