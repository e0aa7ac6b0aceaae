"""The documents of one API, judged: the most expensive step of all, and one that depends on that API's files only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from ringwork import _native
from ringwork.audience import OUTER, Audience
from ringwork.governance.exposed.items import pack
from ringwork.governance.exposure import VersionExposure, expose
from ringwork.governance.filtering import MANY, with_filters
from ringwork.governance.judged import JudgedApi, Remembered, from_bytes, to_bytes
from ringwork.governance.named_operations import misnamed_operations
from ringwork.intent.exposed import Exposed
from ringwork.kernel.cache import Cache, NoCache
from ringwork.kernel.clock import end_of_day
from ringwork.kernel.findings import Finding, Location
from ringwork.kernel.stamps import stamp_of
from ringwork.kernel.together import together
from ringwork.manifest.api import VersionManifest
from ringwork.manifest.estate import LoadedApi
from ringwork.openapi import Contract, ContractFiles, ReadFile, open_contract, still_read_alike
from ringwork.openapi.exposure import expose_contract

# While it is judged, a contract takes some thirty times its documents' size.
_LARGE_BYTES = 8 * 1024 * 1024

# A file of which nothing was read; where a `$ref` asked for it, the finding stands there already.
_NOT_READ = frozenset({"openapi-file-missing", "openapi-ref-outside", "openapi-too-large"})


class Judgements:
    """What was found of each API, for as long as none of its files changes; in memory, and in `cache` for the next
    process. A file that could not be read is asked for again, and what was judged without it holds while it cannot.
    """

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache or NoCache()
        self._known: dict[str, Remembered] = {}
        self._named: frozenset[str] | None = None

    def of(self, root: Path, apis: Sequence[LoadedApi]) -> list[JudgedApi]:
        """Each of `apis`, in their order."""
        known = {api.name: self._still(root, api) for api in apis}
        unknown = [api for api in apis if known[api.name] is None]
        for api, (judged, files) in _judged(root, unknown):
            self._remember(api, judged, files)
            known[api.name] = judged
        return [found for api in apis if (found := known[api.name]) is not None]

    def _still(self, root: Path, api: LoadedApi) -> JudgedApi | None:
        """What was found before, where all that was read says the same."""
        before = self._known.get(api.name) or self._kept(api)
        if before is None or before.manifest != api.source.sha256:
            return None
        files = still_read_alike(root, before.files)
        if files is None:
            return None
        self._known[api.name] = replace(before, files=tuple(files))
        return before.judged

    def files_of(self, name: str) -> tuple[ReadFile, ...]:
        """What was read to judge an API; nothing of one that is judged anew each time, for its size."""
        known = self._known.get(name)
        return () if known is None else tuple(file for file in known.files if file.refused is None)

    def keep(self, apis: Iterable[str]) -> None:
        """Forgets every other API."""
        named = frozenset(apis)
        if named == self._named:
            return
        self._named = named
        self._known = {name: known for name, known in self._known.items() if name in named}
        self._cache.keep(named)

    def _kept(self, api: LoadedApi) -> Remembered | None:
        data = self._cache.get(api.name)
        return None if data is None else from_bytes(data)

    def _remember(self, api: LoadedApi, judged: JudgedApi, files: list[ReadFile] | None) -> None:
        self._known.pop(api.name, None)
        if files is not None:
            remembered = Remembered(api.source.sha256, tuple(files), judged)
            self._known[api.name] = remembered
            self._cache.put(api.name, to_bytes(remembered))


Judged = tuple[JudgedApi, list[ReadFile] | None]


def _judged(root: Path, apis: Iterable[LoadedApi]) -> Iterator[tuple[LoadedApi, Judged]]:
    """Two at a time; those that take gigabytes one by one, whose rings are worked at together."""
    apis = list(apis)
    small = [api for api in apis if _size(root, api) <= _LARGE_BYTES]
    yield from zip(small, together(partial(judge_api, root), small), strict=True)
    names = {api.name for api in small}
    yield from ((api, judge_api(root, api)) for api in apis if api.name not in names)


def _size(root: Path, api: LoadedApi) -> int:
    """Of its documents, bytes."""
    documents = (stamp_of(root / api.folder / version.document) for version in api.manifest.versions)
    return sum(document.size for document in documents if document is not None)


def judge_api(root: Path, api: LoadedApi) -> Judged:
    """A pure function of the bytes of its files, which are given too; None when that does not say it all."""
    versions: list[VersionExposure] = []
    findings: list[Finding] = []
    files: list[ReadFile] | None = []
    for index, version in enumerate(api.manifest.versions):
        named, reader = _files_named(api, index, version), ContractFiles(root)
        document, *overlays = named
        native, contract, found = open_contract(root, document, overlays, reader)
        findings += [_at_who_names_it(replace(finding, api=api.name), named) for finding in found]
        if native is not None and contract is not None:
            labelled, more = expose(api, index, contract)
            list_exposed = partial(_exposed, native, contract, api.name)
            with _beside(list_exposed, labelled, is_large=len(contract.operations) > MANY) as listed:
                filtered, closed = with_filters(labelled, native, contract, _unmatched_until(version))
                exposed, risks = listed(filtered)
            versions.append(replace(filtered, shape=replace(filtered.shape, exposed=exposed)))
            findings += (*more, *closed, *risks)
        files = None if files is None or reader.read_files is None else [*files, *reader.read_files]
    if len(versions) == len(api.manifest.versions):
        findings += misnamed_operations(api, versions)
    return JudgedApi(api.name, tuple(versions), tuple(findings)), files


def _unmatched_until(version: VersionManifest) -> int | None:
    waived = version.unmatched_patterns
    return None if waived is None else end_of_day(waived.until)


_Listed = tuple[Exposed | None, list[Finding]]


@contextmanager
def _beside(
    list_exposed: Callable[[VersionExposure], _Listed], labelled: VersionExposure, *, is_large: bool
) -> Iterator[Callable[[VersionExposure], _Listed]]:
    """Lists what a large contract exposes as labelled while it is compiled; listed again where less is served then."""
    if not is_large:
        yield list_exposed
        return
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(list_exposed, labelled)

        def listed(filtered: VersionExposure) -> _Listed:
            is_alike = all(filtered.served(ring) == labelled.served(ring) for ring in OUTER)
            return begun.result() if is_alike else list_exposed(filtered)

        yield listed


def _exposed(native: _native.Contract, contract: Contract, api: str, exposure: VersionExposure) -> _Listed:
    partner, public = exposure.served(Audience.PARTNER), exposure.served(Audience.PUBLIC)
    listing = expose_contract(native, contract, partner=partner, public=public)
    return pack(listing.text), [replace(finding, api=api) for finding in listing.findings]


def _files_named(api: LoadedApi, index: int, version: VersionManifest) -> dict[str, Location]:
    """The document, then overlays: name relative to the estate → where the manifest names it."""
    place = ("versions", index)
    named = {f"{api.folder}/{version.document}": api.at(*place, "document")}
    for number, overlay in enumerate(version.overlays):
        named.setdefault(f"{api.folder}/{overlay}", api.at(*place, "overlays", number))
    return named


def _at_who_names_it(finding: Finding, named: dict[str, Location]) -> Finding:
    """A file that is not there has no lines: what is wrong is the name in the manifest."""
    if finding.code not in _NOT_READ or finding.location not in [Location(name) for name in named]:
        return finding
    return replace(finding, location=named[finding.location.file])
