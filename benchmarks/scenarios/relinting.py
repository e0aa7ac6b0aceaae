"""One operation of GitHub's description edited in an editor: `relint_ms`, `relint_rss_mb`.

`ringwork lsp` has the document open, as people see it: one line for each member. What is typed changes one
operation; measured is from then to the diagnostics of that version, over the pipe an editor uses.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness.launched import Launched
from benchmarks.harness.results import Must, Result
from benchmarks.scenarios.linting import DOCUMENT

RULESETS = ("spectral:oas", "spectral:owasp", "ringwork:internal", "ringwork:partner", "ringwork:public")
EDITS = 15
_URI = "file:///tmp/api.github.com.json"


class Editor:
    """Speaks the protocol with one process of the server."""

    def __init__(self, ringwork: Path, ruleset: str) -> None:
        command = [str(ringwork), "lsp", "--ruleset", ruleset]
        self.process = Launched(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, id=1)
        self.until(lambda told: told.get("id") == 1)
        self.send("initialized", {})

    def send(self, method: str, params: Mapping[str, Any] | None, **more: int) -> None:
        told = {"jsonrpc": "2.0", "method": method, "params": params, **more}
        body = json.dumps(told).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def until(self, wanted: Any) -> Mapping[str, Any]:
        while True:
            told = json.loads(self._body())
            if wanted(told):
                return dict(told)

    def diagnostics(self, version: int) -> None:
        """Until those of this version are there."""
        self.until(lambda told: (told.get("params") or {}).get("version") == version)

    def close(self) -> float:
        """The most memory it held, MB."""
        self.send("shutdown", None, id=2)
        self.until(lambda told: told.get("id") == 2)
        self.send("exit", None)
        return self.process.ended().rss_mb

    def _body(self) -> bytes:
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return self.process.stdout.read(length)


def measure(ringwork: Path, corpus: Path) -> list[Result]:
    """`ringwork`: the installed command."""
    text = json.dumps(json.loads((corpus / DOCUMENT).read_bytes()), indent=2)
    figures = [_typed(Editor(ringwork, ruleset), text) for ruleset in RULESETS]
    times, memory = (tuple(values) for values in zip(*figures, strict=True))
    compared = ", ".join(RULESETS)
    return [
        Result("relint_ms", max(times), "ms", times, compared, Must("<=", 100)),
        Result("relint_rss_mb", max(memory), "MB", memory, compared, Must("<=", 400)),
    ]


def _typed(editor: Editor, text: str) -> tuple[float, float]:
    """ms in the middle, MB."""
    item = {"uri": _URI, "languageId": "json", "version": 0, "text": text}
    editor.send("textDocument/didOpen", {"textDocument": item})
    editor.diagnostics(0)
    ids = [number for number, line in enumerate(text.split("\n")) if '"operationId": "' in line]
    column = len(text.split("\n")[ids[0]].partition('": "')[0]) + 4
    times = []
    for version in range(1, EDITS + 1):
        place = {"line": ids[version * 53 % len(ids)], "character": column}
        change = {"range": {"start": place, "end": place}, "text": "x"}
        document = {"uri": _URI, "version": version}
        began = time.perf_counter()
        editor.send("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        editor.diagnostics(version)
        times.append(1000 * (time.perf_counter() - began))
    return median(times), editor.close()
