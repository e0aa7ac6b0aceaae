"""`python -m tests.goldens.rewrite`: writes what the compiler emits now, and removes what it no longer emits."""

from __future__ import annotations

import shutil

from tests.goldens.test_goldens import GOLDENS, emitted


def main() -> None:
    for golden in GOLDENS:
        expected = golden / "expected"
        shutil.rmtree(expected, ignore_errors=True)
        expected.mkdir()
        for name, text in emitted(golden).items():
            (expected / name).write_text(text)


if __name__ == "__main__":
    main()
