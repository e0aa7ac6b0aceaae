"""One wheel has everything in it, and works where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST_BUILD_S = 1800


@dataclass(frozen=True)
class Installed:
    """The wheel, and the commands of a fresh environment it was installed into."""

    wheel: Path
    bin: Path
    elsewhere: Path

    def run(self, name: str, *arguments: str) -> str:
        """What the command prints, run outside the checkout with nothing of ours in its environment."""
        clean = {
            key: value for key, value in os.environ.items() if key != "PYTHONPATH" and "RINGWORK" not in key
        }
        done = subprocess.run(
            [self.bin / name, *arguments],
            cwd=self.elsewhere,
            env=clean,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{name} {arguments}: {done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    work = tmp_path_factory.mktemp("wheel")
    # The development profile, whose dependencies this checkout has compiled: the packaging is what is tested.
    subprocess.run(
        [REPOSITORY / "tools" / "wheel", work],
        env=os.environ | {"SETUPTOOLS_RUST_CARGO_PROFILE": "dev"},
        check=True,
        timeout=LONGEST_BUILD_S,
    )
    (wheel,) = work.glob("*.whl")
    venv.create(work / "venv", with_pip=True)
    commands = work / "venv" / "bin"
    subprocess.run([commands / "pip", "install", "--quiet", wheel], check=True, timeout=600)
    elsewhere = work / "elsewhere"
    elsewhere.mkdir()
    return Installed(wheel, commands, elsewhere)


def test_one_wheel_holds_python_extension_and_gateway(installed: Installed) -> None:
    names = ZipFile(installed.wheel).namelist()
    assert "ringwork/cli/main.py" in names
    assert "ringwork/py.typed" in names
    assert any(name.startswith("ringwork/_native.") and name.endswith(".so") for name in names)
    assert any(name.endswith(".data/scripts/ringwork-gateway") for name in names)


def test_wheel_holds_every_file_of_the_package_and_nothing_else(installed: Installed) -> None:
    source = REPOSITORY / "src"
    built = {"ringwork/_native.abi3.so", "ringwork/_bin/ringwork-gateway"}
    ours = {str(path.relative_to(source)) for path in (source / "ringwork").rglob("*") if path.is_file()}
    ours = {name for name in ours if "__pycache__" not in name} - built
    packed = {name for name in ZipFile(installed.wheel).namelist() if ".dist-info/" not in name}
    packed = {name for name in packed if ".data/" not in name} - built
    assert packed == ours


def test_wheel_works_for_every_python_from_3_11(installed: Installed) -> None:
    assert "-cp311-abi3-" in installed.wheel.name
    assert sys.version_info >= (3, 11)


def test_commands_run_outside_the_checkout(installed: Installed) -> None:
    assert "ringwork 0" in installed.run("ringwork", "--version")
    assert "init" in installed.run("ringwork", "--help")
    assert installed.run("ringwork-gateway", "--version").startswith("ringwork-gateway 0")


def test_installed_package_finds_its_gateway_and_its_extension(installed: Installed) -> None:
    code = "import ringwork._native; from ringwork.fleet.binary import find_gateway; print(find_gateway())"
    assert installed.run("python", "-c", code).strip() == str(installed.bin / "ringwork-gateway")


def test_installed_package_makes_an_estate(installed: Installed) -> None:
    owner = ("--owner-team", "platform", "--owner-contact", "platform@acme.example")
    installed.run("ringwork", "init", "acme", "--organization", "acme", *owner)
    assert (installed.elsewhere / "acme" / "ringwork.yaml").is_file()
