"""A state directory belongs to one environment: its keys, certificates and secrets are of no use in another."""

from __future__ import annotations

from pathlib import Path

from ringwork.kernel.refusal import Refused


def another_environment(state: Path, its: str, wanted: str) -> Refused:
    """What is said to whoever takes the state directory `state` of the environment `its` for `wanted`."""
    return Refused(
        "state-of-another-environment",
        f'{state} belongs to the environment "{its}", not to "{wanted}"',
        f'Name the state directory of "{wanted}" with --state, or say --environment {its}.',
        status=409,
    )
