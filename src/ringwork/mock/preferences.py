"""`Prefer` (RFC 7240): what a consumer wants a mock to answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PREFERENCE = re.compile(r'\s*([\w-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s,;"]*))?[^,]*,?')


@dataclass(frozen=True, slots=True)
class Preferences:
    """`code`: a status; `example`: a name among `examples`; `dynamic`: made up, even where there are examples."""

    code: int | None = None
    example: str | None = None
    dynamic: bool = False

    @property
    def applied(self) -> str:
        """Value of `Preference-Applied`; empty where nothing was preferred."""
        said = {"code": self.code, "example": self.example, "dynamic": "true" if self.dynamic else None}
        return ", ".join(f"{name}={value}" for name, value in said.items() if value is not None)


def preferences(header: str | None) -> Preferences:
    """What nobody knows is ignored, as RFC 7240 section 2 asks; the first of a name counts."""
    said: dict[str, str] = {}
    for name, value in _PREFERENCE.findall(header or ""):
        unquoted = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        said.setdefault(name.lower(), unquoted)
    code = said.get("code", "")
    return Preferences(
        int(code) if re.fullmatch(r"[2-5]\d\d", code) else None,
        said.get("example") or None,
        said.get("dynamic", "false").lower() in ("true", ""),
    )
