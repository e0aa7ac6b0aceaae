"""The one order of a proof: manifest, then the bundles of each API, then the objects they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ringwork._native import ManifestReader
from ringwork.bundle.prove.apis import prove_api
from ringwork.bundle.prove.emitted import Emitted, NamedBundle
from ringwork.bundle.prove.estate import ReadApi, ReadEstate
from ringwork.bundle.prove.files import Files
from ringwork.bundle.prove.findings import MOST, Unproven, Violation
from ringwork.bundle.prove.manifests import Circumstances, ManifestProof
from ringwork.bundle.prove.memo import Memo
from ringwork.bundle.prove.sealing import Proof, proven
from ringwork.kernel.cache import Cache
from ringwork.kernel.findings import Location


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
        for name, (api, bundles) in to_prove.items():
            if name not in already:
                yield from self._api(emitted, estate, api, bundles)

    def _api(
        self, emitted: Emitted, estate: ReadEstate, api: ReadApi, bundles: list[NamedBundle]
    ) -> Iterator[Violation]:
        files, found = Files(estate.root), False
        try:
            for violation in prove_api(estate, api, bundles, emitted.objects, files):
                found = True
                yield violation
        except (ValueError, LookupError) as error:
            found = True
            yield _not_understood(error, f"{api.folder}/api.yaml", api.name)
        if not found:
            self._memo.remember(api, bundles, files.seen)


def _not_understood(error: Exception, file: str, api: str | None) -> Violation:
    """What nobody understands allows nothing."""
    message = f"the prover cannot read this: {error}"
    return Violation("not-understood", message, Location(file), "manifest", "", api=api)


def _first(violations: Iterable[Violation], count: int) -> Iterator[Violation]:
    for _, violation in zip(range(count), violations, strict=False):
        yield violation
