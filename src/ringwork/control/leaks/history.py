"""Keys in all that was ever committed to a Git repository: lines that a commit added, and its message."""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from ringwork.control.leaks.patch import Patches
from ringwork.control.leaks.search import PIECE_BYTES, Found, Search, Unread, name_of
from ringwork.kernel.refusal import Refused

# Whatever the repository's or the user's settings are: nothing is run for them, nothing fetched, nothing left out.
_SETTINGS = ("-c", "core.quotePath=false", "-c", "log.showRoot=true", "-c", "log.showSignature=false")
_LOG = (
    *("log", "--all", "--reflog", "--patch", "--cc", "--unified=0", "--inter-hunk-context=0", "--text"),
    *("--no-renames", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "--no-notes"),
    *("--submodule=short", "--src-prefix=", "--dst-prefix=", "--full-history"),
)
_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
}
_ANOTHER_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE")
_MOST_ERROR_BYTES = 4_096


def search_history(repository: str) -> Iterator[Found | Unread]:
    """Newest first, from every branch, tag and reflog (so every stash); merges by what they have that none of their
    parents has. Raises Refused when Git cannot tell.
    """
    with _git(repository, "rev-parse", "--is-shallow-repository") as said:
        shallow = said.read(16).strip() == b"true"
    # What was committed cannot know it, so nothing that was passes for a commit.
    mark = secrets.token_hex(16)
    with _git(repository, *_LOG, f"--format=tformat:{mark}%H%n%B%n{mark}") as log:
        yield from _search(log, Patches(mark.encode()))
    if shallow:
        yield Unread(
            name_of(os.fsencode(repository)), "a shallow clone: `git fetch --unshallow` gets the rest"
        )


def _search(log: IO[bytes], patches: Patches) -> Iterator[Found]:
    search: Search | None = None
    continued = False
    while piece := log.readline(PIECE_BYTES):
        if not continued:
            place = patches.take(piece)
            search = None if place is None else Search(*place)
        ended = piece.endswith(b"\n")
        if search is not None and (continued or not ended or b"rw_" in piece):
            for sighting in search.feed(piece):
                yield Found(patches.file, sighting, patches.commit)
        continued = not ended


@contextmanager
def _git(repository: str, *words: str) -> Iterator[IO[bytes]]:
    """What it prints. Raises Refused when it fails."""
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                ["git", "-C", repository, "--no-pager", *_SETTINGS, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_environment(),
            )
        except FileNotFoundError:
            raise Refused(
                "git-missing", "there is no `git` here", "Install Git, or leave --git out."
            ) from None
        assert process.stdout is not None
        try:
            with process.stdout as printed:
                yield printed
            code = process.wait()
        finally:
            process.kill()
            process.wait()
        if code != 0:
            raise _failed(repository, errors)


def _environment() -> dict[str, str]:
    """Of this process; but it is the named repository that is meant, not the one of a hook that runs this."""
    named = {name: value for name, value in os.environ.items() if name not in _ANOTHER_REPOSITORY}
    return named | _ENVIRONMENT


def _failed(repository: str, errors: IO[bytes]) -> Refused:
    errors.seek(0)
    said = name_of(errors.read(_MOST_ERROR_BYTES)).strip().partition("\n")[0]
    help = "Name a Git repository, one that is yours."
    return Refused("git-failed", f"{name_of(os.fsencode(repository))}: {said or 'git failed'}", help)
