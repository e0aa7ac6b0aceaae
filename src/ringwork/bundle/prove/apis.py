"""The bundles of one API, each against the files it was made of: the most of a proof, and only of what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ringwork import _native
from ringwork.bundle.prove.emitted import NamedBundle
from ringwork.bundle.prove.estate import ReadApi, ReadEstate
from ringwork.bundle.prove.files import Files
from ringwork.bundle.prove.findings import MOST, Violation
from ringwork.bundle.prove.relations import differences
from ringwork.bundle.prove.routes import hosts_on
from ringwork.bundle.prove.versions import allowed_bundle, policy, widest
from ringwork.kernel.canonical import canonical_json
from ringwork.kernel.findings import Location
from ringwork.kernel.together import together

Objects = Mapping[str, bytes]

_BESIDE = ("projection", "validation")
# Of a bundle with thousands of operations.
_LARGE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Bundle:
    """One bundle and the route it is reached by."""

    named: NamedBundle
    read: _native.InterpretedBundle
    base_url: str


def prove_api(
    estate: ReadEstate, api: ReadApi, bundles: Sequence[NamedBundle], objects: Objects, files: Files
) -> Iterator[Violation]:
    """Everything the API's bundles let through that its files do not allow. Raises ValueError for files that cannot
    be understood.
    """
    needed: dict[str, set[str]] = {named.ring: set() for named in bundles}
    by_version: dict[str, list[NamedBundle]] = {}
    for named in bundles:
        by_version.setdefault(named.version, []).append(named)
    for version, of_version in by_version.items():
        if version not in api.versions:
            yield from (_unknown(api, named) for named in of_version)
            continue
        contract = _contract(api, version, files)
        prove = partial(_proven, estate, api, contract, objects, files)
        is_large = any(len(objects[named.name]) > _LARGE_BYTES for named in of_version)
        # Rings of a large one at the same time; small ones are proven two at a time as they are.
        for named, (found, used) in zip(
            of_version, (together if is_large else map)(prove, of_version), strict=True
        ):
            yield from found
            needed[named.ring] |= used
    for named in bundles:
        yield from _more_than_needed(named, needed[named.ring], api)


def _proven(
    estate: ReadEstate,
    api: ReadApi,
    contract: _native.AllowedContract,
    objects: Objects,
    files: Files,
    named: NamedBundle,
) -> tuple[list[Violation], frozenset[str]]:
    """The first violations of one bundle, and the objects it needs."""
    bundle = _read(estate, api, named, objects)
    found = (*_head(api, bundle, files), *_operations(contract, api, bundle, objects))
    return list(found[:MOST]), frozenset(_beside(bundle).values())


def _beside(bundle: _Bundle) -> dict[str, str]:
    """Objects the bundle cannot do without, by what they are to it."""
    head = bundle.read.head()
    named = {part: head.get(part) for part in _BESIDE}
    return {part: said["object"] for part, said in named.items() if said is not None}


def _more_than_needed(named: NamedBundle, needed: set[str], api: ReadApi) -> Iterator[Violation]:
    """Nodes are sent what a route names: an object of another ring would tell them what that one sees."""
    more = sorted(set(named.objects) - needed)
    if more:
        message = f"{api.name}: no bundle of the ring needs {more[0]}"
        pointer = named.pointer.rpartition("/versions/")[0] + "/objects"
        yield Violation(
            "object-not-needed", message, api.own.place, "manifest", pointer, named.ring, api.name
        )


def _unknown(api: ReadApi, named: NamedBundle) -> Violation:
    message = f"{api.name} has no version {named.version}"
    place = api.own["versions"].place
    return Violation(
        "version-unknown", message, place, "manifest", named.pointer, ring=named.ring, api=api.name
    )


def _contract(api: ReadApi, version: str, files: Files) -> _native.AllowedContract:
    said = api.versions[version]
    entry = files.read(f"{api.folder}/{said['document'].value}")
    overlays = [files.read(f"{api.folder}/{name}") for name in said["overlays"].strings()]
    return _native.AllowedContract.load(entry, overlays, files.referred, widest(api, version))


def _read(estate: ReadEstate, api: ReadApi, named: NamedBundle, objects: Objects) -> _Bundle:
    host = next(iter(hosts_on(estate, api, named.ring)), "")
    version = f"/{named.version}" if api.versioning == "path" else ""
    read = _native.InterpretedBundle(objects[named.name])
    return _Bundle(named, read, f"https://{host}{api.prefix}{version}")


def _head(api: ReadApi, bundle: _Bundle, files: Files) -> Iterator[Violation]:
    named = bundle.named
    allowed = allowed_bundle(files, api, named.version, named.ring)
    for difference in differences(bundle.read.head(), allowed):
        yield Violation(
            code="bundle-not-as-said",
            message=f"{api.name} {named.version}: {difference.message}",
            place=difference.place or api.own.place,
            within=named.name,
            pointer=difference.pointer,
            ring=named.ring,
            api=api.name,
        )


def _operations(
    contract: _native.AllowedContract, api: ReadApi, bundle: _Bundle, objects: Objects
) -> Iterator[Violation]:
    named, beside = bundle.named, _beside(bundle)
    projection, validation = (objects[beside[part]] if part in beside else None for part in _BESIDE)
    held_to = canonical_json(policy(api, named.version, named.ring))
    for found in contract.prove(bundle.read, projection, validation, held_to):
        place, request = found["place"], found["request"]
        yield Violation(
            code=found["code"],
            message=f"{api.name} {named.version}: {found['message']}",
            place=Location(*place) if place is not None else api.versions[named.version]["document"].place,
            within=beside.get(found["within"], named.name),
            pointer=found["pointer"],
            ring=named.ring,
            api=api.name,
            request=None if request is None else f"{request[0]} {bundle.base_url}{request[1]}",
            field=found["field"],
        )
