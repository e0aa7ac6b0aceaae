"""Path templates as a gateway can tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ringwork._native import template_shape
from ringwork.kernel.findings import Finding, Location, Severity

_NO_PATH = re.compile(r"[?#]")
_PARAMETER = re.compile(r"\{[^{}/]+\}")


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A key of `paths` and the template it amounts to: what stands before a `?` or `#`.

    Templates of one shape are one path to a gateway. `/?Action=X` and `/#fragment` are not templates, but real
    documents have them; requests for them are requests for `/`, so that is what they count as.
    """

    text: str
    path: str
    shape: str
    location: Location

    @property
    def is_cut(self) -> bool:
        return self.path != self.text


def read_templates(paths: Iterable[tuple[str, Location]]) -> tuple[list[PathTemplate | None], list[Finding]]:
    """A template for every path, None for one that no request can match; findings about them."""
    templates: list[PathTemplate | None] = []
    findings: list[Finding] = []
    for text, location in paths:
        template, finding = _read(text, location)
        templates.append(template)
        findings.extend([finding] if finding else [])
    known = [template for template in templates if template is not None]
    return templates, [*findings, *_cut(known), *_duplicates(known), *_adjacent_parameters(known)]


def _read(text: str, location: Location) -> tuple[PathTemplate | None, Finding | None]:
    path = _NO_PATH.split(text, maxsplit=1)[0]
    mistake = _mistake(path)
    if mistake is not None:
        help = "Write the path as /segments, with whole parameter names in braces: /orders/{orderId}."
        message = f"{_shown(text)} {mistake}"
        return None, Finding("path-malformed", Severity.ERROR, message, help, location)
    try:
        return PathTemplate(text, path, template_shape(path), location), None
    except ValueError as error:
        # Such requests are refused before they are matched: no other path can carry them.
        help = "Change the path if its operations are to be reached."
        message = f"no request can match {_shown(str(error))}; it is not served"
        return None, Finding("path-unmatchable", Severity.WARNING, message, help, location)


def _mistake(path: str) -> str | None:
    """What cannot be meant: were it dropped, another path might carry the requests somebody meant."""
    if not path.startswith("/"):
        return "does not begin with a slash"
    if "{}" in path:
        return "has a parameter without a name"
    without_parameters = _PARAMETER.sub("", path)
    if "{" in without_parameters or "}" in without_parameters:
        return "has a brace without its other half"
    return None


def _cut(templates: list[PathTemplate]) -> list[Finding]:
    """One finding for all: where there is one such path there are usually hundreds."""
    cut = [template for template in templates if template.is_cut]
    if not cut:
        return []
    first, *others = cut
    more = f" (and {len(others):,} more paths)" if others else ""
    message = (
        f"{_shown(first.text)}{more} is not a path, because `?` and `#` end one; it counts as {first.path}"
    )
    help = "Declare the path before it, and what follows as query parameters."
    return [Finding("path-cut", Severity.WARNING, message, help, first.location)]


def _duplicates(templates: list[PathTemplate]) -> list[Finding]:
    first_of: dict[str, PathTemplate] = {}
    findings = []
    for template in templates:
        first = template if template.is_cut else first_of.setdefault(template.shape, template)
        if first is not template:
            message = (
                f"{_shown(template.text)} is the same path as {_shown(first.text)} ({first.location}): "
                "they differ in parameter names only"
            )
            help = f"Move its operations to {_shown(first.text)}; until then they count as operations of it."
            findings.append(Finding("path-duplicate", Severity.WARNING, message, help, template.location))
    return findings


def _adjacent_parameters(templates: list[PathTemplate]) -> list[Finding]:
    help = "Put something between them, or make them one parameter."
    return [
        Finding(
            "path-ambiguous",
            Severity.WARNING,
            f"nothing separates two parameters of {_shown(template.text)}",
            help,
            template.location,
        )
        for template in templates
        if "}{" in template.path
    ]


def _shown(text: str) -> str:
    return text if len(text) <= 120 else text[:120] + "…"
