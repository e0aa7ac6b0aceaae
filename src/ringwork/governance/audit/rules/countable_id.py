"""Ids cannot be guessed by counting."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.governance.audit.words import is_id, is_number
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    for operation in subject.operations:
        for one in subject.parameters(operation):
            counted = is_number(one.schema)
            if one.place == "path" and counted and is_id(one) and not operation.intent.bindings:
                message = f"{one.name} is a number: the next object is found by counting"
                yield Found(message, subject.at(one.path), operation.name, pointer(one.path), one.name)


RULE = Rule(
    code="audit-countable-id",
    category="API1",
    what="Ids in paths are no integers.",
    why="Counting finds every object there is, and how many.",
    fix=(
        "Name objects by UUIDs or other random texts; where that is too late, bind them to the caller "
        "(x-authorize)."
    ),
    levels={Audience.PARTNER: Level.INFO, Audience.PUBLIC: Level.WARN},
    check=check,
)
