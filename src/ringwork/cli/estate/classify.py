"""Asking for an audience: six questions, a suggestion, what follows from it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from ringwork.audience import RINGS, Audience
from ringwork.cli.estate.prompts import ask_for_text, ask_to_choose, somebody_is_there
from ringwork.cli.render import safe
from ringwork.governance.classification import QUESTIONS, Answers, Question, Suggestion, consequences
from ringwork.kernel.refusal import Refused

_UNKNOWN = ""


def ask_for_owner(part: str) -> str:
    """Team or contact. Raises Refused where nobody is there to answer: every API has an owner."""
    if not somebody_is_there():
        help = f"Add --owner-{part}: every API has a team that answers for it, and a way to reach it."
        raise Refused("owner-missing", f"the owner's {part} is missing", help)
    return ask_for_text("Team that answers for this API" if part == "team" else "Where that team is reached")


def ask_for_answers(given: Answers) -> Answers:
    """Ask what `given` leaves open. Raises typer.Abort when the person leaves."""
    answers = {question.name: getattr(given, question.name) for question in QUESTIONS}
    for question in QUESTIONS:
        if answers[question.name] is None:
            answers[question.name] = _ask(question)
    return Answers(**answers)


def _ask(question: Question) -> str | None:
    choices = {**question.choices, _UNKNOWN: "I do not know"}
    return ask_to_choose(question.text, choices) or None


def ask_for_audience(suggestion: Suggestion) -> Audience:
    """The person decides; the suggestion comes first."""
    return ask_to_choose("Audience:", {ring: ring.label for ring in RINGS}, suggestion.audience)


def show_suggestion(out: Console, suggestion: Suggestion) -> None:
    """The suggestion with its reasons, and what each ring would get by default."""
    out.print(f"\nSuggested audience: [bold]{suggestion.audience.label}[/]")
    for reason in suggestion.reasons:
        out.print(f"  [green]because[/] {safe(reason)}")
    for doubt in suggestion.doubts:
        out.print(f"  [yellow]although[/] {safe(doubt)}")
    if suggestion.simpler:
        out.print(f"  [yellow]consider public:[/] {safe(suggestion.simpler)}")
    out.print()
    out.print(_consequences(suggestion.audience))


def _consequences(suggested: Audience) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("what follows")
    for ring in RINGS:
        table.add_column(f"{ring.label} *" if ring is suggested else ring.label)
    columns = [consequences(ring) for ring in RINGS]
    for key in columns[0]:
        table.add_row(key, *(safe(column[key]) for column in columns))
    return table
