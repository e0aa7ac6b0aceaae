"""Many files looked at at once are stamped as each is alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork import _native
from ringwork.kernel.stamps import stamp_of


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 1_001])
def test_many_are_told_as_one_by_one(tmp_path: Path, count: int) -> None:
    paths = [tmp_path / f"file-{number}" for number in range(count)]
    for number, path in enumerate(paths):
        if number % 7 != 3:  # the others are not there
            path.write_text("x" * (number % 5))
    found = _native.stamps([str(path) for path in paths])
    assert found == [stamp_of(path) for path in paths]
