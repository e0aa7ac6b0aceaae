"""What is said when something asked for cannot be done: one sentence, and one on what to do."""

from __future__ import annotations


class Refused(Exception):
    """A request that cannot be granted as asked.

    `code` is permanent (kebab-case); `status` is the HTTP status the admin API answers with.
    """

    def __init__(self, code: str, message: str, help: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.status = status

    def as_dict(self) -> dict[str, object]:
        return {"code": self.code, "message": self.message, "help": self.help}
