"""How the demos print: headings, sentences, commands. Colour only where somebody looks."""

from __future__ import annotations

import os
import sys
import textwrap

_WIDTH = 100


def _styled(text: str, code: str) -> str:
    looked_at = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return f"\033[{code}m{text}\033[0m" if looked_at else text


def heading(text: str) -> None:
    print(f"\n{_styled(text, '1;36')}\n{_styled('─' * len(text), '36')}", flush=True)


def say(text: str) -> None:
    """A paragraph; its line breaks and indentation do not count."""
    print(textwrap.fill(" ".join(text.split()), _WIDTH), flush=True)


def note(text: str) -> None:
    """One line about the command below it."""
    print(f"\n{_styled('# ' + text, '2')}", flush=True)


def command(line: str) -> None:
    print(_styled(line, "1"), flush=True)


def verdict(good: bool, text: str) -> None:
    mark = _styled("✓", "32") if good else _styled("✗", "1;31")
    print(f"  {mark} {text}", flush=True)
