"""How long a change takes until the gateway serves it, and whether anybody notices.

An estate of real documents under a trickle of calls. The API of median size gets one operation more, again and again;
the clock runs from saving its document to the answer of the admin API, which waits for the gateway's word.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.plane import Plane, up
from benchmarks.harness.probe import PROBE, begin_probed_estate, lock
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle
from benchmarks.harness.steady import SteadyLoad
from benchmarks.harness.traffic import request
from ringwork.governance.exposed.lock import LOCK_FILE
from tools.corpus_estate import VERSION, add_documents, documents

OF_500 = 200
OF_CORPUS = 15
RESTARTS = 2
_PATHS = '"paths"'


@dataclass(frozen=True)
class Changes:
    """`live_ms`: each change; `failed` of `answered` calls meanwhile."""

    live_ms: tuple[float, ...]
    answered: int
    failed: int


def write_estate(root: Path, corpus: Path, upstream_port: int, *, count: int | None = None) -> Path:
    """All documents, or `count` of them, evenly chosen; and the API that is called meanwhile."""
    chosen = documents(corpus)
    if count is not None:
        chosen = chosen[:: len(chosen) // count][:count]
    begin_probed_estate(root, upstream_port)
    for _ in add_documents(root, corpus, chosen, f"http://127.0.0.1:{upstream_port}"):
        pass
    lock(root)
    return root


def _let_pass(document: Path, count: int) -> None:
    """The operations `_with_operation` is going to add, in the lock of their API where outer rings see any of it."""
    folder = next(parent for parent in document.parents if parent.parent.name == "apis")
    lock = folder.parents[1] / LOCK_FILE
    heading = f"\n{folder.name} {VERSION}\n"
    lines = [
        f"  public {what}\n"
        for turn in range(count)
        for what in (f"call GET /added-{turn}", f"read GET /added-{turn} responses/200")
    ]
    lock.write_text(lock.read_text().replace(heading, heading + "".join(lines)))


def small(ringwork: Path, estate: Path, state: Path) -> list[Result]:
    """500 APIs, 200 changes."""
    with up(ringwork, estate, state) as plane:
        found = _change(plane, median_document(estate), OF_500)
    told = f"{found.failed} of {found.answered:,} calls failed during {OF_500} changes"
    return [
        Result(
            "change_live_ms_p50_500", middle(found.live_ms), "ms", found.live_ms, "500 APIs", Must("<=", 300)
        ),
        Result("change_failed_requests", found.failed, "calls", (found.failed,), told, Must("<=", 0)),
    ]


def corpus(ringwork: Path, estate: Path, state: Path) -> list[Result]:
    """All documents: the first start, changes, starts with what is on disk."""
    with up(ringwork, estate, state) as plane:
        load_s = plane.ready_s
        found = _change(plane, median_document(estate), OF_CORPUS)
        largest_s = _change(plane, _by_size(estate)[-1], 1).live_ms[0] / 1e3
        plane.apply()
    restarts = tuple(_restart_s(ringwork, estate, state) for _ in range(RESTARTS))
    told = f"all documents; the largest API took {largest_s:.1f} s"
    return [
        Result("corpus_load_s", load_s, "s", (load_s,), "an empty state directory", Must("<=", 180)),
        Result(
            "corpus_restart_s", middle(restarts), "s", restarts, "the state directory it left", Must("<=", 10)
        ),
        Result(
            "change_live_ms_p50_corpus", middle(found.live_ms), "ms", found.live_ms, told, Must("<=", 1_000)
        ),
    ]


def _restart_s(ringwork: Path, estate: Path, state: Path) -> float:
    with up(ringwork, estate, state) as plane:
        return plane.ready_s


def _change(plane: Plane, document: Path, count: int) -> Changes:
    """`document` is as it was when this returns."""
    text = document.read_text(encoding="utf-8")
    _let_pass(document, count)
    with SteadyLoad(plane.public_port, request(PROBE, plane.key())) as load:
        live_ms = tuple(_live_ms(plane, document, with_operation(text, turn)) for turn in range(count))
    _save(document, text)
    return Changes(live_ms, load.answered, load.failed)


def _live_ms(plane: Plane, document: Path, text: str) -> float:
    began = time.perf_counter()
    _save(document, text)
    plane.apply()
    return (time.perf_counter() - began) * 1e3


def _save(document: Path, text: str) -> None:
    """As editors do: the file is always whole."""
    new = document.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, document)


def with_operation(text: str, turn: int) -> str:
    """The JSON document with one path more."""
    begins = text.index("{", text.index(_PATHS) + len(_PATHS)) + 1
    operation = f'"/added-{turn}": {{"get": {{"responses": {{"200": {{"description": "New"}}}}}}}}, '
    return text[:begins] + operation + text[begins:]


def median_document(estate: Path) -> Path:
    by_size = _by_size(estate)
    return by_size[len(by_size) // 2]


def _by_size(estate: Path) -> list[Path]:
    found = (path for path in (estate / "apis").rglob("*.json"))
    return sorted(found, key=lambda path: (path.stat().st_size, path))
