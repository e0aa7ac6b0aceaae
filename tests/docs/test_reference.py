"""Documentation generated from the code is what the code says now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.reference import REFERENCE, files


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_generated_page_is_current(path: Path) -> None:
    assert path.read_text() == files()[path], "run `make reference`"


def test_reference_holds_nothing_that_is_not_generated() -> None:
    assert {path for path in REFERENCE.iterdir() if path.is_file()} <= set(files())
