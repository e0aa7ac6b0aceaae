"""The files of a contract as they were when it went live, wherever they are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ringwork.openapi.files import Refused, referred_name


class KeptFiles:
    """`canonical`: every name that was asked for → what it leads to; `text` gives the bytes of a canonical name, and
    raises OSError where they are not kept.
    """

    def __init__(self, canonical: Mapping[str, str], text: Callable[[str], bytes]) -> None:
        self._canonical = canonical
        self._text = text

    def read(self, name: str) -> tuple[str, bytes]:
        """Canonical name and bytes. Raises Refused."""
        canonical = self._canonical.get(name)
        if canonical is None:
            raise Refused("openapi-file-missing", f'"{name}" is not kept', "Apply the estate again.")
        return canonical, self._text(canonical)

    def referred(self, base: str, reference: str) -> tuple[str, bytes]:
        """The same of what the file `base` refers to. Raises Refused."""
        return self.read(referred_name(base, reference))
