"""Extension, gateway and tests enable the same features of what they share, so that each crate is compiled once."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
# As tools/native and `make test` name them.
BUILDS = {
    "extension": (
        "--package",
        "python",
        "--features",
        "pyo3/extension-module",
        "--edges",
        "normal,no-proc-macro",
    ),
    "gateway": ("--package", "server", "--edges", "normal,no-proc-macro"),
    "tests": ("--workspace", "--exclude", "python", "--edges", "normal,dev,no-proc-macro"),
}
# The allocator, some seconds of C: what the extension asks of it, the gateway must not (`crates/python/Cargo.toml`).
OF_THE_EXTENSION = ("mimalloc v", "libmimalloc-sys v")
_CRATE = re.compile(r"(\S+ v\S+).* \[(.*)\]")


def features(*words: str) -> dict[str, str]:
    """Crate and version → the features it is compiled with, of all that ends in what is built."""
    command = ["tools/with-rust", "cargo", "tree", "--locked", "--prefix", "none"]
    printed = subprocess.run(
        [*command, "--format", "{p} [{f}]", *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return dict(_CRATE.findall(printed))


def test_no_crate_is_compiled_twice_because_two_builds_ask_for_other_features() -> None:
    """Where one is, `crates/features/Cargo.toml` names what the others lack."""
    builds = {name: features(*words) for name, words in BUILDS.items()}
    gateway = builds.pop("gateway")
    assert len(gateway) > 200
    compiled_again = {
        f"{name}: {crate}": (enabled, gateway[crate])
        for name, build in builds.items()
        for crate, enabled in build.items()
        if crate in gateway and enabled != gateway[crate] and not crate.startswith(OF_THE_EXTENSION)
    }
    assert compiled_again == {}
