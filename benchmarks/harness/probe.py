"""An estate whose one API of its own, open to everyone, is called while something is done to the others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.corpus_estate import begin_estate

PROBE = "/probe/v1/ping"
_DOCUMENT = """\
openapi: 3.1.0
info: { title: Probe, version: 1.0.0 }
paths:
  /ping:
    get:
      x-audience: public
      operationId: ping
      responses:
        '200':
          description: Here
          content: { application/json: { schema: { type: object, additionalProperties: true } } }
"""
_API = """\
title: Probe
owner: {{ team: Bench, contact: bench@corpus.test }}
audience: public
upstream: http://127.0.0.1:{port}/probe-service
versions: [{{ name: v1, document: v1.yaml }}]
"""


def begin_probed_estate(root: Path, upstream_port: int) -> None:
    """Three rings, one plan, and the API at `PROBE`."""
    begin_estate(root)
    probe = root / "apis" / "probe"
    probe.mkdir()
    (probe / "v1.yaml").write_text(_DOCUMENT)
    (probe / "api.yaml").write_text(_API.format(port=upstream_port))


def lock(root: Path) -> None:
    """What the estate exposes is agreed to."""
    subprocess.run(
        [sys.executable, "-m", "ringwork", "exposure", str(root), "--write", "--sensitive"],
        stdout=subprocess.DEVNULL,
        check=False,  # what is wrong with single documents is told when they are applied
    )
