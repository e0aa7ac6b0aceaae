"""Manifests read one after the other are read as each would be alone, and what did not change is the same object."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from ringwork import _native
from tests.rooms.bundle.prove.estates import ACME, site

Json = dict[str, Any]


@pytest.fixture(scope="module")
def manifest() -> Json:
    found: Json = json.loads(site(ACME).emitted.manifest)
    return found


def written(manifest: Json, **how: Any) -> bytes:
    return json.dumps(manifest, **how).encode()


def edited(manifest: Json, random: Random) -> Json:
    """Some routes gone, doubled, moved or with another prefix, in some of its rings, which come in any order."""
    copy: Json = json.loads(json.dumps(manifest))
    rings = list(copy["rings"].items())
    random.shuffle(rings)
    copy["rings"] = dict(rings[: random.randint(1, len(rings))])
    for ring in copy["rings"].values():
        routes = ring["routes"]
        for _ in range(random.randint(0, 3)):
            match random.randint(0, 4):
                case 0 if routes:
                    routes.pop(random.randrange(len(routes)))
                case 1 if routes:
                    routes.append(json.loads(json.dumps(random.choice(routes))))
                case 2:
                    random.shuffle(routes)
                case 3 if routes:
                    random.choice(routes)["prefix"] = f"/moved-{random.randint(0, 3)}"
                case _:
                    ring["routes"] = routes = []
    return copy


def test_each_is_read_as_it_would_be_alone(manifest: Json) -> None:
    random, reader = Random(7), _native.ManifestReader()
    for _ in range(300):
        how = random.choice(({}, {"indent": 1}, {"separators": (",", ":")}, {"sort_keys": True}))
        payload = written(edited(manifest, random), **how)
        assert reader.read(payload) == _native.interpreted_manifest(payload)


def test_a_route_that_is_as_it_was_is_the_same_object(manifest: Json) -> None:
    reader = _native.ManifestReader()
    before = reader.read(written(manifest))["rings"]["public"]["routes"]
    changed: Json = json.loads(json.dumps(manifest))
    changed["rings"]["public"]["routes"][0]["prefix"] = "/moved"
    after = reader.read(written(changed))["rings"]["public"]["routes"]
    assert len(after) == len(before) > 1
    assert [one is other for one, other in zip(after, before, strict=True)] == [False] + [True] * (
        len(before) - 1
    )


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b'{"rings": {}}',
        b'{"rings": {"public": {}}}',
        b'{"rings": {"nowhere": {"routes": []}}}',
        b'{"rings": {"public": {"routes": [{"prefix": 1}]}}}',
        b'{"rings": {"public": {"routes": [1, ]}}}',
    ],
)
def test_what_a_gateway_refuses_is_refused(payload: bytes, manifest: Json) -> None:
    reader = _native.ManifestReader()
    reader.read(written(manifest))
    with pytest.raises(ValueError):
        _native.interpreted_manifest(payload)
    with pytest.raises(ValueError):
        reader.read(payload)


def test_a_member_that_is_there_twice_is_refused_as_by_a_gateway(manifest: Json) -> None:
    """Of two `routes` one would be proven, and the other might be served."""
    reader = _native.ManifestReader()
    reader.read(written(manifest))
    twice = written(manifest).replace(b'"routes":', b'"routes": [], "routes":', 1)
    with pytest.raises(ValueError):
        _native.interpreted_manifest(twice)
    with pytest.raises(ValueError):
        reader.read(twice)
