"""What is answered: status codes, media types, headers, bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.difference.bodies import compare_content, media_types, schema_existence, schema_of
from ringwork.difference.model import Change, Direction, Effect
from ringwork.difference.parts import Part, same
from ringwork.difference.uses import Operation, Use

if TYPE_CHECKING:
    from ringwork.difference.operations import Comparison


def compare(found: Comparison, where: Operation, direction: Direction, old: Part, new: Part) -> None:
    """`direction`: who receives it, seen from who calls the API."""
    before, after = old.below("responses"), new.below("responses")
    for status in before:
        if status not in after:
            found.say_at(
                _use(where, direction, status), list(_status(status, "removed", before[status], None))
            )
        elif not same(before[status], after[status]):
            _compare_one(found, where, direction, status, before[status], after[status])
    for status in after:
        if status not in before:
            found.say_at(_use(where, direction, status), list(_status(status, "added", None, after[status])))


def _use(where: Operation, direction: Direction, status: str, scope: str = "") -> Use:
    return Use(where, direction, Direction.RESPONSE, scope, f"response {status}")


def _status(status: str, action: str, old: Part | None, new: Part | None) -> Iterator[Change]:
    success = status.startswith("2")
    if status.isdigit() or status.upper() in {"1XX", "2XX", "3XX", "4XX", "5XX"}:
        word = "success" if success else "non-success"
        effect = Effect.BREAKS if success and action == "removed" else Effect.NOTHING
        yield Change(f"response-{word}-status-{action}", effect, f"was {action}", old, new)
    elif status == "default":
        yield Change(f"response-default-status-{action}", Effect.NOTHING, f"was {action}", old, new)


def _compare_one(
    found: Comparison, where: Operation, direction: Direction, status: str, old: Part, new: Part
) -> None:
    found.say_at(_use(where, direction, status), found.once("response", old, new, lambda: _changes(old, new)))
    subject = f"response {status}"
    for name, (before, after) in _matched(old, new).items():
        compare_content(found, where, direction, Direction.RESPONSE, name, before, after, subject)
    headers = _headers(old), _headers(new)
    for name in headers[0].keys() & headers[1].keys():
        one, other = headers[0][name], headers[1][name]
        use = Use(
            where, direction, Direction.RESPONSE, "response-header", f"{subject} header `{name}`", typed=False
        )
        found.use(use, schema_of(one), schema_of(other))


def _headers(response: Part) -> dict[str, Part]:
    return {name.lower(): header for name, header in response.below("headers").items()}


def _changes(old: Part, new: Part) -> Iterator[Change]:
    yield from _media_type_changes(old, new)
    for name, (before, after) in _matched(old, new).items():
        yield from schema_existence("response-body", name, before, after)
    yield from _header_changes(_headers(old), _headers(new), old, new)


def _header_changes(
    before: dict[str, Part], after: dict[str, Part], old: Part, new: Part
) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            needed = before[name].flag("required")
            slug = f"{'required' if needed else 'optional'}-response-header-removed"
            effect = Effect.BREAKS if needed else Effect.NOTHING
            yield Change(slug, effect, f"header `{name}` was removed", before[name], new)
        elif name not in before:
            yield Change(
                "response-header-added", Effect.NOTHING, f"header `{name}` was added", old, after[name]
            )
        elif before[name].flag("required") and not after[name].flag("required"):
            said = f"header `{name}` became optional"
            yield Change("response-header-became-optional", Effect.BREAKS, said, before[name], after[name])
        elif after[name].flag("required") and not before[name].flag("required"):
            said = f"header `{name}` became required"
            yield Change("response-header-became-required", Effect.NOTHING, said, before[name], after[name])


def _matched(old: Part, new: Part) -> dict[str, tuple[Part, Part]]:
    """Media types of both, a renamed one with what it was."""
    before, after = media_types(old), media_types(new)
    found = {name: (before[name], after[name]) for name in before if name in after}
    renamed = _renamed(before, after)
    if renamed is not None:
        found[renamed[1]] = before[renamed[0]], after[renamed[1]]
    return found


def _renamed(before: dict[str, Part], after: dict[str, Part]) -> tuple[str, str] | None:
    """The one that went and the one that came, where they are of one kind."""
    gone, came = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
    if len(gone) != 1 or len(came) != 1:
        return None
    old, new = _bare(gone[0]), _bare(came[0])
    return (gone[0], came[0]) if old == new or _is_special(old, new) or _is_special(new, old) else None


def _bare(name: str) -> str:
    return name.partition(";")[0]


def _is_special(name: str, general: str) -> bool:
    """`application/problem+json` is JSON."""
    kind, _, suffix = general.partition("/")
    return name.startswith(f"{kind}/") and name.endswith(f"+{suffix}")


def _parameters(name: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in name.split(";")[1:])
    return {key: value for key, _, value in pairs}


def _media_type_changes(old: Part, new: Part) -> Iterator[Change]:
    before, after = media_types(old), media_types(new)
    renamed = _renamed(before, after)
    if renamed is not None:
        yield from _renaming(*renamed, before[renamed[0]], after[renamed[1]])
        return
    for name in sorted(before.keys() - after.keys()):
        yield Change(
            "response-media-type-removed",
            Effect.BREAKS,
            f"media type `{name}` was removed",
            before[name],
            new,
        )
    for name in sorted(after.keys() - before.keys()):
        yield Change(
            "response-media-type-added", Effect.NOTHING, f"media type `{name}` was added", old, after[name]
        )


def _renaming(gone: str, came: str, old: Part, new: Part) -> Iterator[Change]:
    said = f"media type `{gone}` became `{came}`"
    before, after = _parameters(gone), _parameters(came)
    if _bare(gone) != _bare(came):
        if before != after:
            yield Change("response-media-type-name-changed", Effect.UNKNOWN, said, old, new)
        elif _is_special(_bare(came), _bare(gone)):
            yield Change("response-media-type-name-specialized", Effect.NOTHING, said, old, new)
        else:
            yield Change("response-media-type-name-generalized", Effect.BREAKS, said, old, new)
        return
    added, removed = after.keys() - before.keys(), before.keys() - after.keys()
    moved = {key for key in before.keys() & after.keys() if before[key] != after[key]}
    if bool(added) + bool(removed) + bool(moved) > 1:
        yield Change("response-media-type-name-changed", Effect.UNKNOWN, said, old, new)
        return
    for _ in added:
        yield Change("response-media-type-parameter-added", Effect.NOTHING, said, old, new)
    for _ in removed:
        yield Change("response-media-type-parameter-removed", Effect.BREAKS, said, old, new)
    for _ in moved:
        yield Change("response-media-type-parameter-changed", Effect.BREAKS, said, old, new)
