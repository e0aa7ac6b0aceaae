"""What oasdiff and we say of the pairs in tests/rooms/difference: recorded answers, and the table of ids.

tools/oasdiff_pairs.py             # our column of the table
tools/oasdiff_pairs.py OASDIFF     # its answers too; `go install github.com/oasdiff/oasdiff@v1.33.0`
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ringwork.difference.model import Level
from ringwork.difference.table import OASDIFF
from tests.rooms.difference.comparing import our_levels
from tests.rooms.difference.pairs import DocumentPair, pairs

RECORDED = Path("tests/rooms/difference/recorded.txt")
TABLE = Path("src/ringwork/difference/ids.txt")


def main() -> None:
    """Where a rule is new, it needs a pair; its id is in the table then."""
    if len(sys.argv) > 1:
        _record(sys.argv[1])
    _write_table()


def _record(oasdiff: str) -> None:
    """One line a pair: its name, and ids with levels as oasdiff's JSON has them, each as often as it says so."""
    said = [f"{pair.name}: {' '.join(_asked(oasdiff, pair))}".rstrip() for pair in pairs()]
    RECORDED.write_text("# Ids and levels oasdiff 1.33.0 prints of each pair.\n" + "\n".join(said) + "\n")


def _write_table() -> None:
    ours = our_levels()
    rows = {id: (OASDIFF.get(id), ours.get(id)) for id in OASDIFF.keys() | ours.keys()}
    lines = [f"{id} {_word(theirs)} {_word(mine)}" for id, (theirs, mine) in sorted(rows.items())]
    TABLE.write_text(
        "# id, level of oasdiff 1.33.0, our level; tools/oasdiff_pairs.py writes it\n"
        + "\n".join(lines)
        + "\n"
    )


def _word(level: Level | None) -> str:
    return "-" if level is None else level.label


def _asked(oasdiff: str, pair: DocumentPair) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("old.json", "new.json")]
        for file, document in zip(files, (pair.old, pair.new), strict=True):
            file.write_text(json.dumps(document))
        command = [oasdiff, "changelog", *map(str, files), "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{pair.name}: {done.stderr}")
    yield from sorted(f"{one['id']}={one['level']}" for one in json.loads(done.stdout or "[]"))


if __name__ == "__main__":
    main()
