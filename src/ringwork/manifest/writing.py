"""Text for files of the estate that Ringwork writes itself."""

from __future__ import annotations

import json


def quoted(text: str) -> str:
    """A double-quoted YAML scalar on one line; what cannot be printed becomes a space."""
    one_line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return json.dumps(one_line, ensure_ascii=False)


def yaml_list(items: list[str]) -> str:
    """A flow sequence of quoted scalars."""
    return f"[{', '.join(quoted(item) for item in items)}]"
