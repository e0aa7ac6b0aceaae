"""An estate as a commit has it, in a folder of its own that is gone afterwards. Git is asked, nothing is fetched."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ringwork.kernel.refusal import Refused
from ringwork.manifest.files import ORGANIZATION_FILE
from ringwork.openapi.git import archived

# As much as an organisation of thousands of APIs has.
_MOST_BYTES = 2 * 1024**3
_MOST_FILES = 200_000


@contextmanager
def estate_at(folder: Path, revision: str) -> Iterator[Path]:
    """The estate of `folder`, as it is in `revision`. Raises Refused where there is none."""
    with tempfile.TemporaryDirectory(prefix="ringwork-") as name, tempfile.TemporaryFile() as archive:
        root = Path(name).resolve()
        archived(folder, revision, archive)
        archive.seek(0)
        _unpack(archive, root)
        if not (root / ORGANIZATION_FILE).is_file():
            help = "Name a revision that has the estate in the same folder."
            raise Refused("estate-missing", f"{revision} has no {ORGANIZATION_FILE} there", help)
        yield root


def _unpack(archive: IO[bytes], root: Path) -> None:
    """Files and folders; a link is no part of an estate that leads out of it."""
    total = 0
    with tarfile.open(fileobj=archive, mode="r|") as members:
        for number, member in enumerate(members):
            total += member.size
            if number >= _MOST_FILES or total > _MOST_BYTES:
                raise Refused("estate-too-large", "the revision's estate is too large", "Name another.")
            if member.isdir() or member.isfile() or member.issym():
                try:
                    members.extract(member, root, filter="data")
                except tarfile.FilterError:
                    continue
