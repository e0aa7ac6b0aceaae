"""The files of a contract as a commit has them. Git is asked, nothing is checked out, nothing is fetched."""

from __future__ import annotations

import os
import posixpath
import subprocess
from pathlib import Path
from typing import IO

from ringwork.kernel.refusal import Refused as Refusal
from ringwork.openapi.files import MAX_CONTRACT_BYTES, MAX_FILE_BYTES, MAX_FILES, Refused, referred_name

_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
}
# Of a repository on this machine; a slow disk is no reason to give up.
_TIMEOUT_S = 60


class GitFiles:
    """Reads files of one commit. Names are relative to the repository's root."""

    def __init__(self, folder: Path, revision: str) -> None:
        """`folder`: anywhere in the work tree. Raises Refusal where it is none, or knows no such revision."""
        self._folder = folder
        self._files = 0
        self._bytes = 0
        asked = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if asked is None:
            help = (
                "Name a branch, a tag or a commit of the repository this is run in, as in `main:apis/a.yaml`."
            )
            raise Refusal("revision-unknown", f'Git knows no revision "{revision[:200]}" here', help)
        self._commit = asked.decode().strip()
        prefix = _git(folder, "rev-parse", "--show-prefix")
        self._prefix = (prefix or b"").decode().strip()

    def name_of(self, path: str) -> str:
        """As Git names it: from the root, or from here where it begins with `./` or `../`."""
        relative = path.startswith(("./", "../"))
        return posixpath.normpath(posixpath.join(self._prefix, path) if relative else path)

    def read(self, name: str) -> tuple[str, bytes]:
        """Canonical name and bytes. Raises Refused."""
        canonical = posixpath.normpath(name)
        if canonical.startswith(("../", "/")) or canonical == "..":
            help = "Refer to files of the repository."
            raise Refused("openapi-ref-outside", f'"{name[:200]}" leads out of the repository', help)
        self._files += 1
        object_name = f"{self._commit}:{canonical}"
        size = _git(self._folder, "cat-file", "-s", object_name)
        if size is None:
            help = "Correct the name, or the revision."
            raise Refused("openapi-file-missing", f'the revision has no file "{name[:200]}"', help)
        self._bytes += int(size)
        if int(size) > MAX_FILE_BYTES or self._bytes > MAX_CONTRACT_BYTES or self._files > MAX_FILES:
            raise Refused("openapi-too-large", f'"{name[:200]}" is too much', "Split the API.")
        data = _git(self._folder, "cat-file", "blob", object_name)
        if data is None:
            raise Refused("openapi-file-missing", f'"{name[:200]}" is not a file', "Name a file.")
        return canonical, data

    def referred(self, base: str, reference: str) -> tuple[str, bytes]:
        """The same of what the file `base` refers to. Raises Refused."""
        return self.read(referred_name(base, reference))


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What Git says; None where it says no."""
    environment = {key: value for key, value in os.environ.items() if key not in ("GIT_DIR", "GIT_WORK_TREE")}
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=environment | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError:
        raise Refusal("git-missing", "there is no `git` here", "Install Git, or name files.") from None
    except subprocess.TimeoutExpired:
        raise Refusal("git-slow", "Git did not answer within a minute", "Name files.") from None
    return done.stdout if done.returncode == 0 else None


def archived(folder: Path, revision: str, into: IO[bytes]) -> None:
    """Writes what is in `folder` in a revision as a tar archive. Raises Refusal."""
    if not folder.is_dir():
        raise Refusal("estate-missing", f"there is no folder {folder}", "Name the folder of the estate.")
    known = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if known is None:
        help = "Name a branch, a tag or a commit. CI often clones one commit only: fetch the other one first."
        raise Refusal("revision-unknown", f'Git knows no revision "{revision[:200]}" here', help)
    # Run in a folder, Git archives that folder alone.
    data = _git(folder, "archive", "--format=tar", known.decode().strip())
    if data is None:
        help = "Name a revision that has it."
        raise Refusal("estate-missing", f"the revision {revision[:200]} has no folder {folder.name}", help)
    into.write(data)
