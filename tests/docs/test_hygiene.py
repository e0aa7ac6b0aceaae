"""Nothing committed depends on one machine: no registry host, no path of a home or build machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

# Assembled, so that this file does not hold what it looks for.
_HOSTS = (
    "pypi" + r"\.org",
    "pythonhosted" + r"\.org",
    "npmjs" + r"\.org",
    "debian" + r"\.org",
    "index" + "-url",
)
_PLACES = (r"/ho" + "me/", r"/ro" + "ot/", r"/Us" + "ers/", r"/wo" + "rk/")
_SUSPECT = re.compile("|".join((*_HOSTS, *_PLACES)))
# The ordinary name of the ordinary registry, which cargo itself writes.
_CARGO_INDEX = 'source = "registry+https://github.com/rust-lang/crates.io-index"'


def committed() -> list[Path]:
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := REPOSITORY / name).is_file()]


def test_no_registry_host_and_no_machine_path_is_committed() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}: {match[0]}"
        for path in committed()
        if (match := _SUSPECT.search(path.read_text(errors="replace")))
    ]
    assert not found


def test_cargo_lock_names_no_other_registry() -> None:
    sources = re.findall(r"^source = .*$", (REPOSITORY / "Cargo.lock").read_text(), re.MULTILINE)
    assert set(sources) == {_CARGO_INDEX}


def test_license_is_apache_2_in_full() -> None:
    text = (REPOSITORY / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
