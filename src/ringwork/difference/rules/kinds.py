"""Rules of a kind: keywords that bound a value, and keywords that are there or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part

Number = int | float | None


def bound(
    keyword: str,
    slug: str,
    *,
    upper: bool,
    read: Callable[[Part, Part], tuple[Number, Number]] | None = None,
    keywords: tuple[str, ...] = (),
    absent: Number = None,
) -> Rule:
    """A limit that is set, unset, increased or decreased. `absent`: the value that says as much as none.

    `read`: how both are read, where it is not the keyword alone.
    """
    grows, shrinks = (Effect.WIDENS, Effect.NARROWS) if upper else (Effect.NARROWS, Effect.WIDENS)
    effects = {
        f"{slug}-set": Effect.NARROWS,
        f"{slug}-unset": Effect.WIDENS,
        f"{slug}-increased": grows,
        f"{slug}-decreased": shrinks,
    }

    def limit(schema: Part) -> Number:
        value = schema.number_of(keyword)
        return None if value == absent else value

    def find(old: Part, new: Part) -> Iterator[Change]:
        before, after = read(old, new) if read else (limit(old), limit(new))
        if before == after:
            return
        if before is None or after is None:
            action = "set" if before is None else "unset"
            shown = after if before is None else before
            text = f"{keyword} {shown} was {'added' if before is None else 'removed'}"
        else:
            action = "increased" if after > before else "decreased"
            text = f"{keyword} was {action} from {before} to {after}"
        yield Change(f"{slug}-{action}", effects[f"{slug}-{action}"], text, old, new)

    mirrors = ((f"{slug}-set", f"{slug}-unset"), (f"{slug}-increased", f"{slug}-decreased"))
    return Rule(slug, frozenset({keyword, *keywords}), find, effects, mirrors)


def presence(keyword: str, slug: str) -> Rule:
    """A keyword that narrows by being there. What changes within it is judged where it is looked into."""
    effects = {f"{slug}-added": Effect.NARROWS, f"{slug}-removed": Effect.WIDENS}

    def find(old: Part, new: Part) -> Iterator[Change]:
        if (keyword in old) != (keyword in new):
            action = "removed" if keyword in old else "added"
            yield Change(f"{slug}-{action}", effects[f"{slug}-{action}"], f"{keyword} was {action}", old, new)

    return Rule(slug, frozenset({keyword}), find, effects, ((f"{slug}-added", f"{slug}-removed"),))


def replaced(keyword: str, slug: str) -> Rule:
    """A keyword whose texts have nothing in common: any other is another set of values."""

    def find(old: Part, new: Part) -> Iterator[Change]:
        before, after = old.text(keyword), new.text(keyword)
        if before != after:
            said = f"{keyword} was changed from {before or 'none'} to {after or 'none'}"
            yield Change(slug, Effect.SWAPS, said, old, new)

    return Rule(
        slug, frozenset({keyword}), find, {slug: Effect.SWAPS}, unmirrored={slug: "It undoes itself."}
    )


def named(keyword: str, slug: str, *, added: Effect, removed: Effect) -> Rule:
    """A keyword whose members have names, each added or removed."""
    effects = {f"{slug}-added": added, f"{slug}-removed": removed}

    def find(old: Part, new: Part) -> Iterator[Change]:
        before, after = old.below(keyword), new.below(keyword)
        for name in sorted(before.keys() ^ after.keys()):
            action = "removed" if name in before else "added"
            text = f"{keyword} `{name}` was {action}"
            yield Change(
                f"{slug}-{action}",
                effects[f"{slug}-{action}"],
                text,
                before.get(name) or old,
                after.get(name) or new,
            )

    return Rule(slug, frozenset({keyword}), find, effects, ((f"{slug}-added", f"{slug}-removed"),))


def shown(value: Any) -> str:
    """A value in a sentence, not too long."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 120 else f"{text[:119]}…"
