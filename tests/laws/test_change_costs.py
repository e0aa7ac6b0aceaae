"""A change costs what changed: how much is judged, compiled, proven, read and written when one API of several changes,
counted, because time tells it late. What is counted here once grew with the estate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ringwork.bundle.compile import memo as compiling
from ringwork.bundle.prove import proving
from ringwork.control.control import Control
from ringwork.control.model import MintedKey
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.proving import Broken
from ringwork.fleet.rollout import Published, Rollout
from ringwork.governance import judging, snapshot
from ringwork.governance.assess import Memory, assess
from ringwork.governance.exposed import holding
from ringwork.kernel import objects
from ringwork.kernel.cache import FileCache
from ringwork.kernel.findings import Severity
from ringwork.kernel.stamps import Stamp
from ringwork.manifest import checks, reading
from tests.rooms.control.world import NOW, DictionaryNode
from tests.rooms.manifest.estates import api, write_estate
from tests.support.locking import lock_exposure

# With the one `write_estate` has anyway.
APIS = 12
CHANGED = "api-7"
DOCUMENT = """\
openapi: 3.1.0
info: {title: Things, version: 1.0.0}
paths:
  /things:
    get:
      x-audience: public
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}
"""
# A reference leads nowhere: its API stays behind, and is judged once.
BROKEN = "api-3"
DANGLING = DOCUMENT + "components: {schemas: {Unused: {$ref: 'gone.yaml#/Thing'}}}\n"
# Bundle, filter and rules of the API on each of its rings.
MOST_OBJECTS = 3 * 3


class Site:
    """A control plane without a gateway; each `begun` is as after a restart."""

    def __init__(self, root: Path) -> None:
        self.estate = estate(root / "estate")
        self._root = root
        self._control: Control | None = None
        self.begin()

    def begin(self) -> None:
        self.end()
        self._control = Control(
            self._root / "control",
            DictionaryNode(),
            mint=lambda environment: MintedKey("", ""),
            clock=lambda: NOW,
        )
        self._rollout = Rollout(self._control, NodeDirectory(self._root / "node"))
        self._memory = Memory(FileCache(self._control.directory.cache / "judged"))

    def end(self) -> None:
        if self._control is not None:
            self._control.close()

    def apply(self) -> Published:
        found = assess(self.estate, memory=self._memory, locked=True)
        assert found.intent is not None and found.snapshot is not None
        assert {*found.dropped} <= {BROKEN}, [one for one in found.findings if one.severity is Severity.ERROR]
        broken = Broken(apis=frozenset(found.dropped))
        return self._rollout.publish(
            found.intent,
            prove=self._rollout.proving(self.estate, found.intent.environment, broken, {}),
            note="test",
            snapshot=found.snapshot.as_dict(),
            parts=found.snapshot.parts,
        )

    @property
    def document(self) -> Path:
        return self.estate / "apis" / CHANGED / "openapi.yaml"

    def change(self) -> None:
        self.document.write_text(DOCUMENT.replace("ok", "as it is now").replace("{id:", "{id: {}, more:"))
        lock_exposure(self.estate)


def estate(root: Path) -> Path:
    apis = {
        f"apis/api-{number}/{name}": text
        for number in range(APIS - 1)
        for name, text in (
            ("api.yaml", api(f"http://127.0.0.1:{9100 + number}", title=f"API {number}")),
            ("openapi.yaml", DANGLING if f"api-{number}" == BROKEN else DOCUMENT),
        )
    }
    write_estate(root, apis)
    lock_exposure(root)
    return root


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    settle_at_once(monkeypatch)
    opened = Site(tmp_path)
    yield opened
    opened.end()


def settle_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files written a moment ago are believed: every write here makes them another size."""
    believed: Callable[[Stamp | None], Stamp | None] = lambda stamp: stamp  # noqa: E731
    for name in ("openapi.files", "manifest.reading", "bundle.prove.memo", "bundle.prove.files"):
        monkeypatch.setattr(f"ringwork.{name}.settled", believed)
    monkeypatch.setattr("ringwork.governance.exposed.lock.settled", believed)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What was done how often, from now on."""
    count: Counter[str] = Counter()

    def counted(module: Any, name: str, what: str, size: Callable[..., int] = lambda *_: 1) -> None:
        real = getattr(module, name)

        def counting(*given: Any, **named: Any) -> Any:
            count[what] += size(*given)
            return real(*given, **named)

        monkeypatch.setattr(module, name, counting)

    counted(judging, "judge_api", "judged")
    counted(compiling, "compile_api", "compiled")
    counted(proving, "prove_api", "proven")
    counted(reading, "_read", "manifests read")
    counted(holding, "_to_look_at", "sections looked into")
    counted(snapshot, "api_as_bytes", "intents written down")
    counted(compiling, "api_as_bytes", "intents written down")
    counted(objects, "write_all", "objects written", lambda _, written: len(written))
    checked = tuple(counting_check(check, count) for check in checks.OF_APIS)
    monkeypatch.setattr(checks, "OF_APIS", checked)
    return count


def counting_check(check: checks.Check, count: Counter[str]) -> checks.Check:
    def counting(estate: Any) -> Any:
        count["checks between APIs"] += 1
        return check(estate)

    return counting


def test_a_change_of_one_api_touches_that_api_alone(site: Site, done: Counter[str]) -> None:
    site.apply()
    assert done["judged"] == APIS
    assert done["compiled"] == done["proven"] == APIS - 1
    site.apply()
    site.change()
    done.clear()
    assert site.apply().changed
    assert done["judged"] == done["compiled"] == done["proven"] == 1
    assert done["manifests read"] == done["checks between APIs"] == 0
    assert done["intents written down"] <= 3, "for the snapshot, the compiler, and to be kept"
    assert done["sections looked into"] <= 1
    assert 0 < done["objects written"] <= MOST_OBJECTS + 2, "and the manifest, and the intent"


def test_an_estate_that_did_not_change_is_read_and_nothing_else(site: Site, done: Counter[str]) -> None:
    site.apply()
    site.apply()
    done.clear()
    assert not site.apply().changed
    assert done["judged"] + done["compiled"] + done["proven"] + done["manifests read"] == 0
    assert done["objects written"] == done["intents written down"] == 0


def test_a_restart_computes_nothing_twice(site: Site, done: Counter[str]) -> None:
    site.apply()
    site.begin()
    done.clear()
    assert not site.apply().changed
    assert done["judged"] == done["compiled"] == done["proven"] == 0


def test_a_file_that_was_missing_is_judged_with_once_it_is_there(site: Site, done: Counter[str]) -> None:
    site.apply()
    (site.estate / "apis" / BROKEN / "gone.yaml").write_text("Thing: {type: object}\n")
    done.clear()
    site.apply()
    assert done["judged"] == 1
