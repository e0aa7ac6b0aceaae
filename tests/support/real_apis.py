"""Real documents as APIs of an estate, with labels nobody thought about."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from tools.labelling import label_at_random

_SHARE = 0.02
_MANIFEST = """\
title: Real
owner: {{ team: Real, contact: real@corpus.test }}
audience: public
upstream: http://127.0.0.1:9/{name}
versions: [{{ name: v1, document: v1.json }}]
"""


def add_real(root: Path, name: str, file: Path, random: Random) -> None:
    """The API `name`, of the document `file`."""
    document = json.loads(file.read_bytes())
    label_at_random(document, random, _SHARE)
    for item in document["paths"].values():
        item["x-audience"] = random.choice(("internal", "partner", "public", "public"))
    folder = root / "apis" / name
    folder.mkdir()
    (folder / "v1.json").write_text(json.dumps(document))
    (folder / "api.yaml").write_text(_MANIFEST.format(name=name))
