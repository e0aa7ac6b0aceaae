"""What others answer is examined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ringwork.audience import Audience
from ringwork.governance.audit.model import Found, Rule
from ringwork.governance.audit.subject import Subject, pointer
from ringwork.style.model import Level


def check(subject: Subject) -> Iterator[Found]:
    for operation in subject.operations:
        for status, told in _items(operation.value.get("responses")):
            for media, content in _items(subject.resolved(told).get("content")):
                if "json" in media and not _says(content):
                    path = (*operation.path, "responses", status)
                    message = f"{status}: {media} has no schema"
                    yield Found(message, subject.at(path), operation.name, pointer(path))


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _says(content: Any) -> bool:
    return isinstance(content, dict) and content.get("schema") not in (None, True, {})


RULE = Rule(
    code="audit-unexamined-answer",
    category="API10",
    what="Answers of services are held to a schema before they leave.",
    why=(
        "A service that calls others passes on what they send; without a schema nobody looks at it on the"
        " way."
    ),
    fix="Describe the answer with a schema; a media type without one leaves as it comes.",
    levels={Audience.PARTNER: Level.INFO, Audience.PUBLIC: Level.WARN},
    check=check,
)
