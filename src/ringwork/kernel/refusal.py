"""What is said when something asked for cannot be done: one sentence, and one on what to do."""

from __future__ import annotations

import errno
import os


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


def refused_by_the_system(error: OSError) -> Refused:
    """A path that is a file where a folder is needed, a full disk, somebody else's folder."""
    what = error.strerror or str(error)
    message = what if error.filename is None else f"{os.fsdecode(error.filename)}: {what}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Refused("disk-full", message, "Make room, then try again. What is live stays.", status=503)
    return Refused("file-unusable", message, "Make it usable, or name another path.", status=503)
