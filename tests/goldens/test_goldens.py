"""Estate in, bundles out. Each folder here answers the question it is named after.

After a change that is meant: `python -m tests.goldens.rewrite`, and review the difference.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ringwork.bundle.compile import compile_intent
from ringwork.control.control import Control
from ringwork.control.model import MintedKey
from ringwork.fleet.binary import find_gateway
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.rollout import Rollout
from ringwork.governance.assess import assess
from tests.goldens.readable import readable
from tests.rooms.control.world import NOW, DictionaryNode
from tests.support.intents import MATERIAL, kept

GOLDENS = sorted(path.parent for path in Path(__file__).parent.glob("*/estate"))


def emitted(golden: Path) -> dict[str, str]:
    """What the compiler makes of the golden's estate."""
    assessment = assess(golden / "estate")
    assert assessment.intent is not None
    compiled = compile_intent(assessment.intent, revision=1, created_at=NOW, material=MATERIAL)
    return readable(compiled, list(assessment.findings))


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_the_estate_becomes_exactly_these_bundles(golden: Path) -> None:
    expected = {path.name: path.read_text() for path in (golden / "expected").iterdir()}
    assert emitted(golden) == expected


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_the_real_gateway_would_serve_it(golden: Path, tmp_path: Path) -> None:
    assessment = assess(golden / "estate")
    assert assessment.intent is not None
    node = NodeDirectory(tmp_path / "node")
    control = Control(
        tmp_path / "control", DictionaryNode(), mint=lambda _: MintedKey("", ""), clock=lambda: NOW
    )
    Rollout(control, node).publish(assessment.intent, note="golden", **kept(assessment.intent))
    control.close()
    checked = subprocess.run(
        [str(find_gateway()), "--check", str(node.root)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_the_order_of_apis_in_an_estate_changes_no_byte() -> None:
    (golden,) = (each for each in GOLDENS if "hidden_api" in each.name)
    intent = assess(golden / "estate").intent
    assert intent is not None
    turned = replace(intent, apis=tuple(reversed(intent.apis)))
    first, second = (
        compile_intent(each, revision=1, created_at=NOW, material=MATERIAL) for each in (intent, turned)
    )
    assert first == second
