"""What is sent: whether there is a body, in which media types, by which schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.difference.meaning import is_annotation_only
from ringwork.difference.model import Change, Direction, Effect
from ringwork.difference.parts import Part, same
from ringwork.difference.uses import Operation, Use

if TYPE_CHECKING:
    from ringwork.difference.operations import Comparison


def compare(
    found: Comparison, where: Operation, direction: Direction, old: Part | None, new: Part | None
) -> None:
    """`direction`: who sends it, seen from who calls the API."""
    plain = Use(where, direction, Direction.REQUEST, "", "request body")
    if old is None or new is None:
        for part in (old, new):
            if part is not None:
                found.say_at(plain, found.once("body", part, part, lambda: _existence(old, new)))
        return
    if same(old, new):
        return
    found.say_at(plain, found.once("body", old, new, lambda: _changes(old, new)))
    before, after = media_types(old), media_types(new)
    for name in before.keys() & after.keys():
        compare_content(
            found, where, direction, Direction.REQUEST, name, before[name], after[name], "request body"
        )


def _existence(old: Part | None, new: Part | None) -> Iterator[Change]:
    if new is None:
        yield Change("request-body-removed", Effect.BREAKS, "was removed", old, None)
    elif old is None:
        needed = new.flag("required")
        slug = f"request-body-added-{'required' if needed else 'optional'}"
        yield Change(slug, Effect.NARROWS if needed else Effect.NOTHING, "was added", None, new)


def _changes(old: Part, new: Part) -> Iterator[Change]:
    if old.flag("required") != new.flag("required"):
        word = "required" if new.flag("required") else "optional"
        effect = Effect.NARROWS if new.flag("required") else Effect.WIDENS
        yield Change(f"request-body-became-{word}", effect, f"became {word}", old, new)
    before, after = media_types(old), media_types(new)
    for name in sorted(before.keys() - after.keys()):
        said = f"media type `{name}` was removed"
        yield Change("request-body-media-type-removed", Effect.NARROWS, said, before[name], new)
    for name in sorted(after.keys() - before.keys()):
        said = f"media type `{name}` was added"
        yield Change("request-body-media-type-added", Effect.WIDENS, said, old, after[name])
    for name in before.keys() & after.keys():
        yield from schema_existence("request-body", name, before[name], after[name])


def media_types(part: Part) -> dict[str, Part]:
    """By name in lower case, without blanks."""
    return {name.lower().replace(" ", ""): content for name, content in part.below("content").items()}


def schema_existence(scope: str, name: str, old: Part, new: Part) -> Iterator[Change]:
    """A schema that came refuses what none refused; one that allows everything says nothing."""
    before, after = old.get("schema"), new.get("schema")
    if before is None and after is not None and not is_annotation_only(after):
        slug = "schema-became-false" if after.truth is False else "media-type-schema-added"
        yield Change(f"{scope}-{slug}", Effect.NARROWS, f"`{name}` has a schema now", old, after)
    if after is None and before is not None and not is_annotation_only(before):
        said = f"`{name}` has no schema any more"
        yield Change(f"{scope}-media-type-schema-removed", Effect.WIDENS, said, before, new)


def compare_content(
    found: Comparison,
    where: Operation,
    direction: Direction,
    side: Direction,
    name: str,
    old: Part,
    new: Part,
    subject: str,
) -> None:
    """The schema of one media type."""
    use = Use(where, direction, side, f"{side.value}-body", subject, typed=is_typed(name))
    found.use(use, old.get("schema"), new.get("schema"))


def is_typed(media_type: str) -> bool:
    """JSON tells a number from a text; others do not."""
    bare = media_type.partition(";")[0]
    return bare == "application/json" or bare.endswith("+json")


def schema_of(part: Part) -> Part | None:
    """Of a parameter or a header: its own, or that of its one media type."""
    own = part.get("schema")
    if own is not None:
        return own
    contents = list(part.below("content").values())
    return contents[0].get("schema") if contents else None
