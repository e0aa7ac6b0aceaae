"""The Rust half of Ringwork."""

from typing import Any, Literal, final

class DocumentError(Exception):
    """A document cannot be read. `line` and `column` count from 1, columns in characters."""

    code: str
    message: str
    help: str
    file: str
    line: int
    column: int

@final
class DocumentProblem:
    """Something wrong in a document that could still be read."""

    @property
    def code(self) -> str: ...
    @property
    def severity(self) -> Literal["error", "warning"]: ...
    @property
    def message(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...

@final
class Document:
    """One YAML 1.2 or JSON document whose every key and value knows its place."""

    @staticmethod
    def parse(data: bytes, name: str, *, format: Literal["yaml", "json"] | None = None) -> Document:
        """Read a document; without `format`, the name's ending or the content decides.

        Raises DocumentError, located, for everything that cannot be read: syntax, encoding, nesting beyond 256,
        more than 64 MiB, more than 20,000,000 values with aliases written out.
        """

    def value(self, pointer: str = "") -> Any:
        """The value at a JSON Pointer as dict, list, str, int, float, bool or None. Raises KeyError."""

    def position(self, pointer: str, *, key: bool = False) -> tuple[int, int] | None:
        """Line and column of a value, or of its key; of the nearest ancestor when it does not exist.

        None when `pointer` is not a JSON Pointer (RFC 6901).
        """

    @property
    def problems(self) -> list[DocumentProblem]:
        """What is wrong without keeping the document from being read, such as a key that is there twice."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, hexadecimal."""
