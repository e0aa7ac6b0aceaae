"""Real documents linted by us and by Spectral with all rules of one of its rulesets: which findings differ.

python -m tools.lint_corpus CORPUS [--documents 200] [--seed 0] [--rules spectral:oas]
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from pathlib import Path

from ringwork.style.reading import read_ruleset
from tests.rooms.style.test_spectral import INSTALLED, Found, ours, spectral

_MOST_BYTES = 2_000_000
_TOGETHER = 50
_SHOWN = 5


def main() -> None:
    """Prints how many findings there are, and those only one of the two has."""
    arguments = _arguments()
    found = [file for file in (arguments.corpus / "api").rglob("*.json") if file.stat().st_size < _MOST_BYTES]
    chosen = random.Random(arguments.seed).sample(sorted(found), min(arguments.documents, len(found)))
    # Spectral finds packages above the ruleset.
    with tempfile.TemporaryDirectory(prefix="ringwork-lint-", dir=INSTALLED) as folder:
        ruleset = Path(folder) / "all.yaml"
        ruleset.write_text(f'extends: [["{arguments.rules}", all]]\n')
        for start in range(0, len(chosen), _TOGETHER):
            _compare(chosen[start : start + _TOGETHER], ruleset)


def _compare(files: list[Path], ruleset: Path) -> None:
    read, findings = read_ruleset(ruleset)
    if read is None:
        raise RuntimeError(findings)
    theirs = spectral(files, ruleset, ruleset.with_name("found.json"))
    mine = ours(files, read)
    print(
        f"{len(files)} documents: {len(theirs):,} findings of Spectral's, {len(mine):,} of ours", flush=True
    )
    _show("only Spectral's", theirs - mine)
    _show("only ours", mine - theirs)


def _show(title: str, found: Found) -> None:
    for code, count in Counter(one[1] for one in found).items():
        print(f"  {title}: {count} {code}")
        for file, _, _, path in sorted(one for one in found if one[1] == code)[:_SHOWN]:
            print(f"    {file} {'/'.join(path)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rules", default="spectral:oas", help="or @stoplight/spectral-owasp-ruleset")
    return parser.parse_args()


if __name__ == "__main__":
    main()
