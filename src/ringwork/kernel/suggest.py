"""Help for a word that was not understood."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_NAMED_AT_MOST = 12


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be, or None."""
    by_folded = {name.casefold().replace("_", "-"): name for name in known}
    found = difflib.get_close_matches(word.casefold().replace("_", "-"), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean "hosts"?`, or else what there is to choose from; a full sentence either way."""
    names = sorted(known)
    found = nearest(word, names)
    if found is not None:
        return f'Did you mean "{found}"?'
    if not names:
        return "There is none yet."
    shown = ", ".join(names[:_NAMED_AT_MOST])
    return f"Known: {shown}{', …' if len(names) > _NAMED_AT_MOST else ''}."
