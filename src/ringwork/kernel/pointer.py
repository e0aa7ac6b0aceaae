"""JSON Pointers (RFC 6901)."""

from __future__ import annotations


def pointer_tokens(pointer: str) -> list[str]:
    """`/a~1b/0` → `a/b`, `0`. The empty pointer has none. Raises ValueError for what is no pointer."""
    if pointer and not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is no JSON Pointer")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
