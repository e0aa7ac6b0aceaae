"""The one order of a proof: manifest, then the bundles of each API, then the objects they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from ringwork._native import ManifestReader
from ringwork.bundle.prove.apis import prove_api
from ringwork.bundle.prove.emitted import Emitted, NamedBundle
from ringwork.bundle.prove.estate import ReadApi, ReadEstate
from ringwork.bundle.prove.files import Files, Seen
from ringwork.bundle.prove.findings import MOST, Unproven, Violation
from ringwork.bundle.prove.manifests import Circumstances, ManifestProof
from ringwork.bundle.prove.memo import Memo
from ringwork.bundle.prove.sealing import Proof, proven
from ringwork.kernel.cache import Cache
from ringwork.kernel.findings import Location
from ringwork.kernel.together import together


class Prover:
    """Remembers what it proved of each API for as long as neither its files nor its bundles change."""

    def __init__(self, cache: Cache | None = None) -> None:
        self._memo = Memo(cache)
        self._reader = ManifestReader()

    def prove(self, emitted: Emitted, estate: Path, environment: str, said: Circumstances) -> Proof:
        """That `emitted` lets no ring reach what the estate does not allow. Raises Unproven."""
        found = list(_first(self._violations(emitted, ReadEstate(estate, environment), said), MOST))
        if found:
            raise Unproven(found)
        return proven(emitted.manifest)

    def _violations(self, emitted: Emitted, estate: ReadEstate, said: Circumstances) -> Iterator[Violation]:
        try:
            apis = self._memo.read(estate, said.listening.get("mock:"))
            proof = ManifestProof(estate, apis, emitted, said, self._memo.routes, self._reader)
            yield from proof.violations()
        except (ValueError, LookupError) as error:
            yield _not_understood(error, "ringwork.yaml", None)
            return
        of_api: dict[str, list[NamedBundle]] = {}
        for named in proof.bundles():
            of_api.setdefault(named.api, []).append(named)
        self._memo.keep(of_api)
        to_prove = {name: (apis[name], bundles) for name, bundles in of_api.items() if name in apis}
        already = self._memo.proven(estate, to_prove)
        changed = [of for name, of in to_prove.items() if name not in already]
        prove = partial(_proven, estate, emitted)
        for (api, bundles), (found, files) in zip(changed, together(prove, changed), strict=True):
            yield from found
            if not found:
                self._memo.remember(api, bundles, files)


def _proven(
    estate: ReadEstate, emitted: Emitted, of: tuple[ReadApi, list[NamedBundle]]
) -> tuple[list[Violation], list[Seen]]:
    """The first violations of an API, and the files that were read to find them."""
    api, bundles = of
    files, found = Files(estate.root), list[Violation]()
    try:
        found += _first(prove_api(estate, api, bundles, emitted.objects, files), MOST)
    except (ValueError, LookupError) as error:
        found.append(_not_understood(error, f"{api.folder}/api.yaml", api.name))
    return found, files.seen


def _not_understood(error: Exception, file: str, api: str | None) -> Violation:
    """What nobody understands allows nothing."""
    message = f"the prover cannot read this: {error}"
    return Violation("not-understood", message, Location(file), "manifest", "", api=api)


def _first(violations: Iterable[Violation], count: int) -> Iterator[Violation]:
    for _, violation in zip(range(count), violations, strict=False):
        yield violation
