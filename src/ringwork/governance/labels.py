"""A contract's labels as audiences: words understood, places kept, what means nothing said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ringwork.audience import Audience, Label, understood
from ringwork.audience.audience import WORDS
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.openapi import Contract, LabelFact, Operation

# Kinds of places on which an audience decides nothing that is served.
_WITHOUT_EFFECT = ("security_scheme", "other")


@dataclass(frozen=True, slots=True)
class Labels:
    """What a contract's labels say of its operations."""

    info: tuple[Label[Location], ...]
    tags: Mapping[str, tuple[Label[Location], ...]]
    findings: tuple[Finding, ...]

    def of_operation(self, operation: Operation) -> Label[Location] | None:
        return None if operation.label is None else _label(operation.label)

    def of_path_item(self, operation: Operation) -> Label[Location] | None:
        """A path item that is a reference may be labelled at both ends: the narrower label counts."""
        return min(map(_label, operation.path_item_labels), key=lambda label: label.audience, default=None)


def read_labels(contract: Contract, api: str) -> Labels:
    """The labels of `contract`, and findings about those that say nothing."""
    facts = contract.labels
    tags: dict[str, tuple[Label[Location], ...]] = {}
    for fact in facts:
        if fact.kind == "tag":
            tags[fact.name] = (*tags.get(fact.name, ()), _label(fact))
    return Labels(
        info=tuple(_label(fact) for fact in facts if fact.kind == "info"),
        tags=tags,
        findings=tuple(_findings(facts, api)),
    )


def _label(fact: LabelFact) -> Label[Location]:
    """A word nobody understands is an error that drops the API; until then it means the narrowest audience."""
    return Label(understood(fact.value) or Audience.INTERNAL, fact.location)


def _findings(facts: Iterable[LabelFact], api: str) -> Iterable[Finding]:
    for fact in facts:
        if understood(fact.value) is None:
            word = fact.value if isinstance(fact.value, str) else "this"
            message = f'"{word[:60]}" is not an audience'
            help = did_you_mean(word, WORDS)
            yield Finding("unknown-audience", Severity.ERROR, message, help, fact.location, api)
        elif fact.kind in _WITHOUT_EFFECT:
            message = f"an audience on {fact.name or 'this'} changes nothing the gateway serves"
            help = (
                "It counts in exported documents (callbacks, links, webhooks) only. For what is served, label paths, "
                "operations, info, tags, parameters, headers, schemas or properties."
            )
            yield Finding("label-without-effect", Severity.WARNING, message, help, fact.location, api)
